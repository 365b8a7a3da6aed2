"""YAML (and so JSON) into plain JSON values, bounded, with the line of every field.

Built on the parser's events, so that nothing is expanded before it is counted: anchors and aliases (which can grow a
file a billionfold), tags, duplicate keys, deep nesting and large files are refused. Dates stay text, as in Kubernetes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from ndsc.resources.errors import ManifestError, Problem

MAX_BYTES = 1_500_000
"""Of one file: what an API server takes as one object (etcd's default request limit)."""
MAX_DEPTH = 40
MAX_VALUES = 100_000

Path = tuple[str | int, ...]

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})", re.ASCII)
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?", re.ASCII)
_TEXT_TAG = "tag:yaml.org,2002:str"
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file, counted from 1, with the line (from 1) of each path in it."""

    source: str
    number: int
    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line_of(self, path: Path) -> int:
        """The line of a field, or of the nearest thing around it; 0 when the document is empty."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


class _RefusedError(Exception):
    def __init__(self, message: str, event: Event, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint
        self.line = _line(event)


def read_documents(data: bytes, source: str) -> list[Document]:
    """The documents of a file that are not empty. Raises ManifestError."""
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES} bytes"
        raise ManifestError([Problem("", message, "Split it into several files.", source)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ManifestError([Problem("", "the file is not UTF-8", "Save it as UTF-8.", source)]) from None
    reader = _Reader(source)
    try:
        return [document for document in reader.documents(text) if document.value is not None]
    except _RefusedError as error:
        raise ManifestError([Problem("", error.message, error.hint, source, reader.number, error.line)]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ManifestError([Problem("", f"not YAML: {error.problem}", "", source, reader.number, line)]) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        hint = "Look for control characters, or for brackets that never close."
        raise ManifestError([Problem("", "not YAML", hint, source, reader.number)]) from None


class _Reader:
    """Walks the events of one file."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._values = 0
        self._lines: dict[Path, int] = {}
        self.number = 0

    def documents(self, text: str) -> Iterator[Document]:
        """Each document in turn."""
        events = iter(yaml.parse(text, Loader=_PARSER))
        for event in events:
            if isinstance(event, DocumentStartEvent):
                self.number += 1
                self._lines, self._values = {}, 0
                value = self._value(next(events), events, ())
                yield Document(self._source, self.number, value, self._lines)
            elif not isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                raise _RefusedError("not a document", event)

    def _value(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        self._values += 1
        self._lines[path] = _line(event)
        if len(path) > MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels", event)
        if self._values > MAX_VALUES:
            raise _RefusedError(f"more than {MAX_VALUES} values in one document", event, "Split it into several.")
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _RefusedError("anchors and aliases (& and *) are not read", event, "Write the value out each time.")
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if getattr(event, "tag", None) is not None:
            raise _RefusedError(f"the tag {event.tag[:60]} is not read", event, "Write a plain value.")  # type: ignore[attr-defined]
        return (
            self._mapping(events, path) if isinstance(event, MappingStartEvent) else self._sequence(event, events, path)
        )

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent) or event.anchor is not None:
                raise _RefusedError("a key must be plain text", event)
            key = event.value
            if key in mapping:
                raise _RefusedError(f"{dotted((*path, key))[:200]} stands twice", event, "Remove one of the two.")
            mapping[key] = self._value(next(events), events, (*path, key))
            self._lines[(*path, key)] = _line(event)
        return mapping

    def _sequence(self, start: Event, events: Iterator[Event], path: Path) -> list[Any]:
        if not isinstance(start, SequenceStartEvent):
            raise _RefusedError("not a value", start)
        sequence: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            sequence.append(self._value(event, events, (*path, len(sequence))))
        return sequence


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _scalar(event: ScalarEvent) -> Any:
    text: str = event.value
    if event.tag not in (None, _TEXT_TAG) and not (event.tag == "!" and not event.implicit[0]):
        raise _RefusedError(f"the tag {event.tag[:60]} is not read", event, "Write a plain value.")
    if event.tag is not None or event.style:
        return text
    return _plain(text)


def _plain(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def dotted(path: Path) -> str:
    """``spec.parties[0].force``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
