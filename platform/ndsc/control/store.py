"""The resources of a network, kept in PostgreSQL, with an API server's manners.

``generation`` counts changes of the spec and of nothing else, ``resourceVersion`` every change; the status is written
apart from the spec, and never by an apply; what breaks a rule is refused with the words of the rule.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, func, insert, select, update

from ndsc.control.errors import HeldError, ResourceChangedError, ResourceNotFoundError
from ndsc.control.selectors import parse_selector
from ndsc.control.tables import RESOURCE, RESOURCE_VERSION
from ndsc.resources.agreement import STANDING, DataSharingAgreement
from ndsc.resources.base import GROUP, Manifest, Status
from ndsc.resources.errors import ManifestError, Problem
from ndsc.resources.force import Force
from ndsc.resources.holding import STANDS, Bond, Merging, holders
from ndsc.resources.kinds import KINDS
from ndsc.resources.rules import broken
from ndsc.resources.validation import check_change, check_forces

M = TypeVar("M", bound=Manifest)

DEFAULT_NAMESPACE = "default"


class Outcome(StrEnum):
    """What an apply did, in kubectl's words."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Applied:
    """A resource as it now is, and what was there before."""

    manifest: Manifest
    outcome: Outcome
    before: Manifest | None

    def __str__(self) -> str:
        return f"{self.manifest.ref} {self.outcome}"


