"""What each data node holds, as it says itself: asked now and then, apart from its children, in a hand of its own.

A node that does not answer keeps the numbers that it last gave, and the conditions say that they are not new.
"""

from __future__ import annotations

import base64
import random
import ssl
from dataclasses import dataclass
from typing import Annotated

import aiohttp
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ndsc.resources.datanode import DataNode, DataNodeStatus
from ndsc.trust.certified import Leaf
from ndsc.trust.errors import BadCertificateError
from ndsc.trust.tokens import issue_service
from ndsc_operator import conditions, hands
from ndsc_operator.api import Api, Ref
from ndsc_operator.children.common import namespace_of
from ndsc_operator.conditions import Verdict, with_verdict
from ndsc_operator.judging import condition
from ndsc_operator.nodes import parsed
from ndsc_operator.queue import Again
from ndsc_operator.settings import Settings

_SECONDS, _SOON_SECONDS, _TIMEOUT_SECONDS = 60.0, 10.0, 10.0
_LONGEST_ANSWER = 16 * 1024
_LEAF = "operator-tls"

Count = Annotated[int, Field(ge=0, le=10**12)]
Revision = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Holdings(BaseModel):
    """A node's answer to ``GET /v1/holdings``; what a later version adds is not read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    records: Count
    quarantined: Count
    index_entries: Count
    records_waiting: Count
    registry_waiting: Count
    policy_revision: Revision
    listing_revision: Revision | None = None


class NoAnswerError(Exception):
    """The node was not asked, or gave no answer that can be used. The message says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks data nodes what they hold."""

    api: Api
    settings: Settings

    async def reconcile(self, ref: Ref) -> Again | None:
        """Ask one node and write down what it says."""
        found = await self.api.get(ref)
        if found is None:
            return None
        node = parsed(found)
        try:
            told: Holdings | NoAnswerError = await self._ask(node, condition(found, "Ready").get("status") == "True")
        except NoAnswerError as error:
            told = error
        status = after(node, told, found["metadata"].get("generation", 0))
        if status != node.status:
            await self.api.set_status(found, hands.holdings(conditions.plain(status)), manager=hands.HOLDINGS)
        behind = isinstance(told, Holdings) and bool(told.records_waiting or told.registry_waiting)
        return Again((_SOON_SECONDS if behind else _SECONDS) * random.uniform(0.8, 1.2))  # noqa: S311  # spreads load

    async def _ask(self, node: DataNode, ready: bool) -> Holdings:
        if node.spec.hibernated:
            raise NoAnswerError("It sleeps.")
        if not ready:
            raise NoAnswerError("It is not ready.")
        leaf, trusted = await self._identity()
        code = node.spec.force
        certificate = leaf.certificate.public_bytes(Encoding.DER)
        token = issue_service(leaf.key, "operator", None, f"node:{code}", certificate=certificate)
        url = f"https://{node.name}.{namespace_of(code)}.svc/v1/holdings"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)) as session,
                session.get(url, headers=headers, ssl=trusted, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise NoAnswerError(f"It answers {answer.status}.")
                return Holdings.model_validate_json(await answer.content.read(_LONGEST_ANSWER))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"It does not answer ({type(error).__name__}).") from None
        except ValidationError:
            raise NoAnswerError("Its answer has another form.") from None

    async def _identity(self) -> tuple[Leaf, ssl.SSLContext]:
        """The operator's own leaf, and whom it believes."""
        secret = await self.api.get(Ref("v1", "Secret", self.settings.namespace, _LEAF))
        try:
            data = {name: base64.b64decode(text) for name, text in (secret or {}).get("data", {}).items()}
            leaf = Leaf.read(data["tls.crt"], data["tls.key"])
            trusted = ssl.create_default_context(cadata=data["ca.crt"].decode())
        except (KeyError, ValueError, BadCertificateError, ssl.SSLError):
            raise NoAnswerError(f"The operator has no certificate of its own (Secret {_LEAF}).") from None
        trusted.minimum_version = ssl.TLSVersion.TLSv1_3
        return leaf, trusted


def after(node: DataNode, told: Holdings | NoAnswerError, generation: int) -> DataNodeStatus:
    """The node's status with what it said."""
    status = node.status
    if isinstance(told, NoAnswerError):
        for reason in (conditions.POLICY_UNKNOWN, conditions.INDEX_UNKNOWN):
            status = with_verdict(status, Verdict(reason, str(told)), generation)
        return _observed(status, node.status)
    seen = told.model_dump(include={"records", "quarantined", "index_entries", "policy_revision", "listing_revision"})
    status = status.model_copy(update=seen)
    status = with_verdict(status, Verdict(conditions.POLICY_LOADED, f"Revision {told.policy_revision}."), generation)
    waiting = told.records_waiting + told.registry_waiting
    behind = Verdict(conditions.INDEX_BEHIND, f"{waiting} records and entries wait.")
    status = with_verdict(status, behind if waiting else Verdict(conditions.INDEX_SYNCHRONISED), generation)
    return _observed(status, node.status)


def _observed(status: DataNodeStatus, before: DataNodeStatus) -> DataNodeStatus:
    """The generation that the children were brought to is not for this to say."""
    return status.model_copy(update={"observed_generation": before.observed_generation})
