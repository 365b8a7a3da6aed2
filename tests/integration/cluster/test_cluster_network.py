"""Every part as a process of its own with TLS: one search over two forces, and what becomes of it when parts change."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests import network as small
from tests.certificates import Authority, mount
from tests.parts import COMMAND, Parts, Running, TellingHub
from tests.resources import agreement_object, signed_object

from ndsc.cli.context import Officer as Asking
from ndsc.cli.signing_in import Door, signed_in
from ndsc.errors import UnavailableError
from ndsc.gateway.client import GatewayClient
from ndsc.gateway.schemas import ForceStatus, SearchAnswer
from ndsc.hub.schemas import NetworkNode, NetworkState
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.jwk import PublicKey
from ndsc.storage.server import Server
from ndsc.synth import generate
from ndsc.synth.story import SIAN
from ndsc.trust.certified import Authorities
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import Prover
from ndsc.trust.sessions import Session
from ndsc.trust.tokens import Officer, issue_officer, issue_service
from ndsc.web.client import RemoteProblemError

FORCES = ("city-of-london", "south-wales")
OFFICER = Asking(sub="pc4417", force="south-wales", roles=("officer",), clearance=1)
REQUEST = small.request(small.named(SIAN.records[0][1].person))
SEED, PEOPLE = 20_250_118, 30


@dataclass
class Estate:
    """All that runs, and the keys of the two forces."""

    parts: Parts
    hub: TellingHub
    gateway: Running
    nodes: dict[str, Running]
    signing: dict[str, SigningKey]
    issuers: dict[str, SigningKey]

    def tell(self, **hibernated: bool) -> None:
        """Tell every part how the network stands."""
        agreement = signed_object(agreement_object("both-ways", *FORCES, **TERMS), self.signing)
        self.hub.hub.publish(
            NetworkState.of(
                agreements=[DataSharingAgreement.model_validate(agreement)],
                party_keys={force: (PublicKey.of(key.public),) for force, key in self.signing.items()},
                officer_keys={force: (PublicKey.of(key.public),) for force, key in self.issuers.items()},
                nodes=[
                    NetworkNode(
                        force=force, name="main", url=self.nodes[force].url, hibernated=hibernated.get(force, False)
                    )
                    for force in FORCES
                ],
            )
        )

    @contextmanager
    def signed_in(self, *authorities: Authority, gateway: str = "") -> Iterator[GatewayClient]:
        """The gateway, for the officer."""
        prover = Prover(SigningKey.generate())
        named = gateway or self.gateway_key()
        who = Officer(sub=OFFICER.sub, name="PC Test", force=OFFICER.force, roles=OFFICER.roles, clearance=1)
        session = Session(
            lambda grounds: issue_officer(
                self.issuers[who.force], who, grounds=grounds, holder=prover.holder, gateway=named
            ),
            prover,
        )
        with self.parts.client(self.gateway, *authorities) as client:
            yield GatewayClient(client, session)

    def gateway_key(self) -> str:
        """The key of the gateway's present leaf, as tokens name it."""
        return SigningKey.from_pem((self.gateway.tls / "tls.key").read_bytes()).public.thumbprint()

    def search(self) -> SearchAnswer:
        with self.signed_in() as gateway:
            return gateway.search(REQUEST)

    def until(self, holds: Callable[[SearchAnswer], bool]) -> SearchAnswer:
        """Search until it is as it should be."""
        until = time.monotonic() + 30
        while not holds(answer := self.search()):
            assert time.monotonic() < until, answer
            time.sleep(0.2)
        return answer


TERMS = {
    "purposes": ["prevent-crime", "bring-offenders-to-justice"],
    "categories": ["nominal", "vehicle", "phone", "crime", "stop-search", "location", "custody"],
    "ceiling": {"tier": "OFFICIAL", "sensitive": True},
}


def statuses(answer: SearchAnswer) -> dict[str, ForceStatus]:
    return {line.force: line.status for line in answer.forces}


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Estate]:
    """Everything started, two forces loaded over the network."""
    parts = Parts(tmp_path_factory.mktemp("parts"), postgres)
    hub = TellingHub(parts)
    evaluator = parts.start("evaluator", NDSC_DATABASE_URL=parts.database("evaluator"))
    registry = parts.start("registry", NDSC_DATABASE_URL=parts.database("registry"))
    urls = {"NDSC_HUB_URL": hub.url, "NDSC_EVALUATOR_URL": evaluator.url, "NDSC_REGISTRY_URL": registry.url}
    nodes = {
        force: parts.start(f"{force}/node", None, NDSC_FORCE=force, NDSC_DATABASE_URL=parts.database("node"), **urls)
        for force in FORCES
    }
    gateway = parts.start("gateway", None, NDSC_DATABASE_URL=parts.database("gateway"), **urls)
    signing, issuers = ({force: SigningKey.generate() for force in FORCES} for _ in range(2))
    made = Estate(parts, hub, gateway, nodes, signing, issuers)
    for part in (evaluator, registry):
        part.wait_until_ready()
    while gateway.missing() != ["network: The hub has not told yet how the network stands."]:
        assert gateway.process.poll() is None, gateway.log.read_text()
        time.sleep(0.1)
    made.tell()
    for part in (*nodes.values(), gateway):
        part.wait_until_ready()
    generate(parts.folder / "exports", PEOPLE, FORCES, SEED, {})
    for force, node in nodes.items():
        load(parts, node, parts.folder / "exports" / f"{force}.jsonl")
    yield made
    parts.close()
    hub.close()


