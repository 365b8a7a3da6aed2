"""Issues certificates into Secrets, and keeps them: missing, damaged and due ones are made again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from cryptography import x509

from ndsc.resources.datanode import DataNode
from ndsc_operator import conditions
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, explained
from ndsc_operator.authority_rolling import Authorities
from ndsc_operator.authority_secrets import (
    BadSecretError,
    Published,
    leaf_secret,
    read_published,
    refreshed,
    renewed_at,
)
from ndsc_operator.children.certificates import Wanted, certificate, of_node
from ndsc_operator.children.common import NODE_LABEL, Object
from ndsc_operator.conditions import Verdict
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings

SOON_SECONDS, LATE_SECONDS = 5.0, 600.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Certified:
    """How a node's certificates stand, and in how many seconds they are to be looked at again."""

    verdict: Verdict
    seconds: float


@dataclass(slots=True)
class Certificates:
    """Issues by the authority that it is given, or has an issuer of cert-manager do it."""

    api: Api
    settings: Settings
    authorities: Authorities | None = None
    """Set by who keeps them; without them nothing is issued."""
    published: dict[Ref, Published] = field(default_factory=dict)
    """What this operator saw or wrote last, by Secret."""

    async def of_node(self, node: DataNode) -> Certified:
        """See to a data node's Secrets. Raises Unwell where the API server does not do what it must."""
        wanted = of_node(node)
        if self.settings.certificate_issuer:
            return await self._elsewhere(wanted)
        if self.authorities is None:
            return Certified(Verdict(conditions.NO_AUTHORITY), SOON_SECONDS)
        try:
            return _stands([await self.bring(one) for one in wanted])
        except Unwell as unwell:
            if unwell.reason.condition != conditions.CERTIFIED.condition:
                raise
            return Certified(Verdict(unwell.reason, str(unwell)), LATE_SECONDS)

    async def bring(self, wanted: Wanted) -> Published:
        """See to one Secret. Raises Unwell."""
        assert self.authorities is not None
        ref = secret_ref(wanted.namespace, wanted.secret)
        with explained(str(ref)):
            there = await self.api.get(ref)
        labels = (there or {}).get("metadata", {}).get("labels") or {}
        if labels.get(NODE_LABEL, wanted.labels.get(NODE_LABEL)) != wanted.labels.get(NODE_LABEL):
            message = f"Secret {wanted.secret} belongs to data node {labels[NODE_LABEL]}."
            raise Unwell(conditions.CERTIFICATE_NAME_TAKEN, message, permanent=False)
        lives = self.settings.lives
        published, why = refreshed(there, wanted.name, self.authorities, lives, datetime.now(UTC))
        if why or not labels.items() >= wanted.labels.items():
            with explained(str(ref)):
                await self.api.apply(leaf_secret(published, wanted.metadata))
            _log.info("certificate published", resource=str(ref), reason=why or "its labels were changed")
        self.published[ref] = published
        return published

    async def ask(self, wanted: Wanted) -> Object | None:
        """Have cert-manager see to one Secret; what is in it so far. Raises Unwell."""
        ref = secret_ref(wanted.namespace, wanted.secret)
        with explained(f"Certificate/{wanted.namespace}/{wanted.secret}"):
            await self.api.apply(certificate(wanted, self.settings))
            return await self.api.get(ref)

    async def _elsewhere(self, wanted: tuple[Wanted, ...]) -> Certified:
        now, found = datetime.now(UTC), []
        for one in wanted:
            try:
                found.append(read_published(await self.ask(one) or {}))
            except BadSecretError as error:
                message = f"Secret {one.secret}: {error}."
                return Certified(Verdict(conditions.CERTIFICATES_PENDING, message), SOON_SECONDS)
            if ends(found[-1].leaf.certificate) <= now:
                message = f"Secret {one.secret}: the certificate is past its end."
                return Certified(Verdict(conditions.CERTIFICATES_PENDING, message), SOON_SECONDS)
        return Certified(_stands(found).verdict, LATE_SECONDS)


def secret_ref(namespace: str, name: str) -> Ref:
    """A Secret."""
    return Ref("v1", "Secret", namespace, name)


def ends(certificate_: x509.Certificate) -> datetime:
    """The last moment at which it is believed."""
    return certificate_.not_valid_after_utc


def _stands(found: list[Published]) -> Certified:
    first = min(ends(one.leaf.certificate) for one in found)
    due = min(renewed_at(one) for one in found)
    seconds = (due - datetime.now(UTC)).total_seconds()
    return Certified(
        Verdict(conditions.CERTIFIED, f"They are good until {first:%Y-%m-%d %H:%M:%S} UTC."), max(seconds, 1)
    )
