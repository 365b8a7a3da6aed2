"""Real published files, trimmed, and two made-up exports: what the demo and the tests load.

``SOURCES.md`` beside them says where each came from and under which licence.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One file, whose it is and how it is read."""

    file: str
    force: str
    connector: str

    @property
    def path(self) -> Path:
        """Where it lies on disk."""
        return Path(str(resources.files("ndsc.samples") / self.file))


def _street(month: str, force: str) -> Sample:
    return Sample(f"{month}-{force}-street.csv", force, "police-uk-street")


def _stop_search(force: str) -> Sample:
    return Sample(f"2019-12-{force}-stop-and-search.csv", force, "police-uk-stop-search")


SAMPLES: tuple[Sample, ...] = (
    _street("2025-01", "south-wales"),
    _street("2025-01", "city-of-london"),
    _street("2025-02", "city-of-london"),
    _street("2025-01", "btp"),
    _street("2019-01", "northern-ireland"),
    *map(_stop_search, ("city-of-london", "derbyshire", "durham", "leicestershire", "merseyside")),
    Sample("rms-export.xml", "derbyshire", "rms-xml"),
    Sample("custody-export.json", "durham", "custody-json"),
)
"""Every sample. The last two are made up, and hold two rows each that quarantine must catch."""


def of_force(force: str) -> tuple[Sample, ...]:
    """The samples of one force, by its slug; none for most."""
    return tuple(sample for sample in SAMPLES if sample.force == force)


def path(file: str) -> Path:
    """The path of a sample by its file name. Raises ``KeyError``."""
    return {sample.file: sample.path for sample in SAMPLES}[file]
