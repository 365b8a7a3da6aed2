"""The authority's keeper and the certificates that it has issued, against an API server that is a dictionary."""

from __future__ import annotations

import asyncio
import base64
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ndsc.resources.datanode import DataNode
from ndsc.resources.validation import parse_manifest
from ndsc_operator.api import Api
from ndsc_operator.authority import verifies
from ndsc_operator.authority_keeping import Keeper
from ndsc_operator.authority_secrets import AUTHORITY, read_authority, read_published
from ndsc_operator.certificates import Certificates, Certified, secret_ref
from ndsc_operator.children.certificates import of_parts
from ndsc_operator.queue import TemporaryError
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings

Object = dict[str, Any]
SETTINGS = Settings(namespace="platform", identity="one")
KEPT = secret_ref("platform", AUTHORITY)
HUB = secret_ref("platform", "hub-tls")


class Server:
    """What the operator sees of an API server: objects by their Ref, and what it was asked to do."""

    def __init__(self) -> None:
        self.objects: dict[Ref, Object] = {}
        self.writes: list[Ref] = []

    @property
    def reasons(self) -> list[str]:
        return [one["reason"] for ref, one in self.objects.items() if ref.kind == "Event"]

    async def get(self, ref: Ref) -> Object | None:
        return deepcopy(self.objects.get(ref))

    async def create(self, one: Object) -> Object | None:
        return None if Ref.of(one) in self.objects else await self.apply(one)

    async def apply(self, one: Object) -> Object:
        version = self.objects.get(Ref.of(one), {}).get("metadata", {}).get("resourceVersion", "0")
        made = deepcopy(one)
        made["metadata"] |= {"resourceVersion": str(int(version) + 1), "uid": "1"}
        self.objects[Ref.of(one)] = made
        self.writes.append(Ref.of(one))
        return deepcopy(made)

    async def patch(self, ref: Ref, change: Object) -> None:
        self.objects[ref] |= change

    async def list(self, _version: str, kind: str, **_: str) -> list[Object]:
        return [deepcopy(one) for ref, one in self.objects.items() if ref.kind == kind]


