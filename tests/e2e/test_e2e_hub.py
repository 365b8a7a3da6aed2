"""The hub on a real API server: what kubectl changes reaches a part that follows, within seconds, whatever is cut."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.e2e.cluster import Kubectl, delete_force, until
from tests.parts import Parts, Running
from tests.resources import agreement_object, force_object, node_object, signed_object

from ndsc.cluster.following import Following
from ndsc.cluster.standing import Standing
from ndsc.hub.client import HubClient
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.from_resources import terms_in_force
from ndsc.resources.force import Force
from ndsc.storage.server import Server
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import issue_service

KEYS = {force: SigningKey.generate() for force in ("surrey", "sussex")}
OFFICERS = SigningKey.generate()
NAMES = ("surrey", "sussex")
AGREEMENT = "hub-roads"
pytestmark = pytest.mark.usefixtures("definitions")


@dataclass
class Part:
    """Something that follows the hub, as a node does."""

    following: Following
    standing: Standing

    def terms(self) -> list[str]:
        """The agreements that open something, by its own verification."""
        state = self.following.state()
        if state is None:
            return []
        keys = {force: tuple(one.verify_key() for one in keys) for force, keys in state.party_keys.items()}
        return [term.name for term in terms_in_force(state.agreements, datetime.now(UTC).date(), keys)]


@pytest.fixture(scope="module")
def resources(kubectl: Kubectl, definitions: None) -> Iterator[None]:
    """Two forces with their keys, a node each, and an agreement that both have signed."""
    for force in NAMES:
        kubectl("create", "namespace", force)
        apply(kubectl, force_object(force, signs=KEYS[force].public, officers=(OFFICERS.public,)))
        apply(kubectl, node_object(force))
    agree(kubectl)
    yield
    kubectl("delete", "datasharingagreement", AGREEMENT, "--ignore-not-found")
    for force in NAMES:
        kubectl("delete", "datanode", force, "-n", force)
        delete_force(kubectl, force)
        kubectl("delete", "namespace", force, "--wait=false")


def apply(kubectl: Kubectl, one: dict[str, Any]) -> None:
    """The object with its status, which only an operator would write otherwise."""
    bare = {name: value for name, value in one.items() if name != "status"}
    done = kubectl.apply(bare, "--force-conflicts")
    assert done.returncode == 0, done.stderr
    if one.get("status"):
        done = kubectl.apply(one, "--subresource=status", "--force-conflicts")
        assert done.returncode == 0, done.stderr


def agree(kubectl: Kubectl, **spec: Any) -> None:
    apply(kubectl, signed_object(agreement_object(AGREEMENT, *NAMES, **spec), KEYS))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    made = Parts(tmp_path_factory.mktemp("hub"), NO_SERVER)
    yield made
    made.close()


NO_SERVER: Server = None  # type: ignore[assignment]  # the hub has no database


@pytest.fixture(scope="module")
def hub(parts: Parts, resources: None) -> Running:
    return parts.start("hub", KUBECONFIG=os.environ["KUBECONFIG"]).wait_until_ready()


@contextmanager
def followed(parts: Parts, hub: Running) -> Iterator[Part]:
    leaf = parts.leaf("surrey/node")
    standing = Standing(RegopyDecider())
    with parts.client(hub) as http:
        client = HubClient(http, lambda: issue_service(leaf.signing, "node", "surrey", "hub", certificate=leaf.der))
        part = Part(Following(client, standing.take), standing)
        part.following.start()
        try:
            yield part
        finally:
            part.following.close()


@pytest.fixture
def part(parts: Parts, hub: Running) -> Iterator[Part]:
    with followed(parts, hub) as made:
        until(made.terms)
        yield made


def soon(holds: Callable[[], object]) -> float:
    """Within two seconds of what kubectl did."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < 2, "not so after 2 s"
        time.sleep(0.02)
    return time.monotonic() - started


def test_what_the_resources_say_is_told(part: Part) -> None:
    assert part.terms() == [AGREEMENT]
    assert [node.url for node in part.standing.nodes] == [f"https://{force}.{force}.svc" for force in NAMES]
    assert part.standing.officers[OFFICERS.kid].speaks_for("surrey")
    assert not part.standing.officers[OFFICERS.kid].speaks_for("kent")


