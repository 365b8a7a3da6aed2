"""A force's life on a real cluster: held by what binds it, deleted by mistake and back, merged, and retired for good.

What it lists in the national index is read from the registry's own database, with every byte of it compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import services
from tests.e2e.cluster import PLATFORM, Kubectl, delete_force, until
from tests.e2e.test_e2e_agreements import agreement, ready, state
from tests.e2e.test_e2e_tenancy import force

from ndsc.gateway.schemas import ForceStatus, SearchAnswer, SearchRequest
from ndsc.model.pole import Person
from ndsc.resources.jwk import PublicKey
from ndsc.synth import generate
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import Officer
from ndsc_operator.children.common import container_security, pod_security

CODE, OTHER, HEIR = "wiltshire", "warwickshire", "gloucestershire"
READY_SECONDS, LISTED_SECONDS, FORSAKEN_SECONDS = 240, 90, 180
PEOPLE, SEED = 40, 7
ISSUER = SigningKey.generate()

pytestmark = pytest.mark.timeout(600)


def node() -> dict[str, Any]:
    spec = {"force": CODE, "database": {"storage": "1Gi"}}
    return {"apiVersion": "ndsc.police.uk/v1alpha1", "kind": "DataNode", "metadata": {"name": CODE}, "spec": spec}


def signed_in(code: str, **spec: Any) -> dict[str, Any]:
    """A force whose officers the test signs in."""
    key = PublicKey.of(ISSUER.public).model_dump()
    return force(code, identityProvider={"issuer": "https://sign-in.test.example", "keys": [key]}, **spec)


def sql(kubectl: Kubectl, pod: str, namespace: str, statement: str) -> str:
    """As the server's own user, in a database's pod."""
    command = ("psql", "-X", "-At", "-d", "ndsc", "-c", statement)
    return kubectl("exec", pod, "-n", namespace, "-c", "postgres", "--", *command).strip()


def listed(kubectl: Kubectl) -> tuple[int, str]:
    """How many entries the registry has of the force, and a digest of them."""
    entries = "count(*), md5(string_agg(encode(sealed, 'hex') || kind || visibility, ',' ORDER BY sealed, kind))"
    found = sql(kubectl, "registry-db-1", PLATFORM, f"SELECT {entries} FROM entry WHERE force = '{CODE}'")
    count, digest = found.split("|")
    return int(count), digest


def held(kubectl: Kubectl) -> int:
    """Records in the force's own database."""
    return int(sql(kubectl, f"{CODE}-db-1", CODE, "SELECT count(*) FROM record"))


def condition(kubectl: Kubectl) -> dict[str, Any]:
    status = (kubectl.get("datanode", CODE) or {}).get("status", {})
    return next((one for one in status.get("conditions", ()) if one["type"] == "Ready"), {})


def is_ready(kubectl: Kubectl) -> bool:
    return condition(kubectl).get("status") == "True"


def running(kubectl: Kubectl) -> list[Any]:
    """Pods of its node, database and all."""
    listed = kubectl("get", "pods", "-n", CODE, "-l", f"ndsc.police.uk/datanode={CODE}", "-o", "json")
    found: list[Any] = json.loads(listed)["items"]
    return [one for one in found if one["status"].get("phase") == "Running"]


def events(kubectl: Kubectl, reason: str) -> list[str]:
    found = json.loads(kubectl("get", "events.events.k8s.io", "-n", "default", "-o", "json"))["items"]
    return [one["note"] for one in found if one["reason"] == reason and one["regarding"].get("name") == CODE]


def search(kubectl: Kubectl, officers_force: str) -> SearchAnswer:
    """One of the loaded people, looked for by an officer of a force."""
    plain = "kind = 'person' AND category = 'nominal' AND tier = 0 AND NOT sensitive AND handling = ''"
    body = json.loads(sql(kubectl, f"{CODE}-db-1", CODE, f"SELECT body FROM record WHERE {plain} ORDER BY id LIMIT 1"))
    query = Person.model_validate({name: body[name] for name in ("given_name", "surname", "date_of_birth")})
    why = "Seen near a burglary in Devizes"
    asked = SearchRequest(query=query, deadline_ms=30_000, purpose="prevent-crime", justification=why)
    officer = Officer(sub="pc1", name="pc1", force=officers_force, roles=("officer",), clearance=1)
    with services.gateway(kubectl, ISSUER, officer) as gateway:
        return gateway.search(asked)


def answers(kubectl: Kubectl, officers_force: str) -> dict[str, ForceStatus]:
    return {one.force: one.status for one in search(kubectl, officers_force).forces}


