"""Resources as text in kubectl's layouts: aligned columns, names, JSON and YAML that can be applied again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from ndsc.resources.base import Manifest
from ndsc.resources.columns import COLUMNS, Column

_NONE = "<none>"
_GAP = "   "
_UNITS = ((365 * 86_400, "y"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def as_table(
    manifests: Sequence[Manifest], *, wide: bool = False, with_namespace: bool = False, now: datetime | None = None
) -> str:
    """A table for each kind, a blank line between two; names carry their kind where there are several."""
    moment = now or datetime.now(UTC)
    kinds = list(dict.fromkeys(manifest.kind for manifest in manifests))
    tables = []
    for kind in kinds:
        columns = [column for column in COLUMNS[kind] if wide or column.priority == 0]
        listed = [manifest for manifest in manifests if manifest.kind == kind]
        namespaces = with_namespace and type(listed[0]).NAMESPACED
        head = ["NAMESPACE"] * namespaces + ["NAME", *(column.name.upper() for column in columns)]
        rows = [
            [manifest.metadata.namespace or ""] * namespaces
            + [manifest.ref if len(kinds) > 1 else manifest.name, *_cells(manifest, columns, moment)]
            for manifest in listed
        ]
        tables.append(aligned([head, *rows]))
    return "\n".join(tables)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, and no spaces at the ends of lines."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = (_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def as_names(manifests: Sequence[Manifest]) -> str:
    """One ``force.ndsc.police.uk/kent`` a line, for other commands to read."""
    return "".join(f"{manifest.ref}\n" for manifest in manifests)


def as_plain(manifests: Sequence[Manifest], *, listed: bool) -> dict[str, Any]:
    """One resource as it is, or several as a ``List``."""
    plain = [manifest.dump() for manifest in manifests]
    if len(plain) == 1 and not listed:
        return plain[0]
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": plain}


def to_yaml(plain: object) -> str:
    """Plain values as YAML, in their own order, no line folded."""
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=10_000)


def age(since: datetime, now: datetime) -> str:
    """Two units at most, and one once that says enough: ``45s``, ``5m30s``, ``3h``, ``12d``."""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 120:
        return f"{seconds}s"
    for index, (length, unit) in enumerate(_UNITS):
        whole, rest = divmod(seconds, length)
        if whole:
            below, name = _UNITS[index + 1] if index + 1 < len(_UNITS) else (1, "")
            return f"{whole}{unit}{rest // below}{name}" if whole < 10 and rest // below else f"{whole}{unit}"
    return "0s"


def _cells(manifest: Manifest, columns: Sequence[Column], now: datetime) -> list[str]:
    plain = manifest.dump()
    return [_cell(column, column.value(plain), now) for column in columns]


def _cell(column: Column, value: Any, now: datetime) -> str:
    if value is None:
        return _NONE
    if column.type == "date":
        return age(datetime.fromisoformat(value), now)
    return str(value).lower() if isinstance(value, bool) else str(value)
