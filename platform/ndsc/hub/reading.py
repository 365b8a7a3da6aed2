"""Objects of the API server as resources: what the network is decided by, and nothing else of them.

An object that is not valid is left out and said so in the log, whoever let it in: it must not take the others with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from ndsc.resources.base import API_VERSION, Manifest
from ndsc.resources.kinds import KINDS
from ndsc.resources.validation import validate
from ndsc.web.logging import MAX_VALUE

STATUS = {"Force": ("publicKey",), "DataNode": (), "DataSharingAgreement": ("state", "digest", "signatures")}
"""What others must know of a status. The rest changes often and is nobody else's business."""
_MOST_SHOWN = 5

_log = structlog.get_logger("ndsc.hub")


def read(kind: type[Manifest], raw: Mapping[str, Any]) -> Manifest | None:
    """The resource, or none where the object is not valid."""
    found, problems = validate(_picked(kind, raw))
    if found is None:
        where = sorted({problem.path for _, problem in problems})[:_MOST_SHOWN]  # what it says there stays out of logs
        _log.warning("resource-left-out", kind=kind.__name__, resource=name_of(raw), where=" ".join(where)[:MAX_VALUE])
    return found


def name_of(raw: Mapping[str, Any]) -> str:
    """``namespace/name``, or the name of what has no namespace."""
    metadata = raw.get("metadata")
    its = metadata if isinstance(metadata, Mapping) else {}
    return "/".join(str(its[part])[:63] for part in ("namespace", "name") if its.get(part))


def is_going(raw: Mapping[str, Any]) -> bool:
    """Whether somebody has deleted it, and it only waits for whoever must act first."""
    return bool(raw.get("metadata", {}).get("deletionTimestamp"))


def _picked(kind: type[Manifest], raw: Mapping[str, Any]) -> dict[str, Any]:
    metadata, status = raw.get("metadata") or {}, raw.get("status") or {}
    return {
        "apiVersion": API_VERSION,
        "kind": next(name for name, known in KINDS.items() if known is kind),
        "metadata": {part: metadata[part] for part in ("name", "namespace") if part in metadata},
        "spec": raw.get("spec"),
        "status": {part: status[part] for part in STATUS[kind.__name__] if part in status},
    }
