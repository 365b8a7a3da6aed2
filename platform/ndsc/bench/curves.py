"""How measurements that were made at several sizes go with the size: one line each, as shares of their goals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import altair as alt
import vl_convert

from ndsc.bench.measure import Measurement

_INK = "#33413d"
_SIZED = re.compile(r"(?P<name>.+)-(?P<size>\d+)")


class Point(NamedTuple):
    """What was measured at a size, as a share of its goal: over 1 it is missed."""

    name: str
    size: int
    share: float


def points(measurements: Sequence[Measurement]) -> Iterator[Point]:
    """Of measurements whose names end with a size, such as ``operator-memory-200``."""
    for one in measurements:
        sized = _SIZED.fullmatch(one.name)
        if sized:
            yield Point(sized["name"], int(sized["size"]), one.ratio / one.goal)


def svg(measurements: Sequence[Measurement]) -> str:
    """The chart. What lies under the line has reached its goal."""
    rows = [one._asdict() for one in points(measurements)]
    sizes = sorted({one["size"] for one in rows})
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "size:Q",
                title="data nodes",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(values=sizes, format=",d", grid=False),
            ),
            y=alt.Y("share:Q", title="of its goal", axis=alt.Axis(format="%")),
            color=alt.Color("name:N", legend=alt.Legend(title=None, orient="top")),
        )
    )
    goal = alt.Chart(alt.InlineData(values=[{"share": 1}])).mark_rule(color=_INK, strokeDash=[4, 3]).encode(y="share:Q")
    chart = (lines + goal).properties(width=520, height=260).configure_view(stroke=None)
    return str(vl_convert.vegalite_to_svg(chart.to_json()))