def test_an_agreement_that_is_suspended_is_closed_within_two_seconds_and_opens_again(
    kubectl: Kubectl, part: Part
) -> None:
    for _ in range(3):
        kubectl("patch", "dsa", AGREEMENT, "--type=merge", "-p", '{"spec":{"suspendedBy":["surrey"]}}')
        soon(lambda: not part.terms())
        kubectl("patch", "dsa", AGREEMENT, "--type=merge", "-p", '{"spec":{"suspendedBy":[]}}')
        soon(part.terms)


def test_an_agreement_whose_terms_are_changed_opens_nothing_until_it_is_signed_again(
    kubectl: Kubectl, part: Part
) -> None:
    kubectl("patch", "dsa", AGREEMENT, "--type=merge", "-p", '{"spec":{"categories":["nominal","crime"]}}')
    soon(lambda: not part.terms())
    agree(kubectl)
    soon(part.terms)


def test_a_node_that_is_put_to_sleep_and_a_key_that_is_taken_out_are_told(kubectl: Kubectl, part: Part) -> None:
    kubectl("patch", "datanode", "sussex", "-n", "sussex", "--type=merge", "-p", '{"spec":{"hibernated":true}}')
    soon(lambda: [node.hibernated for node in part.standing.nodes] == [False, True])
    kubectl("patch", "datanode", "sussex", "-n", "sussex", "--type=merge", "-p", '{"spec":{"hibernated":false}}')
    soon(lambda: [node.hibernated for node in part.standing.nodes] == [False, False])
    for force in NAMES:
        kubectl("patch", "force", force, "--type=merge", "-p", '{"spec":{"identityProvider":{"keys":[]}}}')
    soon(lambda: not part.standing.officers)


def test_a_node_in_another_force_s_namespace_speaks_for_nobody(kubectl: Kubectl, part: Part) -> None:
    apply(kubectl, node_object("surrey", name="posing", namespace="sussex"))
    apply(kubectl, node_object("sussex", name="second"))
    soon(lambda: "second" in {node.name for node in part.standing.nodes})
    assert "posing" not in {node.name for node in part.standing.nodes}
    for name in ("posing", "second"):
        kubectl("delete", "datanode", name, "-n", "sussex")


def test_when_the_hub_is_killed_the_last_state_counts_and_its_successor_is_followed(
    kubectl: Kubectl, parts: Parts, resources: None
) -> None:
    hub = parts.start("hub", KUBECONFIG=os.environ["KUBECONFIG"]).wait_until_ready()
    with followed(parts, hub) as part:
        until(part.terms)
        hub.process.kill()
        hub.process.wait(10)
        kubectl("patch", "dsa", AGREEMENT, "--type=merge", "-p", '{"spec":{"suspendedBy":["surrey"]}}')
        time.sleep(2)
        assert part.terms() == [AGREEMENT]
        assert (part.following.age() or 0) > 1
        again = parts.start("hub", KUBECONFIG=os.environ["KUBECONFIG"], NDSC_LISTEN=f"127.0.0.1:{hub.api}")
        again.wait_until_ready()
        until(lambda: not part.terms(), seconds=20)
        kubectl("patch", "dsa", AGREEMENT, "--type=merge", "-p", '{"spec":{"suspendedBy":[]}}')
        soon(part.terms)
        again.end()


def test_nothing_is_told_of_secrets(kubectl: Kubectl, parts: Parts, hub: Running) -> None:
    kubectl("create", "secret", "generic", "hidden-db", "-n", "surrey", "--from-literal=url=hidden-value")
    spec = '{"spec":{"database":{"mode":"external","urlSecretRef":{"name":"hidden-db"}}}}'
    kubectl("patch", "datanode", "surrey", "-n", "surrey", "--type=merge", "-p", spec)
    time.sleep(1)
    leaf = parts.leaf("gateway")
    token = issue_service(leaf.signing, "gateway", None, "hub", certificate=leaf.der)
    with parts.client(hub) as http:
        told = http.get("/v1/network", headers={"Authorization": f"Bearer {token}"})
    assert told.status_code == httpx.codes.OK
    assert "surrey" in told.text
    assert "hidden" not in told.text + hub.log.read_text()
    assert Path(hub.log).stat().st_size > 0
    assert Force.PLURAL not in told.text
