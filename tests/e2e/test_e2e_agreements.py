"""Agreements on a real API server: signed by the operator for the forces that it serves, closed at once by kubectl."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.e2e.cluster import Kubectl, delete_force, until
from tests.e2e.test_e2e_tenancy import force
from tests.rule_cases import AGREEMENT

from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.force import Force
from ndsc.resources.signing import in_force, unsigned
from ndsc.resources.validation import parse_manifest

TODAY = datetime.now(UTC).date()
PARTIES = ("cumbria", "cleveland")

pytestmark = pytest.mark.usefixtures("operator")


def agreement(name: str, *parties: str, **spec: Any) -> dict[str, Any]:
    made = deepcopy(AGREEMENT)
    made["metadata"] = {"name": name}
    dates = {"startsOn": -1, "reviewOn": 30, "endsOn": 60}
    made["spec"] |= {key: str(TODAY + timedelta(days=days)) for key, days in dates.items()}
    made["spec"] |= {"parties": [{"force": code} for code in parties]} | spec
    return made


def status(kubectl: Kubectl, name: str, kind: str = "datasharingagreement") -> dict[str, Any]:
    found: dict[str, Any] = (kubectl.get(kind, name) or {}).get("status", {})
    return found


def state(kubectl: Kubectl, name: str) -> str:
    return str(status(kubectl, name).get("state"))


def ready(kubectl: Kubectl, name: str) -> str:
    conditions = status(kubectl, name).get("conditions", [])
    return next((one["reason"] for one in conditions if one["type"] == "Ready"), "")


def public_keys(kubectl: Kubectl) -> dict[str, Any]:
    """Each party's key, as its Force says it."""
    found = {}
    for code in PARTIES:
        one = parse_manifest(kubectl.get("force", code))
        assert isinstance(one, Force)
        assert one.status.public_key
        key = one.status.public_key.verify_key()
        assert key.kid == one.status.key_id
        found[code] = (key,)
    return found


def read(kubectl: Kubectl, name: str) -> DataSharingAgreement:
    found = parse_manifest(kubectl.get("datasharingagreement", name))
    assert isinstance(found, DataSharingAgreement)
    return found


@pytest.fixture(scope="module", autouse=True)
def forces(kubectl: Kubectl, operator: str) -> Iterator[None]:
    for code in PARTIES:
        assert kubectl.apply(force(code)).returncode == 0
        kubectl("wait", "--for=condition=Ready", f"force/{code}", "--timeout=30s")
    yield
    kubectl("delete", "datasharingagreement", "--ignore-not-found", "pact", "wide", "loose", "later", "gone")
    for code in (*PARTIES, "gwent"):
        delete_force(kubectl, code)
        kubectl("delete", "namespace", code, "--wait=false", "--ignore-not-found")


@pytest.fixture
def pact(kubectl: Kubectl) -> Iterator[str]:
    """An agreement in force."""
    assert kubectl.apply(agreement("pact", *PARTIES)).returncode == 0
    kubectl("wait", "--for=condition=Ready", "datasharingagreement/pact", "--timeout=20s")
    yield "pact"
    kubectl("delete", "datasharingagreement", "pact")


def test_an_agreement_is_signed_for_its_parties_by_keys_that_their_forces_name(kubectl: Kubectl, pact: str) -> None:
    found, keys = read(kubectl, pact), public_keys(kubectl)
    assert found.status.state == "FINALIZED"
    assert found.status.signed == "2/2"
    assert unsigned(found, keys) == ()
    assert in_force(found, TODAY, keys)
    assert ready(kubectl, pact) == "InForce"
    until(lambda: all(status(kubectl, code, "force").get("agreements") == 1 for code in PARTIES))
    events = json.loads(kubectl("get", "events.events.k8s.io", "-n", "default", "-o", "json"))["items"]
    told = {one["note"] for one in events if one["regarding"].get("name") == pact}
    assert "The agreement is now FINALIZED." in told


def test_a_party_suspends_it_at_once_and_takes_it_up_again(kubectl: Kubectl, pact: str) -> None:
    def patch(parties: list[str]) -> None:
        change = json.dumps({"spec": {"suspendedBy": parties}})
        kubectl("patch", "datasharingagreement", pact, "--type=merge", "-p", change)

    patch(["cleveland"])
    assert not in_force(read(kubectl, pact), TODAY, public_keys(kubectl))  # before the operator has said a word
    until(lambda: state(kubectl, pact) == "SUSPENDED", seconds=5)
    assert ready(kubectl, pact) == "NotInForce"
    until(lambda: status(kubectl, "cleveland", "force")["agreements"] == 0)
    patch([])
    until(lambda: state(kubectl, pact) == "FINALIZED", seconds=5)


