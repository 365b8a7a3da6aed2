"""How a data node stands: what each thing's verdict means for the whole. Everything here is pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ndsc.resources.datanode import DataNode, DataNodeStatus, Endpoints
from ndsc_operator import conditions, judging
from ndsc_operator.certificates import Certified
from ndsc_operator.children.common import METRICS_PORT, Object, namespace_of, selector
from ndsc_operator.children.network import API
from ndsc_operator.conditions import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """What a round found."""

    database: Verdict
    migration: Verdict
    api: Verdict | None
    """None where it was never begun."""
    deployment: Object | None
    image: str
    """That the API runs on; empty where it was never begun."""
    wanted_image: str
    lacking: tuple[str, ...] = ()
    """What the spec names and is not there."""

    certified: Certified | None = None
    """How its certificates stand, where that was looked at."""
    newer: tuple[str, ...] = ()
    """What waits to be restarted as this version of the operator renders it."""

    @property
    def waits(self) -> bool:
        """Whether it is to be looked at again soon."""
        return bool(self.lacking) or next(_unfinished(self), None) is not None


@dataclass(frozen=True, slots=True)
class Report:
    """Conditions, and what else of the status changes."""

    verdicts: tuple[Verdict, ...]
    seen: Mapping[str, Any] = field(default_factory=dict)

    def onto(self, node: DataNode, generation: int) -> DataNodeStatus:
        """The node's status with this in it."""
        status = node.status.model_copy(update={**_always(node), **self.seen})
        for verdict in self.verdicts:
            status = conditions.with_verdict(status, verdict, generation)
        return status


def of(node: DataNode, its: Standing) -> Report:
    """What a round's findings come to."""
    ready = _ready(node, its)
    certificates = (its.certified.verdict,) if its.certified else ()
    verdicts = (ready, its.database, its.migration, *certificates, _progressing(node, its), _degraded(node, its))
    deployment = its.deployment or {}
    status = deployment.get("status", {})
    return Report(
        verdicts,
        {
            "replicas": status.get("replicas", 0),
            "ready_replicas": status.get("readyReplicas", 0),
            "version": version(its.image),
            "image": its.image or node.status.image,  # that a node came back to without a Deployment
        },
    )


def unwell(reason: Reason, message: str, certified: Certified | None = None) -> Report:
    """What a round comes to that could not be finished; how its certificates stand, where it came as far as that."""
    verdict = Verdict(reason, message)
    whole = () if reason.condition == "Ready" else (verdict,)
    certificates = (certified.verdict,) if certified else ()
    return Report(
        (_as_ready(verdict), *whole, *certificates, Verdict(conditions.BLOCKED, f"{reason.condition}: {message}"))
    )


def version(image: str) -> str | None:
    """The tag of an image, where it has one."""
    tag = image.rpartition(":")[2] if ":" in image else ""
    return tag if tag and "/" not in tag and "@" not in image else None


def _ready(node: DataNode, its: Standing) -> Verdict:
    if node.spec.hibernated:
        return Verdict(conditions.ASLEEP)
    if not its.database.holds:
        return _as_ready(its.database)
    if its.api is None:
        return _as_ready(its.migration)
    return its.api


def _as_ready(verdict: Verdict) -> Verdict:
    """What a thing lacks is what the whole lacks, for the same reason."""
    return replace(verdict, reason=replace(verdict.reason, condition="Ready"))


def _progressing(node: DataNode, its: Standing) -> Verdict:
    if its.migration.reason is conditions.MIGRATION_FAILED:
        return Verdict(conditions.BLOCKED, f"MigrationsApplied: {its.migration.message}")
    if its.api is not None and its.api.reason is conditions.API_FAILING:
        return Verdict(conditions.BLOCKED, f"Ready: {its.api.message}")
    left = next(_unfinished(its), None)
    if left is not None:
        return Verdict(conditions.PROGRESSING, left)
    if its.newer:
        return Verdict(conditions.NEWER_WAITS, f"{' and '.join(its.newer)}: as rendered by another operator's version.")
    return Verdict(conditions.SETTLED)


def _unfinished(its: Standing) -> Iterator[str]:
    """The steps that are not done yet, in their order."""
    asleep = its.database.reason is conditions.DATABASE_ASLEEP
    if not its.database.holds and not asleep:
        yield f"Database: {its.database.message or its.database.reason.meaning}"
    if not its.migration.holds and not asleep:
        yield f"Migration: {its.migration.message or its.migration.reason.meaning}"
    if its.deployment is not None and (not judging.is_rolled_out(its.deployment) or its.image != its.wanted_image):
        yield f"Api: {judging.copies(its.deployment)} copies of {its.image} are being brought up."


def _degraded(node: DataNode, its: Standing) -> Verdict:
    missing = list(its.lacking)
    if its.api is not None and its.migration.reason is conditions.MIGRATION_FAILED:
        missing.append(f"it still runs {its.image}, for the tables could not be brought to {its.wanted_image}")
    if its.deployment is not None and its.api is not None and its.api.holds:
        ready, wanted = its.deployment.get("status", {}).get("readyReplicas", 0), judging.copies(its.deployment)
        if ready < wanted:
            missing.append(f"{ready} of {wanted} copies answer")
    if not missing:
        return Verdict(conditions.AS_ASKED)
    return Verdict(conditions.FALLEN_BEHIND, f"{'; '.join(missing).capitalize()}.")


def _always(node: DataNode) -> dict[str, object]:
    where = f"{node.name}.{namespace_of(node.spec.force)}.svc"
    return {
        "selector": ",".join(f"{name}={value}" for name, value in selector(node, API).items()),
        "endpoints": Endpoints(api=f"https://{where}", metrics=f"http://{where}:{METRICS_PORT}/metrics"),
    }
