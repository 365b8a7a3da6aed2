"""What a code list is, and how its file is read and checked."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import Field

from ndsc.errors import InvalidInputError, NotFoundError
from ndsc.model.base import Code, Model, Text

_SPACES = re.compile(r"\s+")
_CODE_IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*$")


class UnknownCodeError(InvalidInputError):
    """A code list has no such code, or no such label."""

    code: ClassVar[str] = "unknown-code"
    title: ClassVar[str] = "Not in the code list"


class UnknownCodeListError(NotFoundError):
    """There is no code list of that name."""

    code: ClassVar[str] = "unknown-code-list"
    title: ClassVar[str] = "No such code list"


class CodeEntry(Model):
    """One code: what it stands for, and what else sources call it."""

    code: Code
    label: Text
    aliases: tuple[Text, ...] = ()
    group: Text | None = Field(default=None, description="a heading within the list, where it has any")


def _key(label: str) -> str:
    return _SPACES.sub(" ", label).strip().casefold()


@dataclass(frozen=True)
class CodeList:
    """A list of codes. No two entries may share a code, a label or an alias: each label names one code."""

    name: str
    title: str
    source: str
    licence: str
    entries: tuple[CodeEntry, ...]
    _by_code: dict[str, CodeEntry] = field(default_factory=dict, repr=False, compare=False)
    _by_label: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for entry in self.entries:
            if entry.code in self._by_code:
                raise ValueError(f"code list {self.name}: code {entry.code} comes twice")
            self._by_code[entry.code] = entry
        for entry in self.entries:
            for label in (entry.label, *entry.aliases, entry.code):
                self._claim(label, entry)

    def _claim(self, label: str, entry: CodeEntry) -> None:
        owner = self._by_label.setdefault(_key(label), entry.code)
        if owner != entry.code and _key(label) != _key(entry.label):
            raise ValueError(f"code list {self.name}: {label!r} stands for both {owner} and {entry.code}")

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __iter__(self) -> Iterator[CodeEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def label(self, code: str) -> str:
        """What a code stands for. Raises ``UnknownCodeError``."""
        try:
            return self._by_code[code].label
        except KeyError:
            raise UnknownCodeError(f"code list {self.name} has no code {code[:40]!r}") from None

    def code_for(self, label: str) -> str:
        """The code that a label, an alias or the code itself names, or that stands in brackets after a label.

        A label that several codes share (offences that were re-coded) names the first of them in the list's order.
        Raises ``UnknownCodeError``.
        """
        found = self._by_label.get(_key(label))
        bracketed = _CODE_IN_BRACKETS.search(label) if found is None else None
        if bracketed and bracketed[1] in self._by_code:
            found = bracketed[1]
        if found is None:
            raise UnknownCodeError(f"code list {self.name} has no label {label[:60]!r}")
        return found


def read_entries(lines: Iterable[str]) -> tuple[CodeEntry, ...]:
    """Entries of a CSV file with columns ``code,label`` and perhaps ``aliases`` (parted by ``|``) and ``group``."""
    return tuple(
        CodeEntry(
            code=row["code"],
            label=row["label"],
            aliases=tuple(alias for alias in (row.get("aliases") or "").split("|") if alias),
            group=row.get("group") or None,
        )
        for row in csv.DictReader(lines)
    )
