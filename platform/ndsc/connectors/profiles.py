"""A first look at a file that nobody has described: how it is written, and what stands in each of its columns."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import ijson
from lxml import etree

from ndsc.connectors.connector import Connector, Format
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.readers import open_rows
from ndsc.connectors.rows import RawRow

SAMPLE_ROWS = 500
_HEAD = 262_144
_MAX_EVENTS = 20_000
_ORDINAL = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class Profile:
    """What the sample shows of one column."""

    name: str
    values: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    """Rows of the sample in which it has a value."""
    repeated: str = ""
    """The part of its path that occurs several times in a row, if one does."""

    @property
    def distinct(self) -> list[str]:
        """Up to 200 different values, the commonest first."""
        return [value for value, _ in self.values.most_common(200)]


@dataclass(frozen=True, slots=True)
class Look:
    """A file's format and columns, from its first rows."""

    format: Format
    columns: list[Profile]
    rows: int
    bad_rows: int


def look_at(path: Path) -> Look:
    """Read the first rows of a file. Raises :class:`UnreadableFileError` for one that is not CSV, JSON or XML."""
    form = _format(path)
    found: dict[str, Profile] = {}
    rows = bad = 0
    with open_rows(path, _without_mapping(form)) as stream:
        for row in islice(stream, SAMPLE_ROWS):
            if isinstance(row, RawRow):
                rows += 1
                _note(row, found)
            else:
                bad += 1
    if not rows:
        raise UnreadableFileError(f"{path.name}: none of its first rows can be read as {form.type}")
    _spread_repeats(found.values())
    return Look(form, list(found.values()), rows, bad)


def _without_mapping(form: Format) -> Connector:
    return Connector.model_validate(
        {
            "connector": "first-look",
            "version": 1,
            "title": "First look",
            "format": form,
            "source_system": "unknown",
            "envelope": {},
            "records": [{"name": "row", "kind": "event"}],
        }
    )


def _note(row: RawRow, found: dict[str, Profile]) -> None:
    seen = set()
    for path, text in row.values.items():
        name = _ORDINAL.sub("", path)
        profile = found.get(name)
        if profile is None:
            profile = found[name] = Profile(name)
        if name != path:
            start = path[: path.rindex("[")]
            profile.repeated = profile.repeated or _ORDINAL.sub("", start)
        if text.strip():
            profile.values[text.strip()] += 1
            profile.rows += name not in seen
            seen.add(name)


def _spread_repeats(columns: Collection[Profile]) -> None:
    """Give a column the repeated part that it lies in, where it happened to have a value in the first of each alone."""
    parts = {column.repeated for column in columns if column.repeated}
    for column in columns:
        if not column.repeated:
            column.repeated = max((part for part in parts if column.name.startswith(f"{part}/")), key=len, default="")


def _format(path: Path) -> Format:
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: {error.strerror or error}") from error
    if not head.strip():
        raise UnreadableFileError(f"{path.name}: the file is empty")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if wide else "utf-8-sig", "replace")
    start = text.lstrip()[:1]
    if start == "<":
        return Format(type="xml", record=_repeated_element(head))
    lines = path.suffix.lower() in {".jsonl", ".ndjson"}
    if start == "[" or (start == "{" and not _is_json_line(text, alone=lines)):
        return Format(type="json", record=_list_of_objects(path) if start == "{" else None)
    if start == "{":
        return Format(type="jsonl")
    encoded = not wide and "�" in text[:-4]
    return Format(type="csv", delimiter=_delimiter(text), fallback_encoding="cp1252" if encoded else None)


def _is_json_line(text: str, *, alone: bool) -> bool:
    """Whether the first line is an object by itself and others follow; ``alone`` says that none need follow."""
    line, _, rest = text.lstrip().partition("\n")
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return rest.lstrip().startswith("{") or (alone and not rest.strip())


def _delimiter(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    counts = {mark: len(next(csv.reader([line], delimiter=mark), [])) for mark in (",", ";", "\t", "|")}
    return max(counts, key=lambda mark: counts[mark])


def _list_of_objects(path: Path) -> str | None:
    """The path of the first list of objects in a JSON document; ``None`` when the document is one row."""
    keys: list[str] = []
    key, last = "", ""
    with path.open("rb") as stream:
        try:
            for event, value in islice(ijson.basic_parse(stream), _MAX_EVENTS):
                if event == "start_map" and last == "start_array":
                    return "/".join(keys[1:])
                if event == "map_key":
                    key = value
                elif event in {"start_map", "start_array"}:
                    keys.append(key)
                elif event in {"end_map", "end_array"}:
                    keys.pop()
                last = event
        except (ijson.JSONError, ValueError):
            return None
    return None


class _Shape:
    """Counts the paths of elements, and which of them have children."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.count: Counter[str] = Counter()
        self.parents: set[str] = set()

    def doctype(self, *_: Any) -> None:
        raise UnreadableFileError("the file declares a document type, which exports do not need and attacks do")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.parents.add("/".join(self.open))
        self.open.append(tag.rpartition("}")[2])
        if len(self.open) > 50:
            raise UnreadableFileError("the file is nested over 50 deep")
        self.count["/".join(self.open)] += 1
        if attributes:
            self.parents.add("/".join(self.open))

    def end(self, tag: str) -> None:
        self.open.pop()

    def close(self) -> None:
        """The end of the document."""


def _repeated_element(head: bytes) -> str:
    """The shallowest element that has parts and occurs more than once; else the first below the root with parts."""
    shape: Any = _Shape()
    parser = etree.XMLParser(target=shape, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        parser.feed(head)
        parser.close()
    except etree.XMLSyntaxError:
        pass  # the head is cut off somewhere: what was seen up to there counts
    with_parts = sorted((path for path in shape.count if path in shape.parents), key=lambda path: path.count("/"))
    repeated = next((path for path in with_parts if shape.count[path] > 1), None)
    chosen: str | None = repeated or next((path for path in with_parts if "/" in path), None)
    if chosen is None:
        raise UnreadableFileError("the file has no element with parts that could be a row")
    return chosen.partition("/")[2] or chosen
