"""Reading CSV: one bad row is one bad row, whatever it holds."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from ndsc.connectors.catalogue import parse
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.readers import read_rows
from ndsc.connectors.rows import MAX_FIELD, MAX_RAW, MAX_ROW, BadRow, RawRow

CONNECTOR = parse(
    """
connector: two-columns
version: 1
title: Two columns
format: {type: csv}
source_system: test
envelope: {recorded_at: {const: "2025-01-01T00:00:00Z"}}
records: [{name: event, kind: event, fields: {title: a, summary: b}}]
"""
)


def read(data: bytes) -> list[RawRow | BadRow]:
    return list(read_rows(io.BytesIO(data), CONNECTOR))


def said(rows: list[RawRow | BadRow]) -> list[object]:
    return [row.reason if isinstance(row, BadRow) else (row.line, *row.values.values()) for row in rows]


def test_a_quoted_value_may_hold_line_breaks() -> None:
    assert said(read(b'a,b\n1,"two\nlines"\n3,4\n')) == [(2, "1", "two\nlines"), (4, "3", "4")]


def test_a_quote_that_is_never_closed_costs_one_row_and_not_the_rest_of_the_file() -> None:
    body = b'a,b\n1,"open\n' + b"".join(b"%d,x\n" % number for number in range(200))
    rows = read(body)
    assert said(rows)[:3] == ["row-too-long", (3, "0", "x"), (4, "1", "x")]
    assert len(rows) == 201


def test_a_quote_that_is_open_at_the_end_gives_back_the_rows_it_swallowed() -> None:
    assert said(read(b'a,b\n1,"open\n2,x\n3,y\n')) == ["bad-quoting", (3, "2", "x"), (4, "3", "y")]


def test_text_after_a_closing_quote_is_not_joined_in_silence() -> None:
    assert said(read(b'a,b\n"1"0,x\n2,y\n')) == ["bad-quoting", (3, "2", "y")]


def test_too_few_and_too_many_values_are_bad() -> None:
    assert said(read(b"a,b\n1\n1,2,3\n1,2\n")) == ["wrong-column-count", "wrong-column-count", (4, "1", "2")]


def test_empty_lines_are_no_rows() -> None:
    assert said(read(b"\n\na,b\n\n1,2\n\n")) == [(5, "1", "2")]


def test_a_giant_value_and_a_giant_line_are_bad_and_only_their_beginning_is_kept() -> None:
    value = b"x" * (MAX_FIELD + 1)
    line = b"y" * (MAX_ROW * 3)
    rows = read(b"a,b\n1," + value + b"\n1," + line + b"\n1,2\n")
    assert said(rows) == ["value-too-long", "row-too-long", (4, "1", "2")]
    assert all(len(row.raw) <= MAX_RAW for row in rows)


@pytest.mark.parametrize("bad", [b"\x00", b"\x1b[2J", b"\x07"])
def test_characters_that_text_does_not_have_are_bad_and_kept_as_escapes(bad: bytes) -> None:
    [row, good] = read(b"a,b\n1," + bad + b"\n1,2\n")
    assert isinstance(row, BadRow)
    assert row.reason == "control-character"
    assert f"\\x{bad[0]:02x}" in row.raw
    assert isinstance(good, RawRow)


def test_bytes_that_are_not_utf8_are_bad_unless_a_fallback_is_declared() -> None:
    assert said(read(b"a,b\n1,caf\xe9\n1,2\n")) == ["bad-encoding", (3, "1", "2")]


def test_a_wide_file_that_breaks_off_inside_a_character_has_a_bad_last_row() -> None:
    whole = "a,b\n1,2\n3,4".encode("utf-16")
    assert said(read(whole)) == [(2, "1", "2"), (3, "3", "4")]
    assert said(read(whole[:-1])) == [(2, "1", "2"), "control-character"]
    assert said(read(whole[:2] + "a,b\n1,".encode("utf-16-le") + b"\x00\xd8\n\x00")) == ["control-character"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"a,a\n1,2\n", "twice"),
        (b"b,c\n1,2\n", "no column 'a'"),
        (b'"a,b\n1,2\n', "not a line of column names"),
        (b"x" * (MAX_ROW + 10), "not a line of column names"),
        (b"," * 5000, "empty"),
        (b"a," * 5000, "too many"),
    ],
)
def test_a_file_without_usable_headings_is_refused_as_a_whole(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableFileError, match=why):
        read(data)


class Endless(io.RawIOBase):
    """A file with no line end in it, as long as anybody reads; it counts what was taken."""

    def __init__(self) -> None:
        self.taken = 0
        self._head = iter([b"a,b\n"])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._head = iter([b"a,b\n"])
        return 0

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # any writable buffer
        piece = next(self._head, b"z" * 8192)[: len(buffer)]
        buffer[: len(piece)] = piece
        self.taken += len(piece)
        if self.taken > 40 * MAX_ROW:
            raise OSError("read on and on")
        return len(piece)


def test_a_row_without_an_end_is_not_collected() -> None:
    stream: Iterator[RawRow | BadRow] = read_rows(Endless(), CONNECTOR)  # type: ignore[arg-type]  # it is one, raw
    with pytest.raises(OSError, match="on and on"):
        list(stream)
