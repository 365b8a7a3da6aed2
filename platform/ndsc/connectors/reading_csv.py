"""CSV as it is met, RFC 4180 at heart: BOM, any line end, quoted line breaks, and one stray quote that spoils one row.

A quote that is opened and never closed would swallow the rest of the file as one value. Here a row may span a bounded
number of lines; beyond that its first line alone is bad, and reading starts again at the next.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from ndsc.connectors.connector import Connector, Format
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.headings import resolve_header
from ndsc.connectors.rows import MAX_FIELD, MAX_ROW, MAX_VALUES, UNSTORABLE, BadRow, RawRow
from ndsc.connectors.text import skip_line, text_of

MAX_LINES = 60
"""Most lines one row may span."""

csv.field_size_limit(MAX_FIELD)


class _RowTooLongError(Exception):
    """The lines taken for this row are more than a row may be."""


class _Lines:
    """Physical lines for ``csv.reader``; it remembers those of the present row, so that a row can be given back."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.line = 0
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(MAX_ROW)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._length += len(line)
        if self._length >= MAX_ROW or len(self.taken) > MAX_LINES:
            raise _RowTooLongError
        return line

    def start_row(self) -> None:
        """Forget the row before; ``line`` is then the number of the row that comes."""
        self.line += len(self.taken)
        self.taken.clear()
        self._length = 0

    def give_back_all_but_first(self) -> str:
        """Keep the first line as the row, and read the others again as rows of their own."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.taken = [first]
        if not others and not first.endswith(("\n", "\r")):
            skip_line(self._text)
        return first


def csv_rows(stream: BinaryIO, connector: Connector) -> Iterator[RawRow | BadRow]:
    """The rows of a CSV file, see ``readers.open_rows``."""
    lines = _Lines(text_of(stream, connector.format))
    delimiter = connector.format.delimiter
    header = _header(lines, delimiter)
    return _rows(lines, resolve_header(header, connector), connector.format)


def _header(lines: _Lines, delimiter: str) -> list[str]:
    try:
        for row in csv.reader(lines, delimiter=delimiter, strict=True):
            if any(heading.strip() for heading in row):
                if len(row) > MAX_VALUES:
                    raise UnreadableFileError(f"the first line has {len(row)} columns; {MAX_VALUES} are too many")
                return row
    except (csv.Error, _RowTooLongError, UnicodeError) as error:
        raise UnreadableFileError("the first line is not a line of column names") from error
    raise UnreadableFileError("the file is empty")


def _rows(lines: _Lines, names: list[str], form: Format) -> Iterator[RawRow | BadRow]:
    count = len(names)
    reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    first_line = 1
    while True:
        lines.start_row()
        first_line = lines.line + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RowTooLongError) as error:
            reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
            yield BadRow(first_line, lines.give_back_all_but_first(), *_why(error))
            continue
        except UnicodeError:
            why = "from here on the file is not in its declared encoding"
            yield BadRow(first_line, "", "bad-encoding", why, last=True)
            return
        if not fields:
            continue
        taken = lines.taken
        raw = taken[0] if len(taken) == 1 else "".join(taken)
        if len(fields) == count and UNSTORABLE.search(raw) is None:
            yield RawRow(first_line, dict(zip(names, fields, strict=True)), raw)
        else:
            yield _second_look(first_line, raw, fields, names, form)


def _why(error: Exception) -> tuple[str, str]:
    if isinstance(error, _RowTooLongError):
        return "row-too-long", f"a quote is never closed, or the row is over {MAX_ROW} characters or {MAX_LINES} lines"
    if "field larger" in str(error):
        return "value-too-long", f"a value is over {MAX_FIELD} characters"
    return "bad-quoting", f"quotes do not match: {error}"


def _second_look(line: int, raw: str, fields: list[str], names: list[str], form: Format) -> RawRow | BadRow:
    """A row that is not plainly good: perhaps in the fallback encoding, else bad."""
    if any("\udc80" <= character <= "\udcff" for character in raw):
        if form.fallback_encoding is None:
            return BadRow(line, raw, "bad-encoding", f"the row is not {form.encoding}")
        raw = _decoded_again(raw, form.fallback_encoding)
        fields = [_decoded_again(field, form.fallback_encoding) for field in fields]
    if UNSTORABLE.search(raw):
        return BadRow(line, raw, "control-character", "the row holds a character that text does not have")
    if len(fields) != len(names):
        return BadRow(line, raw, "wrong-column-count", f"the row has {len(fields)} values for {len(names)} columns")
    return RawRow(line, dict(zip(names, fields, strict=True)), raw)


def _decoded_again(text: str, encoding: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode(encoding, "replace")
