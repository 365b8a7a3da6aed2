"""Keeps the platform's authority: makes the first one, has one follow another, and says when something is wrong.

Nothing is ever made in the place of an authority that is damaged or lost: whoever could do that by deleting a Secret
would choose whom the platform believes. The certificates that there are go on meanwhile, until they end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from kubernetes.aio.client.exceptions import ApiException

from ndsc.errors import NdscError
from ndsc.resources.base import API_VERSION, Condition
from ndsc.resources.datanode import DataNode
from ndsc.resources.validation import parse_manifest
from ndsc_operator import conditions, events
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, explained
from ndsc_operator.authority_rolling import Authorities, Seen, begin, next_at, step
from ndsc_operator.authority_secrets import (
    AUTHORITY,
    BadSecretError,
    Published,
    authority_secret,
    read_authority,
    read_published,
    renewed_at,
)
from ndsc_operator.certificates import LATE_SECONDS, SOON_SECONDS, Certificates, ends, secret_ref
from ndsc_operator.children.certificates import of_node, of_parts
from ndsc_operator.children.common import Object, metadata, platform_labels
from ndsc_operator.conditions import Reason, Verdict
from ndsc_operator.queue import Again, TemporaryError
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings

_PHASES = {
    "announced": conditions.AUTHORITY_ANNOUNCED,
    "promoted": conditions.AUTHORITY_PROMOTED,
    "steady": conditions.AUTHORITY_RETIRED,
}
_MOST_STEPS, _FORBIDDEN = 4, 403
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Keeper:
    """Keeps the Secret with the authority, and the Secrets of the platform's own parts."""

    api: Api
    settings: Settings
    certificates: Certificates
    changed: Callable[[], None]
    """Hears that what is published, or who issues, has changed."""
    _told: str = field(default="")

    @property
    def ref(self) -> Ref:
        """The Secret."""
        return secret_ref(self.settings.namespace, AUTHORITY)

    async def reconcile(self, _: str) -> Again | None:
        """One round. Raises what is worth another attempt."""
        try:
            if self.settings.certificate_issuer:
                return await self._elsewhere()
            return await self._round()
        except Unwell as unwell:
            raise TemporaryError(str(unwell), reason=unwell.reason.name) from None

    async def _round(self) -> Again:
        with explained(str(self.ref)):
            there = await self.api.get(self.ref)
        held, there = await self._kept(there) if there is not None else await self._made()
        held = await self._brought_on(held, there)
        self._use(held)
        moments = [renewed_at(await self.certificates.bring(one)) for one in of_parts(self.settings)]
        if (later := next_at(held, self.settings.lives, renews=self.settings.authority_renews)) is not None:
            moments.append(later)
        seconds = min((one - datetime.now(UTC)).total_seconds() for one in moments)
        unpublished = held.following is not None and held.published_since is None
        return Again(min(max(seconds, 1.0), SOON_SECONDS if unpublished else LATE_SECONDS))

    async def _elsewhere(self) -> Again:
        for one in of_parts(self.settings):
            await self.certificates.ask(one)
        return Again(LATE_SECONDS)

    def _use(self, held: Authorities | None) -> None:
        """Issue by these from now on, or by none."""
        before = self.certificates.authorities
        self.certificates.authorities = held
        if (before and before.bundle) != (held and held.bundle):
            self.changed()

    async def _kept(self, there: Object) -> tuple[Authorities, Object]:
        """What the Secret holds."""
        try:
            held = read_authority(there)
        except BadSecretError as error:
            raise await self._without(there, conditions.AUTHORITY_MALFORMED, f"{error}.") from None
        self._told = ""
        return held, there

    async def _made(self) -> tuple[Authorities, Object]:
        """The first one, or the one that was deleted while this operator knew it. Raises Unwell where neither is so."""
        known = self.certificates.authorities
        if known is None:
            await self._see_that_none_is_missing()
        held = known or begin(self.settings.lives, datetime.now(UTC))
        with explained(str(self.ref)):
            made = await self.api.create(authority_secret(held, self._metadata()))
        if made is None:
            raise TemporaryError("another made the authority at the same moment")
        await self._say(made, conditions.AUTHORITY_RESTORED if known else conditions.AUTHORITY_CREATED)
        return held, made

    async def _see_that_none_is_missing(self) -> None:
        """Raises Unwell where there has been an authority before, or is to be none of ours."""
        absent: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": self._metadata() | {"uid": ""}}
        if not self.settings.authority_renews:
            raise await self._without(absent, conditions.AUTHORITY_NOT_GIVEN)
        with explained("Secrets"):
            left = [
                one.secret
                for one in of_parts(self.settings)
                if await self.api.get(secret_ref(one.namespace, one.secret))
            ]
        if left:
            raise await self._without(absent, conditions.AUTHORITY_MISSING, f"There are {', '.join(left)}.")

    async def _without(self, about: Object, reason: Reason, message: str = "") -> Unwell:
        """Issue nothing, and say why, once."""
        told = f"{reason.name} {message}"
        if told != self._told:
            await self._say(about, reason, message)
        self._told = told
        self._use(None)
        return Unwell(reason, message or reason.meaning, permanent=False)

    async def _brought_on(self, held: Authorities, there: Object) -> Authorities:
        """As time and what is published call for, each step kept before the next is taken."""
        for _ in range(_MOST_STEPS):
            now = datetime.now(UTC)
            seen = await self._seen(held, now)
            after = step(held, seen, self.settings.lives, now, renews=self.settings.authority_renews)
            if after is held:
                break
            there = await self._keep(after, there)
            if after.phase != held.phase:
                await self._say(there, _PHASES[after.phase])
            held = after
        return held

    async def _keep(self, held: Authorities, there: Object) -> Object:
        """Write it, if nobody else has written meanwhile."""
        version = {"resourceVersion": there["metadata"]["resourceVersion"]}
        with explained(str(self.ref)):
            return await self.api.apply(authority_secret(held, self._metadata() | version))

    async def _seen(self, held: Authorities, now: datetime) -> Seen:
        """What is published, as far as that matters now. A Secret whose leaf has ended is nobody's any more."""
        if held.following is None:
            return Seen(everywhere=True)
        with explained("DataNodes"):
            nodes = [node for one in await self.api.list(API_VERSION, "DataNode") if (node := _parsed(one))]
        wanted = [*of_parts(self.settings), *(leaf for node in nodes for leaf in of_node(node))]
        refs = {secret_ref(one.namespace, one.secret) for one in wanted}
        alive = [
            one for ref in sorted(refs) if (one := await self._published(ref)) and ends(one.leaf.certificate) > now
        ]
        return Seen(
            everywhere=all(set(one.bundle) == set(held.bundle) for one in alive),
            last_leaf_ends=max((ends(one.leaf.certificate) for one in alive), default=None),
        )

    async def _published(self, ref: Ref) -> Published | None:
        known = self.certificates.published.get(ref)
        if known is not None:
            return known
        try:
            there = await self.api.get(ref)
            return read_published(there) if there else None
        except BadSecretError:
            return None  # nobody can use it; it is about to be made again
        except ApiException as error:
            if error.status == _FORBIDDEN:
                return None  # not a namespace of ours
            raise Unwell(conditions.UNREACHABLE, f"{ref}: {error.status}", permanent=False) from None

    async def _say(self, about: Object, reason: Reason, message: str = "") -> None:
        _log.info("authority", state=reason.name)
        condition = Condition(
            type=reason.condition,
            status=reason.status,
            reason=reason.name,
            message=Verdict(reason, message).text,
            last_transition_time=datetime.now(UTC),
        )
        await events.say(self.api, about, condition, self.settings.identity)

    def _metadata(self) -> Object:
        return metadata(AUTHORITY, self.settings.namespace, platform_labels())


def _parsed(found: Object) -> DataNode | None:
    """The node of an object; none for one of a definition older or newer than this operator."""
    try:
        manifest = parse_manifest(found)
    except NdscError:
        return None
    return manifest if isinstance(manifest, DataNode) else None
