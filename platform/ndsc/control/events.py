"""What happened to a resource, as ``describe`` shows it: the same thing again counts up instead of piling up."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from ndsc.control.store import ResourceStore
from ndsc.control.tables import EVENT
from ndsc.resources.base import Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force

KEPT = 50
"""Events kept of one resource, the latest."""


class EventType(StrEnum):
    """Whether somebody should look."""

    NORMAL = "Normal"
    WARNING = "Warning"


class ResourceEvent(NamedTuple):
    """Something that happened, and how often."""

    type: EventType
    reason: str
    message: str
    times: int
    first_seen: datetime
    last_seen: datetime


def record_event(
    store: ResourceStore, manifest: Manifest, reason: str, message: str, type_: EventType = EventType.NORMAL
) -> None:
    """Write down that something happened to a stored resource."""
    uid = manifest.metadata.uid or ""
    new = insert(EVENT).values(
        uid=uid,
        type=type_.value,
        reason=reason,
        message=message[:1000],
        times=1,
        first_seen=func.now(),
        last_seen=func.clock_timestamp(),
    )
    again = new.on_conflict_do_update(
        index_elements=[EVENT.c.uid, EVENT.c.type, EVENT.c.reason, EVENT.c.message],
        set_={"times": EVENT.c.times + 1, "last_seen": func.clock_timestamp()},
    )
    latest = select(EVENT.c.last_seen).where(EVENT.c.uid == uid).order_by(EVENT.c.last_seen.desc())
    oldest_kept = latest.offset(KEPT - 1).limit(1).scalar_subquery()
    with store.engine.begin() as connection:
        connection.execute(again)
        connection.execute(delete(EVENT).where(EVENT.c.uid == uid, EVENT.c.last_seen < oldest_kept))


def events_of(store: ResourceStore, manifest: Manifest) -> list[ResourceEvent]:
    """What happened to a resource, the oldest first."""
    asked = select(EVENT).where(EVENT.c.uid == manifest.metadata.uid).order_by(EVENT.c.last_seen)
    with store.engine.connect() as connection:
        rows = connection.execute(asked).all()
    return [
        ResourceEvent(EventType(row.type), row.reason, row.message, row.times, row.first_seen, row.last_seen)
        for row in rows
    ]


def events_about(store: ResourceStore, manifest: Manifest) -> list[ResourceEvent]:
    """What happened to a resource and, to a force's, what happened to its nodes; the oldest first."""
    found = events_of(store, manifest)
    if isinstance(manifest, Force):
        for node in store.list(DataNode):
            if node.spec.force == manifest.spec.code:
                said = events_of(store, node)
                found += [event._replace(message=f"DataNode {node.name}: {event.message}") for event in said]
    return sorted(found, key=lambda event: event.last_seen)
