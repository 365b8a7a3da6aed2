"""JSON lines: a line a row, so that one broken line spoils nothing but itself.

Numbers are kept as they were written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from ndsc.connectors.connector import Connector
from ndsc.connectors.paths import RowBuilder, aliased_paths
from ndsc.connectors.rows import MAX_DEPTH, MAX_ROW, MAX_VALUES, BadRow, RawRow
from ndsc.connectors.text import skip_line, text_of


def json_lines(stream: BinaryIO, connector: Connector) -> Iterator[RawRow | BadRow]:
    """The rows of a JSON lines file; empty lines are passed over."""
    text = text_of(stream, connector.format)
    names = aliased_paths(connector)
    line = 0
    while True:
        raw = text.readline(MAX_ROW)
        if not raw:
            return
        line += 1
        if len(raw) >= MAX_ROW and not raw.endswith("\n"):
            skip_line(text)
            yield BadRow(line, raw, "row-too-long", f"the row is over {MAX_ROW} characters")
        elif not raw.isspace():
            yield _row(line, raw, names)


def _row(line: int, raw: str, names: dict[str, str]) -> RawRow | BadRow:
    builder = RowBuilder()
    try:
        value = json.loads(
            raw,
            parse_float=str,
            parse_int=str,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_doubles,
        )
    except RecursionError:
        builder.fail("too-deep", f"the row is nested over {MAX_DEPTH} deep")
    except ValueError as error:
        builder.fail("malformed-json", str(error)[:200])
    else:
        put_nested(builder, value)
    return builder.row(line, names, raw)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has the same name twice (RFC 8259 section 4)")
    return found


def put_nested(builder: RowBuilder, value: Any) -> None:
    """Put the leaves of an object into the builder, by path; ``null`` has no leaf: it is the same as blank."""
    if not isinstance(value, dict):
        builder.fail("not-an-object", "the row is not a JSON object")
        return
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack and not builder.broken:
        path, item, depth = stack.pop()
        if depth > MAX_DEPTH:
            builder.fail("too-deep", f"the row is nested over {MAX_DEPTH} deep")
        elif isinstance(item, dict):
            stack.extend((f"{path}/{key}" if path else key, part, depth + 1) for key, part in reversed(item.items()))
        elif isinstance(item, list):
            stack.extend(reversed([(name, part, depth + 1) for name, part in _numbered(path, item)]))
        elif item is not None:
            builder.put(path, str(item).lower() if isinstance(item, bool) else item)
        if len(stack) > MAX_VALUES:
            builder.fail("too-many-values", f"the row holds over {MAX_VALUES} values")


def _numbered(path: str, items: list[Any]) -> Iterator[tuple[str, Any]]:
    for place, part in enumerate(items, start=1):
        yield (path if place == 1 and not isinstance(part, list) else f"{path}[{place}]"), part
