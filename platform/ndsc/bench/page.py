"""Writes a page of measurements and its pictures from one run: it says what was measured, and nothing else."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from string import Template

from ndsc.bench import curves
from ndsc.bench.chart import svg
from ndsc.bench.measure import Better, Measurement

PICTURE = "images/performance.svg"


@dataclass(frozen=True)
class Page:
    """A page under ``docs``. What explains the numbers is written by hand, in a template of its name beside this."""

    file: str
    pictures: Mapping[str, Callable[[Sequence[Measurement]], str]]
    """What draws each picture; the first is the one that the template calls ``picture``."""


PERFORMANCE = Page("performance.md", {PICTURE: svg})
OPERATOR = Page(
    "performance-operator.md",
    {"images/performance-operator.svg": svg, "images/performance-operator-sizes.svg": curves.svg},
)


def write(docs: Path, measurements: Sequence[Measurement], command: str, page: Page = PERFORMANCE) -> Path:
    """Write page and pictures into ``docs``; answers the page's path."""
    for name, draw in page.pictures.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(draw(measurements), encoding="utf-8")
    (docs / page.file).write_text(text(measurements, command, datetime.now(UTC), page), encoding="utf-8")
    return docs / page.file


def text(measurements: Sequence[Measurement], command: str, when: datetime, page: Page = PERFORMANCE) -> str:
    """The page's own."""
    template = Template((resources.files("ndsc.bench") / page.file).read_text(encoding="utf-8"))
    return template.substitute(
        command=command,
        date=f"{when.day} {when:%B %Y}",
        machine=machine(),
        picture=next(iter(page.pictures)),
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
