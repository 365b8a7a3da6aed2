"""Events (events.k8s.io/v1): each change of a condition is told once, and once more each time it comes back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import structlog
from kubernetes.aio.client.exceptions import ApiException

from ndsc.resources.base import Condition, Status
from ndsc_operator.api import Api, KindMissingError
from ndsc_operator.children.common import DEFAULT_NAMESPACE, MANAGER, Object
from ndsc_operator.conditions import REASONS, Reason
from ndsc_operator.refs import Ref

_log = structlog.get_logger(__name__)
_WARNINGS = frozenset(one.name for one in REASONS if one.warns)
_NOTE = 1024
"""Longest note that the API server takes, in bytes."""


def changed(before: Status, after: Status) -> Iterator[Condition]:
    """The conditions whose status or reason changed."""
    for condition in after.conditions:
        old = before.condition(condition.type)
        if old is None or (old.status, old.reason) != (condition.status, condition.reason):
            yield condition


def event(one: Object, condition: Condition, identity: str) -> Object:
    """The event of a condition. Its name comes of what it tells, so that the same told again is the same event."""
    its = one["metadata"]
    told = f"{its['uid']} {condition.type} {condition.status} {condition.reason}"
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": f"{its['name']}.{digest}", "namespace": its.get("namespace") or DEFAULT_NAMESPACE},
        "eventTime": now(),
        "reportingController": MANAGER,
        "reportingInstance": identity,
        "action": condition.type,
        "reason": condition.reason,
        "type": "Warning" if condition.reason in _WARNINGS else "Normal",
        "note": condition.message.encode()[:_NOTE].decode(errors="ignore"),
        "regarding": {
            "apiVersion": one["apiVersion"],
            "kind": one["kind"],
            "name": its["name"],
            "uid": its["uid"],
        }
        | ({"namespace": its["namespace"]} if its.get("namespace") else {}),
    }


def of(reason: Reason, message: str) -> Condition:
    """What an event tells that is no condition of its object."""
    return Condition(
        type=reason.condition,
        status=reason.status,
        reason=reason.name,
        message=message,
        last_transition_time=datetime.now(UTC),
    )


async def tell(api: Api, one: Object, before: Status, after: Status, identity: str) -> None:
    """Tell what changed. An event that cannot be told is logged: it must not hold up what it tells of."""
    await asyncio.gather(*(say(api, one, condition, identity) for condition in changed(before, after)))


async def say(api: Api, one: Object, condition: Condition, identity: str) -> None:
    """Tell one thing of an object."""
    made = event(one, condition, identity)
    try:
        if await api.create(made) is None:
            await _again(api, made)
    except (ApiException, KindMissingError, TimeoutError, OSError) as error:
        _log.warning("event not told", resource=str(Ref.of(one)), code=condition.reason, error=str(error)[:300])


async def _again(api: Api, made: Object) -> None:
    known = await api.get(Ref.of(made)) or made
    count = known.get("series", {}).get("count", 1) + 1
    series = {"count": count, "lastObservedTime": now()}
    await api.patch(Ref.of(made), {"note": made["note"], "series": series})


def now() -> str:
    """As the API server writes a moment to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