@pytest.fixture(scope="module")
def wiltshire(kubectl: Kubectl, platform: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """A force with records, all of them listed; another that it has agreements with. What the registry has of it."""
    for one in (signed_in(CODE), signed_in(OTHER), node()):
        done = kubectl.apply(one)
        assert done.returncode == 0, done.stderr
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    _load(kubectl, tmp_path_factory.mktemp("people"))
    until(lambda: listed(kubectl)[0] > 0 and _settled(kubectl), seconds=LISTED_SECONDS)
    yield listed(kubectl)
    kubectl("delete", "datasharingagreement", "pact", "carried", "--ignore-not-found")
    kubectl("delete", "datanode", CODE, "--ignore-not-found")
    for code in (CODE, OTHER, HEIR):
        delete_force(kubectl, code)
        kubectl("delete", "namespace", code, "--wait=false", "--ignore-not-found")


def _load(kubectl: Kubectl, folder: Path) -> None:
    generate(folder, PEOPLE, (CODE,), SEED, {})
    counts = services.load(kubectl, CODE, CODE, folder / f"{CODE}.jsonl", "ndsc-synthetic")
    assert counts["loaded"] == counts["read"] > 0


def _settled(kubectl: Kubectl) -> bool:
    """Whether nothing waits to be listed."""
    waiting = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM registry_due)"
    return sql(kubectl, f"{CODE}-db-1", CODE, waiting) == "0"


def test_0_renamed_it_is_the_same_force_under_another_title(kubectl: Kubectl, wiltshire: tuple[int, str]) -> None:
    def as_it_runs() -> tuple[object, ...]:
        pods = json.loads(kubectl("get", "pods", "-n", CODE, "-o", "json"))["items"]
        status = kubectl.get("force", CODE)["status"]
        return sorted(one["metadata"]["uid"] for one in pods), status["keyId"], status["namespace"], listed(kubectl)

    before, name = as_it_runs(), "Wiltshire Constabulary"
    kubectl("patch", "force", CODE, "--type=merge", "-p", json.dumps({"spec": {"name": name}}))

    def is_seen() -> bool:
        its = kubectl.get("force", CODE)
        return bool(its["status"]["observedGeneration"] == its["metadata"]["generation"])

    until(is_seen)
    assert name in kubectl("get", "force", CODE)
    assert is_ready(kubectl)
    assert as_it_runs() == before
    assert answers(kubectl, CODE)[CODE] is ForceStatus.ANSWERED
    change = json.dumps({"spec": {"code": "wiltshire-constabulary"}})
    refused = kubectl.tried("patch", "force", CODE, "--type=merge", "-p", change)
    assert refused.returncode == 1
    assert "a force's code cannot be changed: rename it by spec.name" in refused.stderr


def test_1_a_force_that_an_agreement_binds_is_not_deleted_and_says_what_holds_it(
    kubectl: Kubectl, wiltshire: tuple[int, str]
) -> None:
    for name, on_merge in (("pact", "End"), ("carried", "CarryOver")):
        assert kubectl.apply(agreement(name, CODE, OTHER, onMerge=on_merge)).returncode == 0
    until(lambda: kubectl.get("force", CODE)["status"].get("heldBy") == ["carried", "pact"], seconds=30)
    refused = kubectl.tried("delete", "force", CODE)
    assert refused.returncode == 1
    assert f"{CODE} is held by agreements: carried, pact. End them first" in refused.stderr
    assert "deletionTimestamp" not in kubectl.get("force", CODE)["metadata"]


def test_2_a_data_node_that_is_deleted_by_mistake_lists_nothing_and_applied_again_all_of_it(
    kubectl: Kubectl, wiltshire: tuple[int, str]
) -> None:
    records, volume = held(kubectl), kubectl.get("pvc", f"{CODE}-db-1", "-n", CODE)["metadata"]["uid"]
    assert answers(kubectl, OTHER)[CODE] is ForceStatus.ANSWERED
    asked = search(kubectl, OTHER).groups
    kubectl("delete", "datanode", CODE)
    until(lambda: listed(kubectl)[0] == 0, seconds=LISTED_SECONDS)
    until(lambda: events(kubectl, "EntriesWithdrawn"))
    assert kubectl.get("pvc", f"{CODE}-db-1", "-n", CODE)["metadata"]["uid"] == volume
    assert kubectl.apply(node()).returncode == 0
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    until(lambda: listed(kubectl) == wiltshire, seconds=LISTED_SECONDS)
    assert held(kubectl) == records
    until(lambda: search(kubectl, OTHER).groups == asked, seconds=30)