def test_a_force_that_it_binds_is_not_deleted_and_says_what_holds_it(kubectl: Kubectl, pact: str) -> None:
    until(lambda: status(kubectl, "cleveland", "force").get("heldBy") == [pact])
    refused = kubectl.tried("delete", "force", "cleveland")
    assert refused.returncode == 1
    assert "cleveland is held by agreements: pact. End them first" in refused.stderr
    assert "deletionTimestamp" not in kubectl.get("force", "cleveland")["metadata"]


def test_changed_terms_are_signed_anew(kubectl: Kubectl, pact: str) -> None:
    before = read(kubectl, pact)
    kubectl.apply(agreement(pact, *PARTIES, title="Another title"))
    until(lambda: status(kubectl, pact).get("digest") != before.status.digest)
    after = read(kubectl, pact)
    assert after.status.state == "FINALIZED"
    assert in_force(after, TODAY, public_keys(kubectl))
    events = [one.event for one in after.status.history]
    assert "its terms were changed: signatures under the old ones count no more" in events


def test_an_agreement_waits_for_a_party_that_has_no_force_here(kubectl: Kubectl) -> None:
    kubectl.apply(agreement("wide", *PARTIES, "gwent"))
    until(lambda: ready(kubectl, "wide") == "Unsigned")
    assert status(kubectl, "wide")["signed"] == "2/3"
    kubectl.apply(force("gwent"))
    kubectl("wait", "--for=condition=Ready", "datasharingagreement/wide", "--timeout=30s")
    kubectl("delete", "datasharingagreement", "wide")


def test_a_force_signs_nothing_beyond_its_own_limits_and_says_why(kubectl: Kubectl) -> None:
    kubectl.apply(agreement("loose", *PARTIES, retention={"deleteAfterDays": 3000}))
    until(lambda: ready(kubectl, "loose") == "Unsigned")
    assert state(kubectl, "loose") == "REQUESTED"

    def told() -> list[str]:
        events = json.loads(kubectl("get", "events.events.k8s.io", "-n", "default", "-o", "json"))["items"]
        return [one["note"] for one in events if one["reason"] == "NotSigned" and one["type"] == "Warning"]

    until(lambda: any("3000 days" in note for note in told()))
    kubectl.apply(agreement("loose", *PARTIES))
    kubectl("wait", "--for=condition=Ready", "datasharingagreement/loose", "--timeout=20s")
    kubectl("delete", "datasharingagreement", "loose")


def test_a_term_that_has_not_begun_or_has_ended_opens_nothing(kubectl: Kubectl) -> None:
    later = {key: str(TODAY + timedelta(days=days)) for key, days in (("startsOn", 5), ("reviewOn", 6), ("endsOn", 9))}
    kubectl.apply(agreement("later", *PARTIES, **later))
    until(lambda: state(kubectl, "later") == "VERIFIED")
    gone = {key: str(TODAY - timedelta(days=days)) for key, days in (("startsOn", 9), ("reviewOn", 6), ("endsOn", 1))}
    kubectl.apply(agreement("gone", *PARTIES, **gone))
    until(lambda: state(kubectl, "gone") == "EXPIRED")
    assert ready(kubectl, "later") == ready(kubectl, "gone") == "NotInForce"
    kubectl("delete", "datasharingagreement", "later", "gone")


def test_a_signing_key_that_is_lost_is_made_anew_and_agreements_are_signed_by_it(kubectl: Kubectl, pact: str) -> None:
    before = status(kubectl, "cleveland", "force")["keyId"]
    kubectl("delete", "secret", "ndsc-signing", "-n", "cleveland")
    until(lambda: status(kubectl, "cleveland", "force")["keyId"] != before, seconds=10)
    until(lambda: in_force(read(kubectl, pact), TODAY, public_keys(kubectl)), seconds=10)


def test_a_damaged_signing_key_is_told_and_never_overwritten(kubectl: Kubectl, pact: str) -> None:
    kept = kubectl.get("secret", "ndsc-signing", "-n", "cleveland")["data"]["signing.key"]

    def write(value: str) -> None:
        change = json.dumps({"data": {"signing.key": value}})
        kubectl("patch", "secret", "ndsc-signing", "-n", "cleveland", "--type=merge", "-p", change)

    def reason() -> str:
        found = status(kubectl, "cleveland", "force")["conditions"]
        return str(next(one["reason"] for one in found if one["type"] == "Ready"))

    write("ZGFtYWdlZA==")
    until(lambda: reason() == "SigningKeyMalformed")
    assert kubectl.get("secret", "ndsc-signing", "-n", "cleveland")["data"]["signing.key"] == "ZGFtYWdlZA=="
    write(kept)
    until(lambda: reason() == "Available")
    assert in_force(read(kubectl, pact), TODAY, public_keys(kubectl))
