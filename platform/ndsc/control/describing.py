"""``describe``: all that is known of a resource, for people: fields in words, conditions and events as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ndsc.control.events import ResourceEvent
from ndsc.control.printing import age, aligned
from ndsc.resources.base import Manifest

_MAX_LINE = 160


def describe(manifest: Manifest, events: Sequence[ResourceEvent], now: datetime | None = None) -> str:
    """The text, ending in a line break."""
    moment = now or datetime.now(UTC)
    plain = manifest.dump()
    status = dict(plain.get("status", {}))
    conditions = status.pop("conditions", [])
    lines = [*_head(manifest, moment), "Spec:", *_fields(plain["spec"], "  ")]
    if status:
        lines += ["Status:", *_fields(status, "  ")]
    return "\n".join(lines) + "\n" + _conditions(conditions, moment) + _events(events, moment)


def _head(manifest: Manifest, now: datetime) -> Iterator[str]:
    metadata = manifest.metadata
    yield f"Name:         {metadata.name}"
    if metadata.namespace:
        yield f"Namespace:    {metadata.namespace}"
    yield f"Labels:       {_pairs(metadata.labels)}"
    yield f"Annotations:  {_pairs(metadata.annotations)}"
    yield f"API Version:  {manifest.api_version}"
    yield f"Kind:         {manifest.kind}"
    if metadata.creation_timestamp:
        made = metadata.creation_timestamp
        yield f"Created:      {made:%Y-%m-%d %H:%M:%S} UTC ({age(made, now)} ago)"
        yield f"Generation:   {metadata.generation}"


def _pairs(values: dict[str, str]) -> str:
    return ("\n" + " " * 14).join(f"{name}={value}" for name, value in sorted(values.items())) or "<none>"


def _fields(values: dict[str, Any], indent: str) -> Iterator[str]:
    plain = {name: value for name, value in values.items() if value not in ({}, [], "")}
    width = max((len(_words(name)) for name, value in plain.items() if not _is_block(value)), default=0) + 1
    for name, value in plain.items():
        label = f"{_words(name)}:"
        if isinstance(value, dict):
            yield f"{indent}{label}"
            yield from _fields(value, indent + "  ")
        elif _is_block(value):
            yield f"{indent}{label}"
            for one in value:
                yield from _item(one, indent + "  ")
        else:
            yield f"{indent}{label.ljust(width)} {_scalar(value)}"


def _item(value: dict[str, Any], indent: str) -> Iterator[str]:
    """A list's object, on one line where it fits."""
    flat = all(not isinstance(one, dict | list) for one in value.values())
    line = ", ".join(f"{_words(name)}: {_scalar(one)}" for name, one in value.items())
    if flat and len(line) <= _MAX_LINE:
        yield f"{indent}- {line}"
    else:
        yield f"{indent}-"
        yield from _fields(value, indent + "  ")


def _is_block(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def _scalar(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_scalar(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())


def _words(name: str) -> str:
    """``deleteAfterDays`` as ``Delete After Days``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return text[:1].upper() + text[1:]


def _conditions(conditions: Sequence[dict[str, Any]], now: datetime) -> str:
    if not conditions:
        return ""
    head = ["Type", "Status", "Since", "Reason", "Message"]
    rows = [
        [
            one["type"],
            one["status"],
            age(datetime.fromisoformat(one["lastTransitionTime"]), now),
            one["reason"],
            one["message"],
        ]
        for one in conditions
    ]
    return "Conditions:\n" + _indented(aligned([head, ["----"] * len(head), *rows]))


def _events(events: Sequence[ResourceEvent], now: datetime) -> str:
    if not events:
        return "Events:  <none>\n"
    head = ["Type", "Reason", "Age", "Message"]
    rows = [[event.type.value, event.reason, _when(event, now), event.message] for event in events]
    return "Events:\n" + _indented(aligned([head, ["----"] * len(head), *rows]))


def _when(event: ResourceEvent, now: datetime) -> str:
    last = age(event.last_seen, now)
    return last if event.times == 1 else f"{last} (x{event.times} over {age(event.first_seen, now)})"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