@contextmanager
def loader(parts: Parts, node: Running) -> Iterator[httpx.Client]:
    """The node, for its own force's loader."""
    force = node.name.partition("/")[0]
    leaf = parts.leaf(f"{force}/loader")
    token = issue_service(leaf.signing, "loader", force, f"node:{force}", certificate=leaf.der)
    with parts.client(node) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def load(parts: Parts, node: Running, file: Path) -> None:
    """Send an export, and wait until the index has followed."""
    with loader(parts, node) as client:
        done = client.post("/v1/loads", params=named(file), content=file.read_bytes())
        assert done.json()["loaded"] > 0, done.text
        until = time.monotonic() + 30
        while (held := client.get("/v1/holdings").json())["records_waiting"] or held["registry_waiting"]:
            assert time.monotonic() < until, held
            time.sleep(0.2)


def named(file: Path) -> dict[str, str]:
    return {"connector": "ndsc-synthetic", "file": file.name}


def test_one_search_finds_somebody_in_two_forces(estate: Estate) -> None:
    answer = estate.search()
    assert statuses(answer) == dict.fromkeys(FORCES, ForceStatus.ANSWERED), answer
    assert {*answer.groups[0].forces} == {*FORCES}
    assert answer.complete


def door(estate: Estate, port: int, authority: Authority | None = None) -> Door:
    return Door(port, "localhost", Authorities((authority or estate.parts.authority).pem))


def test_an_officer_who_knows_the_gateway_by_its_certificate_alone_finds_the_same(estate: Estate) -> None:
    with signed_in(door(estate, estate.gateway.api), estate.issuers["south-wales"], OFFICER) as gateway:
        answer = gateway.search(REQUEST)
    assert statuses(answer) == dict.fromkeys(FORCES, ForceStatus.ANSWERED), answer


def test_nobody_but_the_gateway_is_shown_a_token(estate: Estate) -> None:
    for strange, said in (
        (door(estate, estate.gateway.api, Authority("another")), "self-signed|unable to get local issuer"),
        (door(estate, estate.nodes["south-wales"].api), "another part"),
        (door(estate, 1), "does not answer"),
    ):
        with (
            pytest.raises(UnavailableError, match=said),
            signed_in(strange, estate.issuers["south-wales"], OFFICER),
        ):
            pass


def test_an_officer_of_a_force_that_the_network_does_not_know_is_refused(estate: Estate) -> None:
    estate.issuers["south-wales"], kept = SigningKey.generate(), estate.issuers["south-wales"]
    try:
        with pytest.raises(RemoteProblemError) as refused:
            estate.search()
    finally:
        estate.issuers["south-wales"] = kept
    assert refused.value.status == 401


def test_a_force_whose_node_is_hibernated_is_not_asked_and_that_is_said(estate: Estate) -> None:
    shown = next(
        member.record.id for member in estate.search().groups[0].members if member.record.force == "city-of-london"
    )
    estate.tell(**{"city-of-london": True})
    answer = estate.until(lambda answer: statuses(answer)["city-of-london"] is ForceStatus.HIBERNATED)
    assert statuses(answer)["south-wales"] is ForceStatus.ANSWERED
    assert not answer.complete
    with estate.signed_in() as gateway, pytest.raises(RemoteProblemError, match="hibernated") as asleep:
        gateway.show(shown, small.GROUNDS)
    assert (asleep.value.status, asleep.value.code) == (503, "node-hibernated")
    estate.tell()
    estate.until(lambda answer: statuses(answer)["city-of-london"] is ForceStatus.ANSWERED)


def test_a_force_s_engineer_loads_with_the_loader_s_certificate(estate: Estate) -> None:
    parts, node = estate.parts, estate.nodes["south-wales"]
    mine = mount(parts.folder / "loader", parts.leaf("south-wales/loader"), parts.authority)
    file = parts.folder / "exports" / "south-wales.jsonl"
    asked = ("--node", "https://localhost", "--through", f"127.0.0.1:{node.api}", "--tls-dir", str(mine), "-o", "json")
    done = ndsc("node", "load", str(file), "-c", "ndsc-synthetic", "--wait", "30", *asked)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["file"], report["loaded"], report["changed"]) == ("south-wales.jsonl", 0, 0)
    assert report["read"] == report["unchanged"] > 0
    held = json.loads(ndsc("node", "holdings", *asked).stdout)
    assert held["records"] > 0
    assert held["records_waiting"] == held["registry_waiting"] == 0


