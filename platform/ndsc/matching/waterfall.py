"""Splink's waterfall picture of a score, as an SVG that needs no network: how each comparison moved the odds.

The picture holds no value of either record, only the comparisons' names and weights.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

import duckdb
import vl_convert
from splink import DuckDBAPI, Linker

from ndsc.matching.score import Score
from ndsc.matching.scorer import person_scorer
from ndsc.matching.train import table_of

_DRAWING = threading.Lock()
"""Splink's linker and its database connection are for one thread at a time."""
_SIZE = re.compile(r'\s(?:width|height)="[\d.]+"')
_VEGA_LITE = "5.8"
"""The version that Splink's chart is written for, as far as the renderer brings it."""


@cache
def _linker() -> Linker:
    data = DuckDBAPI(duckdb.connect(config={"threads": 1})).register(table_of([]), dataset_display_name="people")
    return Linker(data, person_scorer().document, log_level=None)


def waterfall(score: Score, title: str) -> str:
    """The picture of a score by the shipped model of people, titled for those who cannot see it.

    Answers an ``svg`` element that scales to its place. ``title`` is plain text; it is escaped here.
    """
    record: dict[str, Any] = {"match_weight": score.match_weight, "match_probability": score.probability}
    for compared in score.comparisons:
        record[f"gamma_{compared.name}"] = compared.level
        record[f"mw_tf_adj_{compared.name}"] = compared.rarity
    with _DRAWING:
        chart = _linker().visualisations.waterfall_chart([record], remove_sensitive_data=True).chart_dict
        svg = vl_convert.vegalite_to_svg(_tidied(chart), vl_version=_VEGA_LITE)
    head, rest = svg.split(">", 1)
    return f'{_SIZE.sub("", head)} role="img" aria-label="{_escaped(title)}">{rest}'


def _tidied(chart: dict[str, Any]) -> dict[str, Any]:
    """The chart with names that people read, and without the slider that a picture cannot have."""
    for parameter in chart["params"]:
        parameter.pop("bind", None)
    for row in chart["data"]["values"]:
        row["column_name"] = _named(row["column_name"])
    chart.pop("title", None)
    chart["background"] = "white"
    return chart


def _named(column: str) -> str:
    if column.startswith("tf_"):
        return f"Rarity of {column.removeprefix('tf_').replace('_', ' ')}"
    return column if " " in column or column[:1].isupper() else column.replace("_", " ").capitalize()


def _escaped(text: str) -> str:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text
