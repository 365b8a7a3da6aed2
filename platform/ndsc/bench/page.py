"""Writes docs/performance.md and its picture from one run, so that the page says what was measured and nothing else."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from string import Template

from ndsc.bench.chart import svg
from ndsc.bench.measure import Better, Measurement

PICTURE = "images/performance.svg"


def write(docs: Path, measurements: Sequence[Measurement], command: str) -> Path:
    """Write page and picture into ``docs``; answers the page's path."""
    (docs / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    (docs / PICTURE).write_text(svg(measurements), encoding="utf-8")
    page = docs / "performance.md"
    page.write_text(text(measurements, command, datetime.now(UTC)), encoding="utf-8")
    return page


def text(measurements: Sequence[Measurement], command: str, when: datetime) -> str:
    """The page: what explains the numbers is written by hand, in the template beside this module."""
    template = Template((resources.files("ndsc.bench") / "performance.md").read_text(encoding="utf-8"))
    return template.substitute(
        command=command,
        date=f"{when.day} {when:%B %Y}",
        machine=machine(),
        picture=PICTURE,
        table="\n".join(_rows(measurements)),
        details="\n".join(f"- **{one.name}**: {one.detail}." for one in measurements),
    )


def machine() -> str:
    """Size and kind of this machine, without its name."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return (
        f"{cores} cores ({platform.machine()}), {pages * size / 2**30:.0f} GB of memory, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def _rows(measurements: Sequence[Measurement]) -> list[str]:
    rows = ["| Measurement | Ratio | Goal | |", "| --- | ---: | ---: | --- |"]
    for one in measurements:
        bound = "at most" if one.better is Better.LOWER else "at least"
        rows.append(f"| {one.name} | {one.ratio:g} | {bound} {one.goal:g} | {'reached' if one.met else 'missed'} |")
    return rows
