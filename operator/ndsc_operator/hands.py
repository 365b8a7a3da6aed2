"""Two hands write a data node's status: one what was made of it, one what the node says that it holds.

Each is a field manager of its own and names only its part, so that neither ever writes over the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ndsc_operator.children.common import MANAGER

HOLDINGS = f"{MANAGER}-holdings"
"""The field manager of what the node says."""

_FIELDS = frozenset({"records", "quarantined", "indexEntries", "policyRevision", "listingRevision"})
_CONDITIONS = frozenset({"PolicyLoaded", "IndexSynchronised"})


def children(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a whole status, the part about what was made."""
    rest = {name: value for name, value in status.items() if name not in _FIELDS}
    return rest | {"conditions": [one for one in status["conditions"] if one["type"] not in _CONDITIONS]}


def holdings(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a whole status, the part that the node says."""
    own = {name: value for name, value in status.items() if name in _FIELDS}
    return own | {"conditions": [one for one in status["conditions"] if one["type"] in _CONDITIONS]}