def test_another_s_certificate_loads_nothing(estate: Estate) -> None:
    parts, node = estate.parts, estate.nodes["south-wales"]
    file = parts.folder / "exports" / "south-wales.jsonl"
    for name, said in (
        ("city-of-london/loader", "not accepted"),
        ("south-wales/node", "Only a loader"),
        ("gateway", "no force's loader"),
    ):
        other = mount(parts.folder / f"other-{name.replace('/', '-')}", parts.leaf(name), parts.authority)
        done = ndsc("node", "load", str(file), "-c", "ndsc-synthetic", "--node", node.url, "--tls-dir", str(other))
        assert done.returncode == 1
        assert said in done.stderr, done.stderr


def test_a_node_under_another_name_is_not_spoken_to(estate: Estate) -> None:
    parts, node = estate.parts, estate.nodes["south-wales"]
    mine = mount(parts.folder / "wary", parts.leaf("south-wales/loader"), parts.authority)
    asked = ("--node", "https://another.example", "--through", f"127.0.0.1:{node.api}", "--tls-dir", str(mine))
    done = ndsc("node", "holdings", *asked)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr


def ndsc(*words: str) -> subprocess.CompletedProcess[str]:
    """The command, as a person runs it."""
    return subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False, timeout=120)


def test_every_leaf_and_the_authority_are_replaced_without_a_lost_search(estate: Estate) -> None:
    parts, later = estate.parts, Authority("a later one")
    ended, lost, searched = threading.Event(), [], [0]
    before = estate.gateway_key()

    def keep_searching() -> None:
        while not ended.is_set():
            try:
                with estate.signed_in(parts.authority, later, gateway=before) as gateway:
                    answer = gateway.search(REQUEST)
                assert statuses(answer) == dict.fromkeys(FORCES, ForceStatus.ANSWERED), answer
            except Exception as error:
                lost.append(error)
            searched[0] += 1

    searching = threading.Thread(target=keep_searching)
    searching.start()
    running = [one for one in parts.running if one.process.poll() is None]
    first = parts.authority
    try:
        for one in running:  # both are believed before anybody shows a leaf of the later one
            mount(one.tls, parts.leaf(one.name), first, later)
        time.sleep(3)
        for one in running:
            mount(one.tls, parts.leaf(one.name, later), first, later)
        time.sleep(3)
    finally:
        ended.set()
        searching.join(timeout=30)
    assert not lost, lost[0]
    assert searched[0] > 5
    assert estate.gateway_key() != before
    parts.authority = later
    assert statuses(estate.search()) == dict.fromkeys(FORCES, ForceStatus.ANSWERED)


def test_a_part_ends_in_order_when_it_is_told_to(estate: Estate) -> None:
    node = estate.nodes["south-wales"]
    answered: list[SearchAnswer] = []
    ended = threading.Event()

    def keep_searching() -> None:
        while not ended.is_set():
            answered.append(estate.search())

    searching = threading.Thread(target=keep_searching)
    searching.start()
    started = time.monotonic()
    node.process.terminate()
    until = time.monotonic() + 10
    while node.missing() != ["It is ending."]:
        assert time.monotonic() < until
    assert node.probe("/livez").status_code == 200
    during = len(answered)
    assert node.process.wait(timeout=25) == 0
    assert time.monotonic() - started < 25
    assert [line["event"] for line in node.lines() if line["level"] == "error"] == []
    ended.set()
    searching.join(timeout=30)
    assert len(answered) > during
    assert statuses(answered[during])["south-wales"] is ForceStatus.ANSWERED
    assert statuses(answered[-1])["south-wales"] in (ForceStatus.UNREACHABLE, ForceStatus.ANSWERED)
    assert statuses(estate.search())["south-wales"] is ForceStatus.UNREACHABLE


def test_what_is_under_way_ends_well_when_a_part_is_told_to_end(estate: Estate) -> None:
    node = estate.nodes["city-of-london"]
    file = estate.parts.folder / "exports" / "city-of-london.jsonl"
    content = file.read_bytes()

    def slowly() -> Iterator[bytes]:
        yield content[:100]
        node.process.terminate()
        while True:  # until it accepts nothing more
            try:
                socket.create_connection(("127.0.0.1", node.api), timeout=1).close()
            except OSError:
                break
            time.sleep(0.2)
        yield content[100:]

    with loader(estate.parts, node) as client:
        done = client.post("/v1/loads", params=named(file), content=slowly())
    assert (done.status_code, done.json()["unchanged"]) == (200, content.count(b"\n"))
    assert node.process.wait(timeout=25) == 0
