"""Whoever asks, asks for so much in a minute and no more, whatever they ask by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.asking import officer, token_for
from tests.network import GROUNDS, named, request

from ndsc.audit.log import AuditLog
from ndsc.errors import NdscError
from ndsc.evaluator.client import AsyncEvaluatorClient
from ndsc.gateway.service import Gateway
from ndsc.model.pole import Kind, Person
from ndsc.node.client import AsyncNodeClient
from ndsc.node.schemas import Grounds, NodeSearch
from ndsc.node.service import NodeService
from ndsc.policy.decider import Subject
from ndsc.policy.embedded import RegopyDecider
from ndsc.registry.client import AsyncRegistryClient
from ndsc.trust.callers import Asker
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import verify_officer
from ndsc.web.client import open_session

KEY = SigningKey.generate()
ABSENT = "kent.p.aaaaaaaaaaaaaaaa"
RHYS = Person(given_name="Rhys", surname="Pugh", date_of_birth="1980-02-03")


class NoNodes:
    """A network of nobody."""

    def nodes(self) -> dict[str, AsyncNodeClient]:
        return {}


def asker(sub: str, force: str = "kent") -> Asker:
    token = token_for(KEY, officer(sub=sub, force=force), GROUNDS)
    return Asker(token, verify_officer(token, {KEY.kid: KEY.public}))


async def _asked(engine: Engine) -> dict[str, list[str]]:
    async with await open_session(Path("nobody-listens"), "index") as client:
        gateway = Gateway(
            decider=RegopyDecider(),
            evaluator=AsyncEvaluatorClient(client, str),
            registry=AsyncRegistryClient(client, str),
            directory=NoNodes(),
            audit=AuditLog(engine, "test/gateway"),
            per_minute=2,
        )
        grounds = Grounds(**GROUNDS)
        codes: dict[str, list[str]] = {}
        for name, force in (("pc1", "kent"), ("pc2", "kent"), ("pc1", "gwent")):
            who = asker(name, force)
            for question in (
                gateway.show(who, ABSENT, grounds),
                gateway.why(who, ABSENT, grounds),
                gateway.show(who, ABSENT, grounds),
                gateway.why(who, ABSENT, grounds),
                gateway.search(who, request(named(RHYS))),
            ):
                try:
                    await question
                except NdscError as error:
                    codes.setdefault(f"{name}@{force}", []).append(error.code)
        return codes


def test_each_officer_has_a_quota_of_their_own_over_all_that_they_ask(engine: Engine) -> None:
    codes = asyncio.run(_asked(engine))
    assert set(codes) == {"pc1@kent", "pc2@kent", "pc1@gwent"}
    for asked in codes.values():
        assert asked == ["not-found"] * 2 + ["quota-exceeded"] * 3


def test_a_node_that_is_asked_directly_counts_each_officer_by_itself(service_engine: Callable[[str], Engine]) -> None:
    engine = service_engine("node")
    node = NodeService(engine, "kent", RegopyDecider(), AuditLog(engine, "test/node"), per_minute=3)
    codes: dict[str, list[str]] = {}
    for sub in ("pc1", "pc2"):
        who = Subject(sub=sub, force="gwent", roles=("officer",), clearance=1)
        grounds = Grounds(**GROUNDS)
        asked: list[Callable[[], object]] = [
            partial(node.show, who, ABSENT, grounds),
            partial(node.why, who, ABSENT, grounds),
            partial(node.search, who, NodeSearch(**GROUNDS, kind=Kind.PERSON)),
            partial(node.show, who, ABSENT, grounds),
            partial(node.why, who, ABSENT, grounds),
            partial(node.search, who, NodeSearch(**GROUNDS, kind=Kind.PERSON)),
        ]
        for question in asked:
            with pytest.raises(NdscError) as refused:
                question()
            codes.setdefault(sub, []).append(refused.value.code)
    expected = ["unknown-record", "unknown-record", "nothing-to-search-by"] + ["quota-exceeded"] * 3
    assert codes == {"pc1": expected, "pc2": expected}
