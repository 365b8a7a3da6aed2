"""Whole published files where they are at hand, and memory that does not grow with the file."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest

from ndsc import samples
from ndsc.connectors.catalogue import shipped
from ndsc.connectors.connector import Connector
from ndsc.connectors.mapping import compile_connector
from ndsc.connectors.readers import open_rows
from ndsc.connectors.rows import RawRow
from ndsc.connectors.suggest import suggest
from ndsc.connectors.trial import attempt

SHARED = Path(__file__).parents[4] / "shared" / "data"
FILES = sorted([*SHARED.glob("street/*.csv"), *SHARED.glob("stop-and-search/*.csv")])


@pytest.mark.skipif(not FILES, reason="the published files are not at hand")
def test_every_row_of_every_published_file_maps() -> None:
    counts = {}
    for file in FILES:
        name = "police-uk-street" if "street" in file.name else "police-uk-stop-search"
        trial = attempt(file, shipped(name), "durham", show=0)
        assert trial.reasons == {}, file.name
        counts[file.name] = trial.read
    assert sum(counts.values()) == 26_652 + 3_474


@pytest.mark.skipif(not SHARED.exists(), reason="the linkage files are not at hand")
@pytest.mark.parametrize("name", ["febrl1", "febrl3", "fake_1000"])
def test_a_draft_for_a_linkage_file_names_its_people(name: str) -> None:
    attributes = {guess.attribute for guess in suggest(SHARED / "linkage" / f"{name}.csv").guesses}
    assert {"surname", "given_name", "date_of_birth", "home.town", "reference"} <= attributes


BUFFERS = 131_072
"""What a file shorter than the reader's buffers saves, in bytes."""


def peak(file: Path, connector: Connector) -> int:
    """The most memory that reading and mapping a file takes at once, in bytes."""
    gc.collect()
    tracemalloc.start()
    mapper = compile_connector(connector, "durham", file.name)
    with open_rows(file, connector) as rows:
        for row in rows:
            if isinstance(row, RawRow):
                mapper.map(row, 1)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return taken


def csv_of(times: int) -> bytes:
    head, *lines = samples.path("2025-01-city-of-london-street.csv").read_bytes().splitlines(keepends=True)
    return head + b"".join(lines[:200]) * times


def xml_of(times: int) -> bytes:
    whole = samples.path("rms-export.xml").read_bytes()
    start, end = whole.index(b"    <Incident "), whole.index(b"  </Incidents>")
    return whole[:start] + whole[start:end] * times + whole[end:]


def json_of(times: int) -> bytes:
    whole = samples.path("custody-export.json").read_bytes()
    start, end = whole.index(b"  {"), whole.rindex(b"\n ]")
    return whole[:start] + b",\n".join([whole[start:end]] * times) + whole[end:]


@pytest.mark.parametrize(
    ("name", "make", "size"),
    [("police-uk-street", csv_of, 16), ("rms-xml", xml_of, 1), ("custody-json", json_of, 3)],
)
def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path, name: str, make: object, size: int) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    # Small is some thousand rows where rows are plain: by then the interpreter's own lists of tuples to use again are
    # full, 2,000 of each length (CPython, Objects/tupleobject.c).
    small.write_bytes(make(size))  # type: ignore[operator]  # one of the three above
    large.write_bytes(make(10 * size))  # type: ignore[operator]  # as above
    peak(small, shipped(name))  # what is loaded once is not of the file
    assert peak(large, shipped(name)) <= 1.2 * peak(small, shipped(name)) + BUFFERS
