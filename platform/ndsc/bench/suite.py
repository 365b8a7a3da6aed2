"""The benchmarks by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ndsc.bench.measure import Measurement, Step
from ndsc.errors import InvalidInputError


@dataclass(frozen=True)
class Options:
    """What a run is told."""

    quick: bool = False
    linkage: Path | None = None
    """Folder of FEBRL and fake_1000."""
    data: Path | None = None
    """Folder of published files; ``street`` in it is used when it is there."""


@dataclass(frozen=True)
class Benchmark:
    """Some measurements that are made together."""

    name: str
    title: str
    run: Callable[[Options, Step], list[Measurement]]


def _search(options: Options, step: Step) -> list[Measurement]:
    from ndsc.bench import searching  # noqa: PLC0415  # each benchmark loads what it measures

    return searching.measure(step, quick=options.quick)


def _load(options: Options, step: Step) -> list[Measurement]:
    from ndsc.bench import loading  # noqa: PLC0415

    return loading.measure_rate(step, quick=options.quick, data=options.data)


def _memory(options: Options, step: Step) -> list[Measurement]:
    from ndsc.bench import loading  # noqa: PLC0415

    return loading.measure_memory(step, data=options.data)


def _linkage(options: Options, step: Step) -> list[Measurement]:
    from ndsc.bench import linkage  # noqa: PLC0415

    return linkage.measure(step, quick=options.quick, folder=options.linkage)


BENCHMARKS = (
    Benchmark("search", "Search against one central database", _search),
    Benchmark("load", "Loading against COPY", _load),
    Benchmark("memory", "Memory of loading ten times the rows", _memory),
    Benchmark("recall", "Candidates from index keys", _linkage),
)


def chosen(names: Sequence[str]) -> list[Benchmark]:
    """The benchmarks of these names, all for none. Raises :class:`InvalidInputError` for a name that is none."""
    known = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    for name in names:
        if name not in known:
            raise InvalidInputError(f"{name[:40]!r} is no benchmark", hint=f"One of {', '.join(known)}.")
    return [benchmark for benchmark in BENCHMARKS if not names or benchmark.name in names]


def found_data(start: Path) -> Path | None:
    """``../shared/data`` beside the repository, where there is one."""
    folder = start.parent / "shared" / "data"
    return folder if folder.is_dir() else None
