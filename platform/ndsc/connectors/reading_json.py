"""JSON exports as one great document, streamed by ijson.

Nothing here recurses, and a text of any length, or brackets of any depth, take bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import ijson

from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.paths import RowBuilder, aliased_paths
from ndsc.connectors.rows import MAX_DEPTH, MAX_ROW, BadRow, RawRow
from ndsc.connectors.text import text_of

_CHUNK = 65_536
_STALL = 2 * MAX_ROW
_OPENING = frozenset({"start_map", "start_array"})
_CLOSING = frozenset({"end_map", "end_array"})


class _StalledError(Exception):
    """So much was read without one complete value that a value must be too long."""


class _Utf8:
    """The stream as UTF-8 without a byte order mark; it refuses to go on when the parser only reads."""

    def __init__(self, stream: BinaryIO, connector: Connector) -> None:
        self._text = text_of(stream, connector.format)
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        if self._since > _STALL:
            raise _StalledError
        piece = self._text.read(_CHUNK)
        self._since += len(piece)
        return piece.encode("utf-8", "surrogateescape")

    def answered(self) -> None:
        self._since = 0


def json_rows(stream: BinaryIO, connector: Connector) -> Iterator[RawRow | BadRow]:
    """The elements of the list at ``format.record`` (``a/b``), or of a root list; a root object is one row."""
    source = _Utf8(stream, connector)
    names = aliased_paths(connector)
    home = connector.format.record
    finder = _RowFinder(tuple(home.split("/")) if home else ())
    line = 0
    try:
        for event, value in ijson.basic_parse(source, buf_size=_CHUNK):
            source.answered()
            built = finder.take(event, value)
            if built is not None:
                line += 1
                yield built.row(line, names)
    except _StalledError:
        finder.found = True
        yield BadRow(
            line + 1, "", "value-too-long", f"a value is over {_STALL} characters; the rest was not read", last=True
        )
    except (ijson.JSONError, ValueError, ArithmeticError) as error:
        finder.found = True
        why = str(error).partition("\n")[0][:120]  # the lines after it quote the file
        yield BadRow(line + 1, "", "malformed-json", f"from here on the file is not JSON: {why}", last=True)
    if not finder.found:
        raise UnreadableFileError(f"the file has no list of rows at {home or 'its root'}")


class _RowFinder:
    """Follows the events to where rows lie, and hands each row's events to a :class:`_RowWalk`."""

    def __init__(self, home: tuple[str, ...]) -> None:
        self._home = home
        self._open: list[str] = []  # the key of each open container; the root's is empty
        self._key = ""
        self._rows_at = -1  # how many containers are open directly inside the list of rows
        self._walk: _RowWalk | None = None
        self.found = False

    def take(self, event: str, value: Any) -> RowBuilder | None:
        """The row that this event completes, if it does."""
        if self._walk is not None:
            if self._walk.take(event, value):
                built, self._walk = self._walk.builder, None
                return built
            return None
        if event == "map_key":
            self._key = value
            return None
        if event in _CLOSING:
            self._open.pop()
            if len(self._open) < self._rows_at:
                self._rows_at = -1
            return None
        if len(self._open) == self._rows_at:
            return self._row(event)
        if event in _OPENING:
            self._enter(event)
        return None

    def _row(self, event: str) -> RowBuilder | None:
        if event == "start_map":
            self._walk = _RowWalk()
            return None
        if event == "start_array":
            self._open.append("[]")
        builder = RowBuilder()
        builder.fail("not-an-object", "the row is not a JSON object")
        return builder

    def _enter(self, event: str) -> None:
        if event == "start_map" and not self._open and not self._home:
            self._walk = _RowWalk()
            self.found = True
            return
        self._open.append(self._key if self._open else "")
        if len(self._open) > 4 * MAX_DEPTH:
            raise UnreadableFileError(f"the file is nested over {4 * MAX_DEPTH} deep outside its rows")
        if event == "start_array" and tuple(self._open[1:]) == self._home:
            self._rows_at = len(self._open)
            self.found = True


@dataclass(slots=True)
class _Container:
    path: str
    is_list: bool
    count: int = 0


class _RowWalk:
    """Flattens the events of one row."""

    def __init__(self) -> None:
        self.builder = RowBuilder()
        self._open = [_Container("", is_list=False)]
        self._key = ""
        self._lost = 0  # containers open below the deepest that is kept

    def take(self, event: str, value: Any) -> bool:
        """Whether the row is now complete."""
        if self._lost:
            self._lost += (event in _OPENING) - (event in _CLOSING)
        elif event == "map_key":
            self._key = value
        elif event in _CLOSING:
            self._open.pop()
        elif event in _OPENING:
            self._enter(is_list=event == "start_array")
        elif event == "null":
            self._name()
        else:
            self.builder.put(self._name(), str(value).lower() if event == "boolean" else str(value))
        return not self._open

    def _enter(self, *, is_list: bool) -> None:
        name = self._name(nested_list=is_list)
        if len(self._open) >= MAX_DEPTH:
            self.builder.fail("too-deep", f"the row is nested over {MAX_DEPTH} deep")
            self._lost = 1
        else:
            self._open.append(_Container(name, is_list))

    def _name(self, *, nested_list: bool = False) -> str:
        top = self._open[-1]
        if not top.is_list:
            return f"{top.path}/{self._key}" if top.path else self._key
        top.count += 1
        return top.path if top.count == 1 and not nested_list else f"{top.path}[{top.count}]"