class Operator:
    """A keeper over a server; another of the same server is the operator after a restart."""

    def __init__(self, server: Server, settings: Settings = SETTINGS) -> None:
        self.woken = 0
        self.certificates = Certificates(cast("Api", server), settings)
        self.keeper = Keeper(cast("Api", server), settings, self.certificates, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def round(self) -> float:
        again = asyncio.run(self.keeper.reconcile(""))
        assert again
        return again.seconds

    def of_node(self, node: DataNode) -> Certified:
        return asyncio.run(self.certificates.of_node(node))


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def operator(server: Server) -> Operator:
    made = Operator(server)
    made.round()
    server.writes.clear()
    return made


def node(name: str = "kent") -> DataNode:
    manifest = {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataNode",
        "metadata": {"name": name, "namespace": "kent"},
        "spec": {"force": "kent"},
    }
    made = parse_manifest(manifest)
    assert isinstance(made, DataNode)
    return made


def damage(server: Server, ref: Ref, key: str) -> None:
    server.objects[ref]["data"][key] = base64.b64encode(b"damaged").decode()


def test_the_first_round_makes_an_authority_and_a_certificate_for_each_part(server: Server) -> None:
    Operator(server).round()
    held = read_authority(server.objects[KEPT])
    for part in of_parts(SETTINGS):
        published = read_published(server.objects[secret_ref("platform", part.secret)])
        assert verifies(published.leaf.certificate, held.bundle, datetime.now(UTC))
    assert server.reasons == ["AuthorityCreated"]


def test_a_round_that_finds_all_well_writes_nothing_not_even_after_a_restart(
    server: Server, operator: Operator
) -> None:
    operator.round()
    Operator(server).round()
    assert server.writes == []


def test_a_node_gets_its_two_secrets_and_is_looked_at_again_before_they_are_due(
    server: Server, operator: Operator
) -> None:
    its = operator.of_node(node())
    assert its.verdict.holds
    assert [str(ref) for ref in server.writes] == ["Secret/kent/kent-tls", "Secret/kent/kent-loader-tls"]
    assert 0.6 * 86_400 < its.seconds <= 86_400 * 2 / 3
    assert operator.of_node(node()).verdict.holds
    assert len(server.writes) == 2


def test_a_node_does_not_take_anothers_secret(server: Server, operator: Operator) -> None:
    operator.of_node(node("kent"))
    its = operator.of_node(node("kent-loader"))
    assert its.verdict.reason.name == "SecretTaken"
    assert server.objects[secret_ref("kent", "kent-loader-tls")]["metadata"]["labels"]["ndsc.police.uk/datanode"] == (
        "kent"
    )


def test_what_is_damaged_or_deleted_or_lost_its_labels_is_made_again(server: Server, operator: Operator) -> None:
    damage(server, HUB, "tls.key")
    del server.objects[secret_ref("platform", "gateway-tls")]
    del server.objects[secret_ref("platform", "registry-tls")]["metadata"]["labels"]["app.kubernetes.io/part-of"]
    operator.round()
    assert {ref.name for ref in server.writes} == {"hub-tls", "gateway-tls", "registry-tls"}
    assert read_published(server.objects[HUB])


def test_a_deleted_authority_is_written_again_as_it_was_by_who_knows_it(server: Server, operator: Operator) -> None:
    before = server.objects.pop(KEPT)["data"]
    operator.round()
    assert server.objects[KEPT]["data"] == before
    assert "AuthorityRestored" in server.reasons


def test_an_authority_that_is_gone_is_not_replaced_by_who_does_not_know_it(server: Server, operator: Operator) -> None:
    del server.objects[KEPT]
    fresh = Operator(server)
    for _ in range(2):
        with pytest.raises(TemporaryError):
            fresh.round()
    assert KEPT not in server.objects
    assert server.reasons.count("AuthorityMissing") == 1
    assert fresh.of_node(node()).verdict.reason.name == "NoAuthority"
    for part in of_parts(SETTINGS):
        del server.objects[secret_ref("platform", part.secret)]
    fresh.round()
    assert KEPT in server.objects  # begun anew, as the remedy says


@pytest.mark.parametrize("key", ["ca.crt", "ca.key"])
def test_a_damaged_authority_stops_issuing_and_is_left_as_it_is(server: Server, operator: Operator, key: str) -> None:
    good = deepcopy(server.objects[KEPT])
    damage(server, KEPT, key)
    del server.objects[HUB]
    woken = operator.woken
    with pytest.raises(TemporaryError):
        operator.round()
    assert operator.woken == woken + 1  # so that every node says so
    assert "AuthorityMalformed" in server.reasons
    assert operator.of_node(node()).verdict.reason.name == "NoAuthority"
    assert HUB not in server.objects
    assert KEPT not in server.writes
    server.objects[KEPT] = good
    operator.round()
    assert operator.of_node(node()).verdict.holds


def test_an_operator_that_is_to_make_no_authority_makes_none(server: Server) -> None:
    given = Operator(server, Settings(namespace="platform", authority_renews=False))
    with pytest.raises(TemporaryError):
        given.round()
    assert server.reasons == ["AuthorityNotGiven"]
    assert KEPT not in server.objects


def test_an_authority_is_followed_by_another_once_all_have_its_bundle(
    server: Server, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        ahead = timedelta()

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + cls.ahead

    for module in ("authority_keeping", "certificates"):
        monkeypatch.setattr(f"ndsc_operator.{module}.datetime", Clock)
    server.objects[Ref("ndsc.police.uk/v1alpha1", "DataNode", "kent", "kent")] = node().dump()
    Clock.ahead = timedelta(days=250)
    operator.of_node(node())  # a leaf of the day before
    operator.round()
    held = read_authority(server.objects[KEPT])
    assert held.phase == "announced"
    assert operator.woken == 2
    Clock.ahead += timedelta(hours=1)
    operator.round()
    assert read_authority(server.objects[KEPT]).published_since is None  # the node has it not yet
    operator.of_node(node())
    operator.round()
    Clock.ahead += timedelta(minutes=20)
    operator.round()
    assert read_authority(server.objects[KEPT]).phase == "promoted"
    operator.of_node(node())
    Clock.ahead += timedelta(days=1, minutes=1)
    operator.round()
    after = read_authority(server.objects[KEPT])
    assert after.phase == "steady"
    assert after.issuing.certificate != held.issuing.certificate
    assert server.reasons == ["AuthorityCreated", "AuthorityAnnounced", "AuthorityPromoted", "AuthorityRetired"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"leaf_seconds": 3000, "overlap_seconds": 900},
        {"authority_seconds": 86_400},
        {"certificate_issuer": "police"},
        {"certificate_issuer": "Secret/police"},
        {"leaf_seconds": 0},
    ],
)
def test_lives_that_cannot_go_together_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)
