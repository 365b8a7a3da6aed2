"""Brings a cluster to what a resource says: applies its children in order, prunes what is no longer wanted, reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from kubernetes.aio.client.exceptions import ApiException

from ndsc.errors import NdscError
from ndsc.resources.base import API_VERSION
from ndsc.resources.force import Force
from ndsc.resources.validation import parse_manifest
from ndsc_operator import conditions
from ndsc_operator.api import Api, Ref, why
from ndsc_operator.children.common import FORCE_LABEL, MANAGER, NODE_LABEL, Object, namespace_of
from ndsc_operator.conditions import Reason
from ndsc_operator.plan import Step, force_steps
from ndsc_operator.queue import Again, PermanentError
from ndsc_operator.settings import Settings

_log = structlog.get_logger(__name__)

TENANCY_KINDS = (
    ("v1", "ResourceQuota"),
    ("v1", "LimitRange"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
)
"""Kinds of a force's children, the namespace aside: what is pruned among, and watched for drift."""

RESYNC_SECONDS = 600.0
_REFUSED = frozenset({400, 403, 405, 422})
"""Answers that the same request would get again (Kubernetes API conventions, "HTTP status codes")."""


class Unwell(Exception):  # noqa: N818  # not an error of the program: the state of a resource
    """The resource is not as it should be, for this reason."""

    def __init__(self, reason: Reason, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.reason, self.permanent = reason, permanent


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Reconciles forces."""

    api: Api
    settings: Settings

    async def force(self, name: str) -> Again | None:
        """One round for a force. Raises PermanentError, or what is worth another attempt."""
        found = await self.api.get(Ref(API_VERSION, "Force", "", name))
        if found is None or found["metadata"].get("deletionTimestamp"):
            return None  # its namespace stays: the deletion policy is Retain unless somebody asks for more
        force = _parsed(found)
        generation = found["metadata"].get("generation", 0)
        try:
            await self._tenancy(force)
        except Unwell as unwell:
            await self._report(found, force, unwell.reason, str(unwell), generation)
            if unwell.permanent:
                raise PermanentError(str(unwell)) from None
            raise
        await self._report(found, force, conditions.AVAILABLE, "The tenancy stands.", generation)
        return Again(RESYNC_SECONDS)

    async def _tenancy(self, force: Force) -> None:
        steps = list(force_steps(force, self.settings))
        await self._not_anothers(force)
        for step in steps:
            await self._apply(step)
        await self._prune(force, (child for step in steps for child in step.children))

    async def _not_anothers(self, force: Force) -> None:
        name = namespace_of(force.spec.code)
        there = await self.api.get(Ref("v1", "Namespace", "", name))
        labels = (there or {}).get("metadata", {}).get("labels", {})
        if there is not None and labels.get(FORCE_LABEL) != force.spec.code:
            raise Unwell(conditions.NAMESPACE_TAKEN, f"Namespace {name} was not made by this operator.", permanent=True)
        if there is not None and there["metadata"].get("deletionTimestamp"):
            raise Unwell(conditions.NOT_DONE, f"Namespace {name} is being deleted; it is made again.", permanent=False)

    async def _apply(self, step: Step) -> None:
        for child in step.children:
            try:
                await self.api.apply(child)
            except ApiException as error:
                permanent = error.status in _REFUSED
                reason = conditions.REFUSED if permanent else conditions.UNREACHABLE
                raise Unwell(reason, f"{step.name}: {Ref.of(child)}: {why(error)}", permanent=permanent) from None
            except (TimeoutError, OSError) as error:
                raise Unwell(conditions.UNREACHABLE, f"{step.name}: {error}", permanent=False) from None

    async def _prune(self, force: Force, wanted: Iterable[Object]) -> None:
        """Delete what an earlier version of the force or of this operator made: ours by label, and by nothing else."""
        kept = {Ref.of(child) for child in wanted}
        ours = f"app.kubernetes.io/managed-by={MANAGER},{FORCE_LABEL}={force.spec.code},!{NODE_LABEL}"
        for api_version, kind in TENANCY_KINDS:
            for one in await self.api.list(api_version, kind, namespace=namespace_of(force.spec.code), labels=ours):
                if Ref.of(one) not in kept:
                    _log.info("pruned", child=str(Ref.of(one)))
                    await self.api.delete(Ref.of(one), uid=one["metadata"]["uid"])

    async def _report(self, found: Object, force: Force, reason: Reason, message: str, generation: int) -> None:
        before = force.status
        namespace = namespace_of(force.spec.code) if reason is not conditions.NAMESPACE_TAKEN else None
        after = before.model_copy(update={"namespace": namespace})
        after = conditions.with_reason(after, reason, message, generation)
        if after != before:
            await self.api.set_status(found, conditions.plain(after))


def _parsed(found: Object) -> Force:
    try:
        manifest = parse_manifest(found)
    except NdscError as error:
        # The API server let it pass: a definition older or newer than this operator.
        raise PermanentError(str(error)) from None
    assert isinstance(manifest, Force)
    return manifest
