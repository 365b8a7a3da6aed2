"""Whatever a file holds, a reader hands over rows and bad rows, or refuses the file; nothing else comes out of it.

Each reader meets 1,500 broken inputs, made from a good export by a seed: bytes changed, cut out, doubled, moved, and
pieces put in that have broken readers before.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator

import pytest

from ndsc import samples
from ndsc.connectors.catalogue import shipped
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.mapping import Mapped, Rejected, compile_connector
from ndsc.connectors.readers import read_rows
from ndsc.connectors.rows import MAX_RAW, UNSTORABLE, BadRow, RawRow
from ndsc.model.record import Link, Record
from ndsc.synth.story import story_rows

BROKEN_INPUTS = 1_500
PIECES = (
    *(
        b'"',
        b"'",
        b",",
        b"\n",
        b"\r\n",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\\",
    ),
    *(b"<", b">", b"&", b"&x;", b"&#0;", b"<![CDATA[", b"<!--", b"<!DOCTYPE a>", b"</Row>", b"<?xml?>", b"]]>"),
    *(b"{", b"}", b"[", b"]", b":", b"null", b"NaN", b"1e999999", b"-", b"[" * 300, b'{"a":' * 300, b'"\\ud800"'),
    *(b"=cmd|' /C calc'!A0", b"@SUM(1)", b"9" * 400, b"x" * 70_000, "\u202e\u2028".encode(), b"../../etc/passwd"),
)
STORY = "".join(row.line() for force in ("south-wales", "btp", "city-of-london") for _, row in story_rows(force))
GOOD = {
    "police-uk-street": b"".join(samples.path("2025-01-city-of-london-street.csv").read_bytes().splitlines(True)[:8]),
    "police-uk-stop-search": b"".join(
        samples.path("2019-12-durham-stop-and-search.csv").read_bytes().splitlines(True)[:8]
    ),
    "rms-xml": b"</Incident>".join(samples.path("rms-export.xml").read_bytes().split(b"</Incident>")[:3])
    + b"</Incident></Incidents></RecordsExport>",
    "custody-json": json.dumps(
        {"custody_records": json.loads(samples.path("custody-export.json").read_text("utf-8"))["custody_records"][:3]}
    ).encode(),
    "ndsc-synthetic": STORY.encode(),
}


def broken(good: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, length = chance.randrange(len(data) + 1), chance.choice((1, 3, 40, 400))
        act = chance.randrange(6)
        if act == 0:
            data[at : at + length] = b""
        elif act == 1:
            data[at:at] = chance.choice(PIECES)
        elif act == 2:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif act == 3:
            data[at:at] = data[at : at + length]
        elif act == 4:
            del data[at:]
        else:
            data[at : at + length] = chance.randbytes(length)
        if not data:
            break
    return bytes(data)


def rows_of(name: str, data: bytes) -> Iterator[RawRow | BadRow]:
    try:
        yield from read_rows(io.BytesIO(data), shipped(name))
    except UnreadableFileError:
        return


@pytest.mark.parametrize("name", sorted(GOOD))
def test_no_broken_input_escapes(name: str) -> None:
    mapper = compile_connector(shipped(name), "durham", "export")
    outcomes = {"mapped": 0, "rejected": 0, "bad": 0}
    for seed in range(BROKEN_INPUTS):
        for row in rows_of(name, broken(GOOD[name], seed)):
            if isinstance(row, BadRow):
                outcomes["bad"] += 1
                assert row.reason
                assert len(row.raw) <= 4 * MAX_RAW
                assert UNSTORABLE.search(row.raw + row.detail) is None
                continue
            result = mapper.map(row, 1)
            if isinstance(result, Rejected):
                outcomes["rejected"] += 1
                assert result.reason
                assert result.detail
            else:
                outcomes["mapped"] += 1
    assert all(outcomes.values()), f"every way out is met: {outcomes}"


def checked(mapped: Mapped) -> None:
    """Full validation by the model gives the same records and links, of the same identities and as the same JSON."""
    for record, part in zip(mapped.records, mapped.parts, strict=True):
        identity = part.id
        assert part.said.json == record.body.__pydantic_serializer__.to_json(record.body, exclude_none=True)
        again = Record.model_validate(record.model_dump())
        assert again == record
        assert again.id == identity
    for link in mapped.links:
        assert Link.model_validate(link.model_dump()) == link


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_is_put_together_is_what_full_validation_gives(name: str) -> None:
    mapper = compile_connector(shipped(name), "durham", "export")
    count = 0
    for seed in range(150):
        for row in rows_of(name, broken(GOOD[name], seed)):
            result = mapper.map(row, 2) if isinstance(row, RawRow) else None
            if isinstance(result, Mapped):
                checked(result)
                count += 1
    assert count > 100
