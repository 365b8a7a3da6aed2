"""The files that loads are measured on: published street files, repeated with references and places of their own."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from ndsc.samples import SAMPLES

CONNECTOR = "police-uk-street"
FORCE = "south-wales"
_CRIME, _LONGITUDE = "Crime ID", "Longitude"


def street_files(data: Path | None) -> list[Path]:
    """The street files in ``data``/street where they are, else the shipped samples of them."""
    whole = sorted((data / "street").glob("*-street.csv")) if data is not None else []
    return whole or [sample.path for sample in SAMPLES if sample.connector == CONNECTOR]


def write_rows(files: Sequence[Path], rows: int, target: Path) -> None:
    """Write ``rows`` rows of these files one after the other, and round again with other references, into ``target``.

    A round's crimes and places are not those of the round before: else most of a long file would say nothing new, and
    a load would have less to do with each row.
    """
    with target.open("w", encoding="utf-8", newline="") as stream:
        with files[0].open(encoding="utf-8-sig", newline="") as first:
            header = next(csv.reader(first))
        writer = csv.DictWriter(stream, header, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows(itertools.islice(_rounds(files), rows))


def _rounds(files: Sequence[Path]) -> Iterator[dict[str, str]]:
    for number in itertools.count():
        for file in files:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                for row in csv.DictReader(stream):
                    yield row if number == 0 else _shifted(row, number)


def _shifted(row: dict[str, str], number: int) -> dict[str, str]:
    crime, longitude = row.get(_CRIME, ""), row.get(_LONGITUDE, "")
    if crime:
        row[_CRIME] = f"{number:04x}{crime[4:]}"
    if longitude:
        row[_LONGITUDE] = f"{float(longitude) + number / 1000:.6f}"
    return row
