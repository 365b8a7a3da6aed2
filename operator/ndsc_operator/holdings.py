"""What each data node holds, as it says itself: asked now and then, apart from its children, in a hand of its own.

A node that does not answer keeps the numbers that it last gave, and the conditions say that they are not new.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ndsc.resources.datanode import DataNode, DataNodeStatus
from ndsc_operator import conditions, hands
from ndsc_operator.api import Api
from ndsc_operator.children.common import namespace_of
from ndsc_operator.conditions import Verdict, with_verdict
from ndsc_operator.judging import condition
from ndsc_operator.nodes import parsed
from ndsc_operator.queue import Again
from ndsc_operator.refs import Ref
from ndsc_operator.speaking import NoAnswerError, Voice

_SECONDS, _SOON_SECONDS = 60.0, 10.0

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


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks data nodes what they hold."""

    api: Api
    voice: Voice

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
        code = node.spec.force
        url = f"https://{node.name}.{namespace_of(code)}.svc/v1/holdings"
        try:
            return Holdings.model_validate_json(await self.voice.ask("GET", url, f"node:{code}"))
        except ValidationError:
            raise NoAnswerError("Its answer has another form.") from None


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
