"""The whole story on a real cluster: eight forces join, load their records, and one search is answered by all of them.

What the cluster answers is held against what the embedded network answers to the same searches on the same records.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import estate as estates
from tests.e2e.cluster import Kubectl, until
from tests.e2e.estate import Estate
from tests.e2e.test_e2e_plugin import plugin

from ndsc.cli.context import Officer
from ndsc.embedded import scenario
from ndsc.embedded.network import Network
from ndsc.errors import NdscError
from ndsc.gateway.schemas import ForceStatus, SearchAnswer
from ndsc.model.pole import Person
from ndsc.resources.agreement import DataSharingAgreement

FORCES = scenario.FORCES
READY_SECONDS = 600
CLOSED_SECONDS = 5
NOMINALS = "national-nominals"
SEARCHES = {story.title: story for story in scenario.SEARCHES}
FOUND = scenario.SEARCHES[0]
OF_THE_MOMENT = frozenset({"request_id", "asked_at", "took_ms", "network"})
"""When it was asked, how long it took, the request's own name; and how many forces there are, for other tests' forces
stand beside these eight."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The same forces with the same records in one process: what the answers must be like."""
    with Network(tmp_path_factory.mktemp("embedded") / "home") as network:
        scenario.apply_manifests(network)
        network.serve()
        scenario.load_everything(network, lambda _what, _part: None)
        scenario.index_everything(network, lambda _what, _part: None)
        yield network


@pytest.fixture(scope="module")
def estate(kubectl: Kubectl, platform: str) -> Estate:
    """Eight forces, applied in one go."""
    return estates.apply(kubectl)


def answer_of(network: Network, story: scenario.Story) -> SearchAnswer | str:
    officer = Officer.read(story.officer, story.role, story.clearance)
    with network.down(story.down):
        try:
            return network.gateway(officer).search(estates.patient(story))
        except NdscError as refused:
            return refused.message


def comparable(answer: object) -> object:
    """An answer without what is of the moment."""
    if isinstance(answer, SearchAnswer):
        return comparable(answer.model_dump(mode="json"))
    if isinstance(answer, Mapping):
        return {key: comparable(value) for key, value in answer.items() if key not in OF_THE_MOMENT}
    if isinstance(answer, list):
        return [comparable(one) for one in answer]
    return answer


def conditions(one: Mapping[str, Any]) -> dict[str, str]:
    return {its["type"]: its["status"] for its in one["status"].get("conditions", ())}


def nodes(kubectl: Kubectl) -> dict[str, dict[str, Any]]:
    listed = json.loads(kubectl("get", "datanodes", "-A", "-o", "json"))["items"]
    return {one["spec"]["force"]: one for one in listed if one["spec"]["force"] in FORCES}


def test_1_eight_forces_are_applied_and_every_node_is_ready(kubectl: Kubectl, estate: Estate) -> None:
    for force in FORCES:
        where = nodes(kubectl)[force]["metadata"]["namespace"]
        _wait(kubectl, f"datanode/{force}", "-n", where)
        _wait(kubectl, f"force/{force}")
    for one in nodes(kubectl).values():
        assert one["status"]["observedGeneration"] == one["metadata"]["generation"]
        assert conditions(one)["MigrationsApplied"] == "True"


def _wait(kubectl: Kubectl, what: str, *where: str) -> None:
    """As a script would, in pieces that a test can time out of."""
    until(
        lambda: kubectl.tried("wait", "--for=condition=Ready", what, *where, "--timeout=20s").returncode == 0,
        seconds=READY_SECONDS,
    )


def test_2_the_agreements_are_signed_by_all_and_in_force(kubectl: Kubectl, estate: Estate) -> None:
    def signed() -> bool:
        listed = json.loads(kubectl("get", "datasharingagreements", "-o", "json"))["items"]
        return len(listed) == 3 and all(one["status"].get("state") == "FINALIZED" for one in listed)

    until(signed, seconds=60)


def test_3_the_whole_estate_is_one_listing(kubectl: Kubectl, estate: Estate) -> None:
    listed = kubectl("get", "ndsc", "-A")
    for force in FORCES:
        assert f"force.ndsc.police.uk/{force} " in listed
        assert f"datanode.ndsc.police.uk/{force} " in listed
    assert f"datasharingagreement.ndsc.police.uk/{NOMINALS} " in listed


