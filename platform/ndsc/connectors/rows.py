"""What a reader hands over: a row with its values, or a bad row with its reason; both bounded in size.

Keys are paths: a header name for CSV; ``a/b`` for nesting, ``a[2]`` for a second occurrence and ``a/@b`` for an XML
attribute elsewhere. Values are text, as the source wrote it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

MAX_FIELD = 65_536
"""Longest value accepted, in characters; the longest attribute of the model takes 20,000."""
MAX_ROW = 262_144
"""Longest row accepted, in characters."""
MAX_VALUES = 2_000
"""Most values in one row."""
MAX_DEPTH = 24
"""Deepest nesting of a JSON or XML row."""
MAX_RAW = 16_384
"""How much of a bad row is kept, in characters: enough to find it in the file."""

UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters and lone surrogates: no database text column or terminal should meet one."""


class RawRow:
    """One row of an export, as it stands."""

    __slots__ = ("_raw", "line", "named", "values")

    def __init__(self, line: int, values: Mapping[str, str], raw: str | None = None) -> None:
        self.line = line
        """1-based line (CSV, JSON lines) or element (JSON, XML) in the file."""
        self.values = values
        self._raw = raw
        self.named: tuple[object, str] | None = None
        """The reference that a mapper found for it, with that mapper: it is asked for twice, and may be a digest."""

    @property
    def raw(self) -> str:
        """The row's own text where rows are lines, else its values as JSON."""
        if self._raw is not None:
            return self._raw
        return json.dumps(dict(self.values), ensure_ascii=False)

    @property
    def parts(self) -> tuple[int, Mapping[str, str], str | None]:
        """What it is made of, to make it again in another process."""
        return self.line, self.values, self._raw

    def __repr__(self) -> str:
        return f"RawRow(line={self.line}, {len(self.values)} values)"


class BadRow:
    """A row that cannot be read, with the reason: a short code, and a sentence.

    ``last`` says that nothing after it was read, because what follows cannot be told apart any more.
    """

    __slots__ = ("detail", "last", "line", "raw", "reason")

    def __init__(self, line: int, raw: str, reason: str, detail: str = "", *, last: bool = False) -> None:
        self.line = line
        self.last = last
        self.raw = storable(raw[:MAX_RAW])
        self.reason = reason
        self.detail = storable(detail or reason.replace("-", " "))

    def __repr__(self) -> str:
        return f"BadRow(line={self.line}, reason={self.reason!r})"


def storable(text: str) -> str:
    """The text with each character that cannot be stored written as an escape."""
    return UNSTORABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