def test_3_merged_it_answers_on_and_only_what_carries_over_binds_its_successor(
    kubectl: Kubectl, wiltshire: tuple[int, str]
) -> None:
    assert kubectl.apply(signed_in(HEIR, successorOf=[CODE])).returncode == 0
    until(lambda: kubectl.get("force", CODE)["status"].get("heldBy") == ["pact"], seconds=30)
    refused = kubectl.tried("delete", "force", CODE)
    assert f"{CODE} is held by agreements: pact. End them first" in refused.stderr
    change = json.dumps({"spec": {"terminatedBy": [CODE]}})
    kubectl("patch", "datasharingagreement", "pact", "--type=merge", "-p", change)
    delete_force(kubectl, CODE)
    until(lambda: kubectl.get("force", CODE) is None)
    until(lambda: ready(kubectl, "carried") == "InForce", seconds=30)
    heirs_key = kubectl.get("force", HEIR)["status"]["keyId"]
    signatures = kubectl.get("datasharingagreement", "carried")["status"]["signatures"]
    assert {one["force"]: one["keyId"] for one in signatures}[CODE] == heirs_key
    assert state(kubectl, "pact") == "TERMINATED"
    until(lambda: answers(kubectl, HEIR).get(CODE) is ForceStatus.ANSWERED, seconds=30)
    until(lambda: answers(kubectl, OTHER).get(CODE) is ForceStatus.ANSWERED, seconds=30)
    # It goes on as it is meant to be, and its records keep their origin.
    kubectl("delete", "networkpolicy", "default-deny", "-n", CODE)
    until(lambda: kubectl.get("networkpolicy", "default-deny", "-n", CODE))
    kubectl("delete", "pdb", f"{CODE}-api", "-n", CODE)
    until(lambda: kubectl.get("pdb", f"{CODE}-api", "-n", CODE))
    assert is_ready(kubectl)
    assert listed(kubectl) == wiltshire
    until(lambda: kubectl.get("force", HEIR)["status"].get("heldBy") == ["carried"])


def test_4_without_a_force_its_node_rests_and_with_one_it_wakes_with_all_it_held(
    kubectl: Kubectl, wiltshire: tuple[int, str]
) -> None:
    records = held(kubectl)
    kubectl("delete", "datasharingagreement", "carried")
    delete_force(kubectl, HEIR)
    until(lambda: condition(kubectl).get("reason") == "ForceMissing", seconds=30)
    assert listed(kubectl) == wiltshire, "one moment without a Force stops nothing"
    until(lambda: not running(kubectl), seconds=FORSAKEN_SECONDS)
    until(lambda: listed(kubectl)[0] == 0, seconds=LISTED_SECONDS)
    assert "audit_entry" in _read_at_rest(kubectl)
    assert kubectl.apply(signed_in(CODE)).returncode == 0
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    kubectl("annotate", "cluster", f"{CODE}-db", "-n", CODE, "ndsc.police.uk/reading-")
    until(lambda: listed(kubectl) == wiltshire, seconds=LISTED_SECONDS)
    assert held(kubectl) == records


def _read_at_rest(kubectl: Kubectl) -> str:
    """A backup of all that is kept, as the docs say how."""
    kubectl("annotate", "cluster", f"{CODE}-db", "-n", CODE, "ndsc.police.uk/reading=on")
    dump = ("exec", f"{CODE}-db-1", "-n", CODE, "-c", "postgres", "--", "pg_dump", "--schema-only", "ndsc")
    until(lambda: not kubectl.tried(*dump).returncode, seconds=READY_SECONDS)
    return kubectl(*dump)


def test_5_where_its_force_says_so_its_data_goes_for_good_and_its_audit_log_stays(
    kubectl: Kubectl, wiltshire: tuple[int, str]
) -> None:
    entries = int(sql(kubectl, f"{CODE}-db-1", CODE, "SELECT count(*) FROM audit_entry"))
    assert entries > 0
    kubectl("patch", "force", CODE, "--type=merge", "-p", json.dumps({"spec": {"deletionPolicy": "Delete"}}))
    until(lambda: _policy(kubectl) == "Delete", seconds=30)
    kubectl("delete", "datanode", CODE)
    until(lambda: events(kubectl, "DatabaseDeleted"), seconds=READY_SECONDS)
    until(lambda: kubectl.get("cluster", f"{CODE}-db", "-n", CODE) is None, seconds=30)
    until(lambda: kubectl.get("pvc", f"{CODE}-db-1", "-n", CODE) is None, seconds=60)
    assert listed(kubectl)[0] == 0
    assert _lines_of_the_kept_log(kubectl) == entries


def _policy(kubectl: Kubectl) -> str:
    annotations = kubectl.get("cluster", f"{CODE}-db", "-n", CODE)["metadata"]["annotations"]
    return str(annotations["ndsc.police.uk/deletion-policy"])


def _lines_of_the_kept_log(kubectl: Kubectl) -> int:
    """Entries in the volume that is left, read as the docs say how."""
    count = "sed -n '/^COPY public.audit_entry /,/^\\\\./p' /archive/audit-*.sql | sed '1d;$d' | wc -l"
    container = {
        "name": "read",
        "image": "ghcr.io/cloudnative-pg/postgresql:17",
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", count],
        "securityContext": container_security(),
        "volumeMounts": [{"name": "archive", "mountPath": "/archive", "readOnly": True}],
    }
    volume = {"name": "archive", "persistentVolumeClaim": {"claimName": f"{CODE}-audit", "readOnly": True}}
    spec = {
        "restartPolicy": "Never",
        "securityContext": pod_security(),
        "containers": [container],
        "volumes": [volume],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "reader", "namespace": CODE}, "spec": spec}
    done = kubectl.apply(pod)
    assert done.returncode == 0, done.stderr
    until(lambda: kubectl.get("pod", "reader", "-n", CODE)["status"].get("phase") == "Succeeded", seconds=60)
    return int(kubectl("logs", "reader", "-n", CODE))