def test_4_the_shipped_data_is_loaded_through_each_nodes_own_api(
    kubectl: Kubectl, estate: Estate, embedded: Network
) -> None:
    for force, reports in estate.load_everything().items():
        for counts in reports:
            assert counts["read"] == sum(counts[name] for name in ("loaded", "changed", "unchanged", "quarantined"))
        expected = embedded.node(force).indexer.status()

        def followed(force: str = force, records: int = expected.records, entries: int = expected.entries) -> bool:
            status = nodes(kubectl)[force]["status"]
            return (status.get("records"), status.get("indexEntries")) == (records, entries)

        until(followed, seconds=420)


@pytest.mark.parametrize("title", [title for title, story in SEARCHES.items() if story.down is None])
def test_5_a_search_through_the_gateway_is_answered_as_embedded(estate: Estate, embedded: Network, title: str) -> None:
    story = SEARCHES[title]
    assert comparable(estate.search(story)) == comparable(answer_of(embedded, story))


def test_5_kubectl_ndsc_search_answers_the_same(estate: Estate, embedded: Network, tmp_path: Path) -> None:
    officer, who = FOUND.officer, FOUND.request.query
    assert isinstance(who, Person)
    key = tmp_path / "issuer.pem"
    estate.issuer.save(key)
    asked = plugin(
        *("search", "person", f"{who.given_name} {who.surname}", "--born", str(who.date_of_birth)),
        *("--as", officer, "--role", FOUND.role, "--clearance", FOUND.clearance, "--issuer-key", str(key)),
        *("--purpose", FOUND.request.purpose, "--reason", FOUND.request.justification),
        *("--reference", FOUND.request.reference, "--deadline", "30", "-o", "json"),
    )
    assert asked.returncode == 0, asked.stderr
    answer = SearchAnswer.model_validate_json(asked.stdout)
    assert comparable(answer) == comparable(answer_of(embedded, FOUND))


def test_6_with_one_force_down_the_others_still_answer_as_embedded(
    kubectl: Kubectl, estate: Estate, embedded: Network
) -> None:
    [story] = [story for story in SEARCHES.values() if story.down]
    assert story.down
    try:
        kubectl("scale", "deployment", f"{story.down}-api", "-n", story.down, "--replicas=0")
        # Not only out of its Service: over connections that are open a pod answers until it ends.
        until(lambda: not _pods(kubectl, story.down or ""), seconds=60)
        answer = estate.search(story)
    finally:
        kubectl("scale", "deployment", f"{story.down}-api", "-n", story.down, "--replicas=1")
        until(lambda: _endpoints(kubectl, story.down or ""), seconds=120)
    expected = answer_of(embedded, story)
    assert comparable(answer) == comparable(expected)
    assert {one.force: one.status for one in answer.forces}[story.down] is ForceStatus.UNREACHABLE


def _pods(kubectl: Kubectl, force: str) -> str:
    return kubectl("get", "pods", "-n", force, "-l", "app.kubernetes.io/component=api", "-o", "name")


def _endpoints(kubectl: Kubectl, force: str) -> list[Any]:
    slices = json.loads(
        kubectl("get", "endpointslices", "-n", force, "-l", f"kubernetes.io/service-name={force}", "-o", "json")
    )["items"]
    return [one for each in slices for one in each.get("endpoints") or () if one["conditions"].get("ready")]


def test_7_an_agreement_that_is_suspended_closes_at_once(kubectl: Kubectl, estate: Estate, embedded: Network) -> None:
    assert set(_holders(estate.search(FOUND))) > {"south-wales"}
    try:
        _suspend(kubectl, "durham")
        started = time.monotonic()
        embedded.apply([_suspended(embedded, "durham")])
        expected = comparable(answer_of(embedded, FOUND))
        until(lambda: comparable(estate.search(FOUND)) == expected, seconds=CLOSED_SECONDS + started - time.monotonic())
        assert set(_holders(estate.search(FOUND))) == {"south-wales"}
    finally:
        _suspend(kubectl)
        embedded.apply([_suspended(embedded)])
    until(lambda: set(_holders(estate.search(FOUND))) > {"south-wales"}, seconds=30)


def _holders(answer: SearchAnswer) -> list[str]:
    return [one.force for one in answer.forces if one.records]


def _suspend(kubectl: Kubectl, *by: str) -> None:
    patch = json.dumps({"spec": {"suspendedBy": list(by)}})
    kubectl("patch", "datasharingagreement", NOMINALS, "--type=merge", "-p", patch)


def _suspended(network: Network, *by: str) -> DataSharingAgreement:
    agreement = network.resources.get(DataSharingAgreement, NOMINALS)
    return agreement.model_copy(update={"spec": agreement.spec.model_copy(update={"suspended_by": by})})
