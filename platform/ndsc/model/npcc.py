"""The data standards that the NPCC Minimum POLE Data Standards Dictionary (v1.1, 2023) numbers, and who has one here.

An attribute of the profile names its standard in its metadata (``ndsc.model.pole``). The dictionary sets minimum
completeness for entities and formats for attributes, "does not serve to construct a data structure", and is not
wholly met here: dates may be partial, names may be missing. So this says what corresponds, and claims no conformance.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from ndsc.model.base import Model, Text
from ndsc.model.pole import BODIES, Address


class StandardMapping(Model):
    """An attribute and the data standard that describes the same."""

    entity: Text
    attribute: Text
    standard: Text


@lru_cache(maxsize=1)
def data_standards() -> dict[str, str]:
    """Name of each data standard by its number, such as ``DS_032``."""
    text = (files("ndsc.model") / "npcc.csv").read_text(encoding="utf-8")
    return {row["number"]: row["name"] for row in csv.DictReader(text.splitlines()[1:])}


def mappings() -> Iterator[StandardMapping]:
    """Every attribute of the profile that has a data standard, in the order of the profile."""
    entities: tuple[type[Model], ...] = (*BODIES.values(), Address)
    for model in entities:
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            if isinstance(extra, dict) and "standard" in extra:
                yield StandardMapping(entity=model.__name__, attribute=name, standard=str(extra["standard"]))
