"""Trying a connector on a file before anything is stored: what the first rows become, and what would be quarantined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ndsc.connectors.connector import Connector
from ndsc.connectors.mapping import Mapped, Mapper, Rejected, compile_connector
from ndsc.connectors.readers import open_rows
from ndsc.connectors.rows import BadRow, RawRow

_EXAMPLES = 5
"""Examples kept of each reason."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that would be quarantined."""

    line: int
    reason: str
    field: str
    detail: str
    value: str
    """What stands in the column to blame; it is personal data, for the eyes of whoever owns the file."""


@dataclass(slots=True)
class Trial:
    """What a connector makes of a file."""

    read: int = 0
    mapped: int = 0
    quarantined: int = 0
    records: Counter[str] = field(default_factory=Counter)
    links: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    """Rows with a reference that an earlier row of the file had."""
    first: list[Mapped] = field(default_factory=list)
    refused: dict[str, list[Refused]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """For scripts. ``read = mapped + quarantined``."""
        return {
            "read": self.read,
            "mapped": self.mapped,
            "quarantined": self.quarantined,
            "repeated_references": self.repeated,
            "records": dict(self.records),
            "links": dict(self.links),
            "reasons": dict(self.reasons.most_common()),
            "first_rows": [
                {
                    "reference": mapped.reference,
                    "records": [
                        {
                            "id": identity,
                            **record.body.model_dump(mode="json", exclude_defaults=True, exclude_none=True),
                        }
                        for identity, record in zip(mapped.ids, mapped.records, strict=True)
                    ],
                    "links": [link.model_dump(mode="json", exclude_none=True) for link in mapped.links],
                }
                for mapped in self.first
            ],
            "examples": {
                reason: [
                    {"line": row.line, "field": row.field, "detail": row.detail, "value": row.value} for row in rows
                ]
                for reason, rows in self.refused.items()
            },
        }


def attempt(path: Path, connector: Connector, force: str, *, show: int = 5, limit: int | None = None) -> Trial:
    """Map a file, or its first ``limit`` rows, and store nothing.

    Raises ``UnreadableFileError`` for a file that the connector cannot read, ``ConnectorError`` for a mapping that
    cannot be.
    """
    mapper = compile_connector(connector, force, path.name)
    trial = Trial()
    seen: Counter[str] = Counter()
    with open_rows(path, connector) as rows:
        for row in rows:
            if limit is not None and trial.read >= limit:
                break
            trial.read += 1
            if isinstance(row, BadRow):
                _refuse(trial, Refused(row.line, row.reason, "", row.detail, ""))
            else:
                _take(trial, mapper, row, seen, show)
    return trial


def _take(trial: Trial, mapper: Mapper, row: RawRow, seen: Counter[str], show: int) -> None:
    reference = mapper.reference(row)
    seen[reference] += 1
    trial.repeated += seen[reference] > 1
    result = mapper.map(row, seen[reference])
    if isinstance(result, Rejected):
        value = row.values.get(result.column, "")[:80]
        _refuse(trial, Refused(row.line, result.reason, result.field, result.detail, value))
        return
    trial.mapped += 1
    trial.records.update(record.kind.value for record in result.records)
    trial.links.update(link.role.value for link in result.links)
    if len(trial.first) < show:
        trial.first.append(result)


def _refuse(trial: Trial, refused: Refused) -> None:
    trial.quarantined += 1
    trial.reasons[refused.reason] += 1
    examples = trial.refused.setdefault(refused.reason, [])
    if len(examples) < _EXAMPLES:
        examples.append(refused)
