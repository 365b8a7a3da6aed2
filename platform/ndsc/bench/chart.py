"""The measurements as one picture: how far each stands from its goal. Drawn here, with nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import vl_convert

from ndsc.bench.measure import Better, Measurement

_MET, _MISSED, _INK = "#2f7d6d", "#c2571a", "#33413d"


def margin(measurement: Measurement) -> float:
    """How many times better than its goal (over 1) or worse (under 1), whichever way the goal lies."""
    ratio, goal = max(measurement.ratio, 1e-9), max(measurement.goal, 1e-9)
    return goal / ratio if measurement.better is Better.LOWER else ratio / goal


def svg(measurements: Sequence[Measurement]) -> str:
    """The chart. A bar to the right of the line has reached its goal."""
    rows = [
        {
            "name": one.name,
            "margin": math.log2(margin(one)),
            "met": "goal reached" if one.met else "goal missed",
            "label": f"{one.ratio:g} (goal {'≤' if one.better is Better.LOWER else '≥'} {one.goal:g})",
        }
        for one in measurements
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("name:N", sort=None, title=None, axis=_axis()))
    bars = base.mark_bar(height=14, cornerRadius=3).encode(
        x=alt.X(
            "margin:Q",
            title="times worse than the goal  ←  goal  →  times better",
            scale=alt.Scale(nice=True),
            axis=alt.Axis(labelExpr="format(pow(2, abs(datum.value)), '.2~f') + '×'", grid=False),
        ),
        color=alt.Color(
            "met:N",
            scale=alt.Scale(domain=["goal reached", "goal missed"], range=[_MET, _MISSED]),
            legend=alt.Legend(title=None, orient="top"),
        ),
    )
    labels = (
        base.mark_text(align="left", dx=8, color=_INK, fontSize=11)
        .encode(x=alt.X("right:Q"), text="label:N")
        .transform_calculate(right="max(datum.margin, 0)")
    )
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=_INK, strokeWidth=1.5).encode(x="x:Q")
    chart = (bars + labels + zero).properties(width=520, height=26 * len(rows)).configure_view(stroke=None)
    return str(vl_convert.vegalite_to_svg(chart.to_json()))


def _axis() -> alt.Axis:
    return alt.Axis(labelLimit=240, labelFontSize=12, ticks=False, domain=False, labelColor=_INK)
