"""Building a row of flat paths out of nested input, event by event, within bounds on depth, count and length.

``{"a": {"b": [1, 2]}}`` gives ``a/b`` = 1 and ``a/b[2]`` = 2; so does ``<a><b>1</b><b>2</b></a>``. What breaks a bound
makes the row bad, and the rest of it is passed over without being kept.
"""

from __future__ import annotations

from ndsc.connectors.connector import Connector
from ndsc.connectors.rows import MAX_FIELD, MAX_ROW, MAX_VALUES, UNSTORABLE, BadRow, RawRow


class RowBuilder:
    """Collects one row."""

    __slots__ = ("_detail", "_length", "_reason", "_values")

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._length = 0
        self._reason = ""
        self._detail = ""

    @property
    def broken(self) -> bool:
        """Whether the row is bad already, so that nothing more of it need be kept."""
        return bool(self._reason)

    def fail(self, reason: str, detail: str) -> None:
        """Make it a bad row; the first reason stays."""
        if not self._reason:
            self._reason, self._detail = reason, detail

    def put(self, path: str, text: str) -> None:
        """Add a value."""
        if self._reason:
            return
        self._length += len(path) + len(text)
        if len(text) > MAX_FIELD:
            self.fail("value-too-long", f"a value is over {MAX_FIELD} characters")
        elif self._length > MAX_ROW:
            self.fail("row-too-long", f"the row is over {MAX_ROW} characters")
        elif len(self._values) >= MAX_VALUES:
            self.fail("too-many-values", f"the row holds over {MAX_VALUES} values")
        elif not (text.isprintable() and path.isprintable()) and UNSTORABLE.search(path + text):
            self.fail("control-character", "the row holds a character that text does not have")
        elif path in self._values:
            self.fail("ambiguous-name", f"two values of the row are called {path[:80]!r}")
        else:
            self._values[path] = text

    def row(self, line: int, names: dict[str, str], raw: str | None = None) -> RawRow | BadRow:
        """What was built, with each path under the connector's name for it."""
        if self._reason:
            kept = raw if raw is not None else RawRow(line, self._values).raw
            return BadRow(line, kept, self._reason, self._detail)
        values = self._values
        if names:
            values = {names.get(path, path): text for path, text in values.items()}
        return RawRow(line, values, raw)


def aliased_paths(connector: Connector) -> dict[str, str]:
    """Alias -> name, for the columns of a connector that have had other names."""
    return {alias: name for name, column in connector.columns.items() for alias in column.aliases}
