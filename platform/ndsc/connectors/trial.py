"""Trying a connector on a file before anything is stored: what the first rows become, and what would be quarantined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ndsc.connectors.connector import Connector, ValueOf
from ndsc.connectors.mapping import Mapped, Mapper, Rejected, compile_connector
from ndsc.connectors.readers import open_rows
from ndsc.connectors.references import numbered, occurrences
from ndsc.connectors.rows import BadRow, RawRow
from ndsc.connectors.values import Getter, Place, ValueProblem, compile_value

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
    left_out: Counter[str] = field(default_factory=Counter)
    """Values that a lenient line passed over, by ``record.attribute``."""
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
            "left_out": dict(self.left_out.most_common()),
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
    lenient = _Lenient(connector)
    trial = Trial()
    seen: Counter[str] = Counter()
    with open_rows(path, connector) as rows:
        for row in rows:
            if limit is not None and trial.read >= limit:
                break
            trial.read += 1
            if isinstance(row, BadRow):
                _refuse(trial, Refused(row.line, row.reason, "", row.detail, ""))
            elif _take(trial, mapper, row, seen, show):
                trial.left_out.update(lenient.passed_over(row))
    return trial


class _Lenient:
    """What the lenient lines of a connector pass over: each is tried again as if it were strict."""

    def __init__(self, connector: Connector) -> None:
        self._blank = frozenset({"", *connector.format.blank})
        lines = [("", name, value) for name, value in connector.envelope if isinstance(value, ValueOf)]
        for record in connector.records:
            lines += [(record.each or "", f"{record.name}.{name}", value) for name, value in record.fields.items()]
        strict = {"lenient": False, "required": False}
        self._lines = [(each, name, value.model_copy(update=strict)) for each, name, value in lines if value.lenient]
        self._getters: dict[tuple[str, str], Getter] = {}

    def passed_over(self, row: RawRow) -> Iterator[str]:
        """The labels of the lines that pass over a value of this row."""
        for each, name, value in self._lines:
            places = [numbered(each, number) for number in occurrences(list(row.values), each)] if each else [""]
            for prefix in places:
                get = self._getters.get((name, prefix))
                if get is None:
                    many = bool(value.each or value.split)
                    get = self._getters[name, prefix] = compile_value(value, Place(prefix, self._blank), many=many)
                try:
                    get(row.values)
                except ValueProblem:
                    yield name


def _take(trial: Trial, mapper: Mapper, row: RawRow, seen: Counter[str], show: int) -> bool:
    """Map a row; whether it could be."""
    reference = mapper.reference(row)
    seen[reference] += 1
    trial.repeated += seen[reference] > 1
    result = mapper.map(row, seen[reference])
    if isinstance(result, Rejected):
        value = row.values.get(result.column, "")[:80]
        _refuse(trial, Refused(row.line, result.reason, result.field, result.detail, value))
        return False
    trial.mapped += 1
    trial.records.update(record.kind.value for record in result.records)
    trial.links.update(link.role.value for link in result.links)
    if len(trial.first) < show:
        trial.first.append(result)
    return True


def _refuse(trial: Trial, refused: Refused) -> None:
    trial.quarantined += 1
    trial.reasons[refused.reason] += 1
    examples = trial.refused.setdefault(refused.reason, [])
    if len(examples) < _EXAMPLES:
        examples.append(refused)
