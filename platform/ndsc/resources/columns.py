"""What ``get`` prints of each kind: the printer columns of the custom resource definitions, and of ``ndsc get``.

Paths are the subset of JSONPath that an API server takes here: names, and one condition picked by its type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_CONDITION = re.compile(r"^(?P<name>[A-Za-z]+)\[\?\(@\.type=='(?P<type>[A-Za-z]+)'\)\]$")


@dataclass(frozen=True, slots=True)
class Column:
    """``priority`` 0 is always shown, 1 in wide output only."""

    name: str
    path: str
    type: str
    description: str
    priority: int = 0

    def value(self, plain: dict[str, Any]) -> Any:
        """What stands at the path in a dumped manifest, or none."""
        found: Any = plain
        for part in re.findall(r"[A-Za-z]+(?:\[[^]]*\])?", self.path):
            found = _below(found, part)
        return found


def _below(value: Any, part: str) -> Any:
    match = _CONDITION.match(part)
    if match is None:
        return value.get(part) if isinstance(value, dict) else None
    listed = value.get(match["name"], ()) if isinstance(value, dict) else ()
    return next((one for one in listed if one.get("type") == match["type"]), None)


_READY = "status.conditions[?(@.type=='Ready')]"
_AGE = Column("Age", "metadata.creationTimestamp", "date", "When it was made.")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "Force": (
        Column("Title", "spec.name", "string", "Full name."),
        Column("Country", "spec.country", "string", "Country, or part of the United Kingdom."),
        Column("Nodes", "status.nodes", "integer", "Data nodes."),
        Column("Agreements", "status.agreements", "integer", "Agreements in force."),
        Column("Ready", f"{_READY}.status", "string", "Whether all is well."),
        _AGE,
        Column("Key", "status.keyId", "string", "Id of its public key.", 1),
        Column("Reason", f"{_READY}.reason", "string", "Why it is ready or not.", 1),
    ),
    "DataNode": (
        Column("Force", "spec.force", "string", "Force whose records it holds."),
        Column("Records", "status.records", "integer", "Records held."),
        Column("Indexed", "status.indexEntries", "integer", "Entries in the registry of the national index."),
        Column("Hibernated", "spec.hibernated", "boolean", "Whether it is asleep."),
        Column("Ready", f"{_READY}.status", "string", "Whether all is well."),
        _AGE,
        Column("Quarantined", "status.quarantined", "integer", "Rows that wait to be corrected.", 1),
        Column("Min", "spec.replicas.min", "integer", "Fewest copies.", 1),
        Column("Max", "spec.replicas.max", "integer", "Most copies.", 1),
        Column("Replicas", "status.readyReplicas", "integer", "Copies that answer.", 1),
        Column("Database", "spec.database.mode", "string", "Who runs its PostgreSQL.", 1),
        Column("Version", "status.version", "string", "Version that runs.", 1),
        Column("Reason", f"{_READY}.reason", "string", "Why it is ready or not.", 1),
    ),
    "DataSharingAgreement": (
        Column("State", "status.state", "string", "Where it stands."),
        Column("Signed", "status.signed", "string", "Parties whose signature was verified, of all."),
        Column("Starts", "spec.startsOn", "string", "First day."),
        Column("Ends", "spec.endsOn", "string", "Last day."),
        Column("Review", "spec.reviewOn", "string", "Day by which it is reviewed."),
        _AGE,
        Column("Title", "spec.title", "string", "What the parties call it.", 1),
        Column("Tier", "spec.ceiling.tier", "string", "Highest classification tier.", 1),
        Column("Sensitive", "spec.ceiling.sensitive", "boolean", "Whether -SENSITIVE is opened.", 1),
    ),
}
"""By kind, after the name."""