class ResourceStore:
    """Safe to share between threads, and between processes on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def apply(self, manifest: M, *, dry_run: bool = False) -> Applied:
        """Make a resource or change its labels, annotations and spec to these; the status given is not looked at.

        An agreement's file that says nothing of suspension or termination leaves both as they are: applying it again
        must not open what a party closed. ``suspendedBy: []`` says that it is to be lifted.

        Raises ManifestError for a change or a force code that is not allowed, and ResourceChangedError when the
        manifest carries a ``resourceVersion`` or ``uid`` that is not the present one.
        """
        with self._transaction(dry_run=dry_run) as connection:
            _lock(connection, manifest)
            row = _row(connection, type(manifest), manifest.name, manifest.metadata.namespace)
            old = _typed(type(manifest), _manifest(row)) if row is not None else None
            manifest = _standing_kept(manifest, old)
            self._check(connection, manifest, old)
            if old is None:
                return Applied(_created(connection, manifest), Outcome.CREATED, None)
            changes = _changes(manifest, old)
            if not changes:
                return Applied(old, Outcome.UNCHANGED, old)
            return Applied(_changed(connection, old, changes), Outcome.CONFIGURED, old)

    def get(self, kind: type[M], name: str, *, namespace: str | None = None) -> M:
        """One resource. Raises ResourceNotFoundError."""
        with self.engine.connect() as connection:
            row = _row(connection, kind, name, namespace)
        if row is None:
            raise ResourceNotFoundError(
                f'{kind.PLURAL}.{GROUP} "{name[:63]}" not found', hint=f"See what there is: ndsc get {kind.PLURAL}"
            )
        return _typed(kind, _manifest(row))

    def find(self, kind: type[M], name: str, *, namespace: str | None = None) -> M | None:
        """One resource, or none."""
        try:
            return self.get(kind, name, namespace=namespace)
        except ResourceNotFoundError:
            return None

    def list(self, kind: type[M], *, namespace: str | None = None, selector: str = "") -> tuple[M, ...]:
        """Resources of a kind, by name; of every namespace unless one is given. Raises BadSelectorError."""
        selected = parse_selector(selector)
        query = select(RESOURCE).where(RESOURCE.c.kind == kind.__name__)
        if namespace is not None and kind.NAMESPACED:
            query = query.where(RESOURCE.c.namespace == namespace)
        with self.engine.connect() as connection:
            rows = connection.execute(query.order_by(RESOURCE.c.namespace, RESOURCE.c.name)).all()
        return tuple(_typed(kind, _manifest(row)) for row in rows if selected(row.labels))

    def update_status(self, manifest: M, status: Status) -> M:
        """Write the status of a resource, and nothing else of it. Raises ResourceNotFoundError.

        The last writer wins, as for a controller that is alone in writing it; a status that says the same changes
        nothing, not the resource version either.
        """
        kind = type(manifest)
        plain = status.model_dump(mode="json", by_alias=True, exclude_none=True)
        with self.engine.begin() as connection:
            changed = connection.execute(
                update(RESOURCE)
                .where(_is(kind, manifest.name, manifest.metadata.namespace), RESOURCE.c.status != plain)
                .values(status=plain, resource_version=RESOURCE_VERSION.next_value())
                .returning(RESOURCE)
            ).first()
        return (
            _typed(kind, _manifest(changed))
            if changed is not None
            else self.get(kind, manifest.name, namespace=manifest.metadata.namespace)
        )

    def delete(self, kind: type[M], name: str, *, namespace: str | None = None, dry_run: bool = False) -> M:
        """Remove a resource and answer what it was. Raises ResourceNotFoundError, or HeldError with what holds it."""
        found = self.get(kind, name, namespace=namespace)
        if isinstance(found, Force):
            self._refuse_if_held(found)
        with self._transaction(dry_run=dry_run) as connection:
            connection.execute(delete(RESOURCE).where(RESOURCE.c.uid == found.metadata.uid))
        return found

    def holders(self, force: str, today: date | None = None) -> tuple[str, ...]:
        """The agreements that a force is bound by: in force, or suspended within their term."""
        return tuple(agreement.ref for agreement in self._holding(force, today))

    def _holding(self, force: str, today: date | None = None) -> tuple[DataSharingAgreement, ...]:
        day = today or datetime.now(UTC).date()
        agreements = self.list(DataSharingAgreement)
        held = holders(force, map(Bond.of, agreements), Merging.of(force, self.list(Force)), day)
        return tuple(agreement for agreement in agreements if agreement.name in held)

    def _refuse_if_held(self, force: Force) -> None:
        holders = self._holding(force.spec.code)
        if holders:
            said = [f"{held.ref} ({STANDS[held.status.state]})" for held in holders]
            raise HeldError(
                f"{force.ref} is held by agreements: {', '.join(said)}",
                tuple(held.ref for held in holders),
                hint="End them first: name the force in spec.terminatedBy of each, or delete them.",
            )

    def _check(self, connection: Connection, manifest: Manifest, old: Manifest | None) -> None:
        known = connection.execute(select(RESOURCE.c.name).where(RESOURCE.c.kind == Force.__name__)).scalars()
        problems = [problem for _, problem in check_forces(manifest, set(known))]
        if problems:
            raise ManifestError(problems)
        if old is not None:
            check_change(manifest, old)
        _check_version(manifest, old)

    @contextmanager
    def _transaction(self, *, dry_run: bool) -> Iterator[Connection]:
        with self.engine.connect() as connection, connection.begin() as transaction:
            yield connection
            if dry_run:
                transaction.rollback()


def namespace_of(kind: type[Manifest], namespace: str | None) -> str:
    """Where a resource is kept: nowhere for what is cluster scoped, else the namespace, or the default one."""
    return (namespace or DEFAULT_NAMESPACE) if kind.NAMESPACED else ""


def _standing_kept(manifest: M, old: M | None) -> M:
    if not (isinstance(manifest, DataSharingAgreement) and isinstance(old, DataSharingAgreement)):
        return manifest
    kept = {name: getattr(old.spec, name) for name in STANDING - manifest.spec.model_fields_set}
    merged = manifest.model_copy(update={"spec": manifest.spec.model_copy(update=kept)})
    problems = [Problem(rule.path, rule.message) for rule in broken(merged)]
    if problems:
        raise ManifestError(problems)
    return merged


def _check_version(manifest: Manifest, old: Manifest | None) -> None:
    given, present = manifest.metadata, old.metadata if old else None
    for name, wanted, there in (
        ("resourceVersion", given.resource_version, present.resource_version if present else None),
        ("uid", given.uid, present.uid if present else None),
    ):
        if wanted is not None and wanted != there:
            raise ResourceChangedError(
                f"{manifest.ref} is no longer the one that was read: its {name} is {there or 'gone'}, not {wanted}",
                hint="Get it again and make your change to that, or leave resourceVersion and uid out.",
            )


def _changes(new: Manifest, old: Manifest) -> dict[str, Any]:
    """The columns to write; the generation only when the spec changed."""
    changes: dict[str, Any] = {}
    if new.spec != old.spec:
        changes["spec"] = new.dump()["spec"]
        changes["generation"] = RESOURCE.c.generation + 1
    if new.metadata.labels != old.metadata.labels:
        changes["labels"] = new.metadata.labels
    if new.metadata.annotations != old.metadata.annotations:
        changes["annotations"] = new.metadata.annotations
    return changes


def _created(connection: Connection, manifest: Manifest) -> Manifest:
    plain = manifest.dump()
    empty = type(manifest).model_fields["status"].get_default(call_default_factory=True, validated_data={})
    row = connection.execute(
        insert(RESOURCE)
        .values(
            kind=manifest.kind,
            namespace=namespace_of(type(manifest), manifest.metadata.namespace),
            name=manifest.name,
            uid=str(uuid.uuid4()),
            generation=1,
            resource_version=RESOURCE_VERSION.next_value(),
            created_at=func.date_trunc("second", func.now()),
            labels=manifest.metadata.labels,
            annotations=manifest.metadata.annotations,
            spec=plain["spec"],
            status=empty.model_dump(mode="json", by_alias=True, exclude_none=True),
        )
        .returning(RESOURCE)
    ).one()
    return _manifest(row)


def _changed(connection: Connection, old: Manifest, changes: dict[str, Any]) -> Manifest:
    row = connection.execute(
        update(RESOURCE)
        .where(RESOURCE.c.uid == old.metadata.uid)
        .values(resource_version=RESOURCE_VERSION.next_value(), **changes)
        .returning(RESOURCE)
    ).one()
    return _manifest(row)


def _lock(connection: Connection, manifest: Manifest) -> None:
    """Two applies of one resource take turns, also when it is not there yet."""
    key = f"{manifest.kind}/{namespace_of(type(manifest), manifest.metadata.namespace)}/{manifest.name}"
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def _is(kind: type[Manifest], name: str, namespace: str | None) -> ColumnElement[bool]:
    there = namespace_of(kind, namespace)
    return and_(RESOURCE.c.kind == kind.__name__, RESOURCE.c.namespace == there, RESOURCE.c.name == name)


def _row(connection: Connection, kind: type[Manifest], name: str, namespace: str | None) -> Row[Any] | None:
    return connection.execute(select(RESOURCE).where(_is(kind, name, namespace))).first()


def _manifest(row: Row[Any]) -> Manifest:
    metadata = {
        "name": row.name,
        "namespace": row.namespace or None,
        "labels": row.labels,
        "annotations": row.annotations,
        "uid": row.uid,
        "generation": row.generation,
        "resourceVersion": str(row.resource_version),
        "creationTimestamp": row.created_at,
    }
    return KINDS[row.kind].model_validate({"metadata": metadata, "spec": row.spec, "status": row.status})


def _typed(kind: type[M], manifest: Manifest) -> M:
    if not isinstance(manifest, kind):
        raise TypeError(f"{manifest.ref} is not a {kind.__name__}")
    return manifest
