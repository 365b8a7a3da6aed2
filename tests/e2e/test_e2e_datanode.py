"""A data node on a real cluster: brought up in order, kept as it is, asleep and awake, and never without its data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.cluster import Kubectl, install, until
from tests.e2e.test_e2e_tenancy import force

CODE = "kent"
DRIFT_SECONDS, READY_SECONDS = 10, 240


def node(name: str = CODE, namespace: str | None = None, **spec: Any) -> dict[str, Any]:
    where = {"namespace": namespace} if namespace else {}
    database = {"storage": "1Gi"}
    return {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataNode",
        "metadata": {"name": name, **where},
        "spec": {"force": CODE, "database": database} | spec,
    }


def condition(kubectl: Kubectl, type_: str, name: str = CODE, namespace: str = "default") -> dict[str, Any]:
    status = (kubectl.get("datanode", name, "-n", namespace) or {}).get("status", {})
    return next((one for one in status.get("conditions", ()) if one["type"] == type_), {})


def is_ready(kubectl: Kubectl, name: str = CODE) -> bool:
    return condition(kubectl, "Ready", name).get("status") == "True"


def uid(kubectl: Kubectl, child: str) -> str:
    """Of a child, or nothing while there is none."""
    return str((kubectl.get(child, "-n", CODE) or {"metadata": {"uid": ""}})["metadata"]["uid"])


def sql(kubectl: Kubectl, statement: str, database: str = "ndsc") -> str:
    """As the server's own user, in the database's pod."""
    command = ("psql", "-X", "-At", "-d", database, "-c", statement)
    return kubectl("exec", f"{CODE}-db-1", "-n", CODE, "-c", "postgres", "--", *command).strip()


def patch(kubectl: Kubectl, spec: dict[str, Any], name: str = CODE) -> None:
    kubectl("patch", "datanode", name, "--type=merge", "-p", json.dumps({"spec": spec}))


@pytest.fixture(scope="module")
def kent(kubectl: Kubectl, platform: str) -> Iterator[str]:
    """A force and its node, applied together as one file, with a row of their own in the database."""
    both = {"apiVersion": "v1", "kind": "List", "items": [force(CODE), node()]}
    assert kubectl.apply(both).returncode == 0
    kubectl("wait", "--for=condition=Ready", f"force/{CODE}", "--timeout=30s")
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    kubectl("wait", "--for=condition=Ready", f"datanode/{CODE}", "--timeout=10s")
    sql(kubectl, "CREATE SCHEMA tests; CREATE TABLE tests.kept AS SELECT 1")
    yield CODE
    kubectl("delete", "datanode", CODE)
    kubectl("delete", "force,namespace", CODE, "--wait=false")
    until(lambda: kubectl.get("namespace", CODE) is None, seconds=150)  # its database does not hold it


def test_it_is_brought_up_in_order_and_says_how_it_is(kubectl: Kubectl, kent: str) -> None:
    status = kubectl.get("datanode", kent)["status"]
    held = {one["type"]: one["status"] for one in status["conditions"]}
    assert held["DatabaseReady"] == held["MigrationsApplied"] == held["Ready"] == "True"
    assert held["Degraded"] == "False"
    assert status["observedGeneration"] == 1
    assert status["readyReplicas"] == 1
    assert status["endpoints"]["api"] == f"https://{kent}.{kent}.svc"
    reasons = {
        one["reason"]
        for one in json.loads(kubectl("get", "events", "-n", "default", "-o", "json"))["items"]
        if one.get("involvedObject", {}).get("name") == kent
    }
    assert {"DatabaseStarting", "DatabaseHealthy", "Migrating", "Migrated", "Available"} <= reasons


@pytest.mark.parametrize(
    "child",
    [
        "deployment/kent-api",
        "service/kent",
        "horizontalpodautoscaler/kent-api",
        "poddisruptionbudget/kent-api",
        "configmap/kent-policies",
        "secret/kent-db-service",
    ],
)
def test_what_is_deleted_comes_back(kubectl: Kubectl, kent: str, child: str) -> None:
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    before = kubectl.get(child, "-n", kent)["metadata"]["uid"]
    kubectl("delete", child, "-n", kent, "--wait=false")
    until(lambda: uid(kubectl, child) not in ("", before), seconds=DRIFT_SECONDS)


def test_a_migration_that_is_deleted_is_made_again(kubectl: Kubectl, kent: str) -> None:
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    (job,) = kubectl("get", "job", "-n", kent, "-l", "ndsc.police.uk/datanode=kent", "-o", "name").split()
    kubectl("delete", job, "-n", kent)
    until(lambda: kubectl.get(job, "-n", kent), seconds=DRIFT_SECONDS)
    until(lambda: condition(kubectl, "MigrationsApplied")["status"] == "True", seconds=60)


@pytest.mark.parametrize(
    ("child", "path", "wrong"),
    [
        ("deployment/kent-api", "/spec/template/spec/containers/0/image", "elsewhere.example/other:1"),
        ("service/kent", "/spec/ports/0/port", 444),
        ("horizontalpodautoscaler/kent-api", "/spec/maxReplicas", 50),
        ("poddisruptionbudget/kent-api", "/spec/maxUnavailable", 5),
        ("configmap/kent-policies", "/data/floor.floor.rego", "package floor"),
        ("cluster/kent-db", "/spec/postgresql/parameters/max_connections", "20"),
    ],
)
def test_what_is_edited_is_put_right(kubectl: Kubectl, kent: str, child: str, path: str, wrong: object) -> None:
    def value() -> Any:
        found = kubectl.get(child, "-n", kent)
        for part in path.strip("/").split("/"):
            found = found[int(part)] if isinstance(found, list) else found[part]
        return found

    before = value()
    change = json.dumps([{"op": "replace", "path": path, "value": wrong}])
    kubectl("patch", child, "-n", kent, "--type=json", "-p", change)
    until(lambda: value() == before, seconds=DRIFT_SECONDS)


def test_the_autoscalers_copies_and_an_administrators_label_are_left_alone(kubectl: Kubectl, kent: str) -> None:
    kubectl("label", "deployment/kent-api", "-n", kent, "cost-centre=42", "--overwrite")
    kubectl("delete", "pdb", "kent-api", "-n", kent)  # the operator works on the node again
    until(lambda: kubectl.get("pdb", "kent-api", "-n", kent), seconds=DRIFT_SECONDS)
    deployment = kubectl.get("deployment", "kent-api", "-n", kent, "--show-managed-fields")
    assert deployment["metadata"]["labels"]["cost-centre"] == "42"
    [ours] = [one for one in deployment["metadata"]["managedFields"] if one["manager"] == "ndsc-operator"]
    assert "f:template" in ours["fieldsV1"]["f:spec"]
    assert "f:replicas" not in ours["fieldsV1"]["f:spec"]  # what is nobody's in an apply stays as it is


def test_kubectl_scales_it(kubectl: Kubectl, kent: str) -> None:
    kubectl("scale", f"datanode/{kent}", "--replicas=2")
    until(lambda: kubectl.get("hpa", "kent-api", "-n", kent)["spec"]["minReplicas"] == 2, seconds=DRIFT_SECONDS)
    until(lambda: kubectl.get("datanode", kent)["status"]["readyReplicas"] == 2, seconds=90)
    kubectl("scale", f"datanode/{kent}", "--replicas=1")


def test_a_version_that_cannot_migrate_leaves_the_one_before_serving(kubectl: Kubectl, kent: str) -> None:
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    running = kubectl.get("deployment", "kent-api", "-n", kent)["spec"]["template"]
    patch(kubectl, {"image": "ndsc.local/absent:9.9.9"})
    until(lambda: condition(kubectl, "MigrationsApplied").get("reason") == "MigrationFailed", seconds=90)
    assert kubectl.get("deployment", "kent-api", "-n", kent)["spec"]["template"] == running
    assert condition(kubectl, "Degraded")["status"] == "True"
    assert is_ready(kubectl)
    patch(kubectl, {"image": None})
    until(lambda: condition(kubectl, "MigrationsApplied")["status"] == "True", seconds=60)
    until(lambda: condition(kubectl, "Degraded")["status"] == "False", seconds=60)


def upgrade_operator(policy: str) -> None:
    """One that renders pods, database and Job otherwise, as a newer version would."""
    install(f"--set=operator.settings.imagePullPolicy={policy}")


@pytest.mark.timeout(600)
def test_a_newer_operator_restarts_nothing_until_somebody_asks(kubectl: Kubectl, kent: str) -> None:
    def pods() -> set[str]:
        return {one["metadata"]["uid"] for one in _pods(kubectl)}

    def progressing() -> str:
        return str(condition(kubectl, "Progressing").get("reason"))

    def template() -> Any:
        return kubectl.get("deployment", "kent-api", "-n", kent)["spec"]["template"]

    until(lambda: is_ready(kubectl) and progressing() == "Settled", seconds=READY_SECONDS)
    before, applied = pods(), template()
    revisions = kubectl("get", "controllerrevisions", "-n", kent, "-o", "name")
    upgrade_operator("Never")
    try:
        until(lambda: progressing() == "NewRenderingWaits", seconds=90)
        change = [{"op": "replace", "path": "/spec/template/spec/containers/1/imagePullPolicy", "value": "Always"}]
        kubectl("patch", "deployment/kent-api", "-n", kent, "--type=json", "-p", json.dumps(change))
        until(lambda: template() == applied, seconds=DRIFT_SECONDS)
        until(lambda: pods() == before, seconds=120)
        assert kubectl("get", "controllerrevisions", "-n", kent, "-o", "name") == revisions
        assert condition(kubectl, "MigrationsApplied")["status"] == "True"
        assert is_ready(kubectl)
        kubectl("rollout", "restart", "deployment/kent-api", "-n", kent)
        until(
            lambda: {one["imagePullPolicy"] for one in template()["spec"]["containers"]} == {"Never"},
            seconds=DRIFT_SECONDS,
        )
        until(lambda: is_ready(kubectl) and not before >= pods(), seconds=READY_SECONDS)
        assert kubectl.get("cluster", "kent-db", "-n", kent)["spec"]["imagePullPolicy"] != "Never"
    finally:
        upgrade_operator("IfNotPresent")


def test_asleep_it_uses_nothing_and_woken_it_has_all(kubectl: Kubectl, kent: str) -> None:
    patch(kubectl, {"hibernated": True})
    until(lambda: condition(kubectl, "Ready").get("reason") == "Hibernated", seconds=20)
    until(lambda: condition(kubectl, "Progressing")["status"] == "False", seconds=120)
    assert kubectl.get("hpa", "kent-api", "-n", kent) is None
    until(lambda: not _pods(kubectl), seconds=120)
    patch(kubectl, {"hibernated": False})
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    assert sql(kubectl, "SELECT count(*) FROM tests.kept") == "1"
    assert kubectl.get("hpa", "kent-api", "-n", kent)


def _pods(kubectl: Kubectl) -> list[Any]:
    listed = kubectl("get", "pods", "-n", CODE, "--field-selector=status.phase=Running", "-o", "json")
    found: list[Any] = json.loads(listed)["items"]
    return found


def test_a_database_that_is_deleted_by_hand_comes_back_with_its_data(kubectl: Kubectl, kent: str) -> None:
    before = kubectl.get("cluster", "kent-db", "-n", kent)["metadata"]["uid"]
    kubectl("delete", "cluster", "kent-db", "-n", kent, "--wait=false")
    until(
        lambda: (
            (kubectl.get("cluster", "kent-db", "-n", kent) or {"metadata": {"uid": before}})["metadata"]["uid"]
            != before
        )
    )
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    assert sql(kubectl, "SELECT count(*) FROM tests.kept") == "1"


def test_a_node_that_is_deleted_by_mistake_is_applied_again_with_its_data(kubectl: Kubectl, kent: str) -> None:
    volume = kubectl.get("pvc", "kent-db-1", "-n", kent)["metadata"]["uid"]
    kubectl("delete", "datanode", kent)
    until(lambda: kubectl.get("deployment", "kent-api", "-n", kent) is None, seconds=DRIFT_SECONDS)
    until(lambda: kubectl.get("service", kent, "-n", kent) is None, seconds=DRIFT_SECONDS)
    until(lambda: not _pods(kubectl), seconds=120)
    assert kubectl.get("pvc", "kent-db-1", "-n", kent)["metadata"]["uid"] == volume
    assert kubectl.apply(node()).returncode == 0
    until(lambda: is_ready(kubectl), seconds=READY_SECONDS)
    assert sql(kubectl, "SELECT count(*) FROM tests.kept") == "1"


def test_an_outside_database_is_used_by_one_node_and_its_secret_is_asked_for(kubectl: Kubectl, kent: str) -> None:
    for role in ("outside_owner", "outside_service"):
        sql(kubectl, f"CREATE ROLE {role} LOGIN PASSWORD 'word'")
    sql(kubectl, "CREATE DATABASE outside OWNER outside_owner")
    outside = {"mode": "external", "urlSecretRef": {"name": "outside"}}
    assert kubectl.apply(node("kent-outside", database=outside)).returncode == 0

    def reason(name: str = "kent-outside") -> str:
        return str(condition(kubectl, "DatabaseReady", name).get("reason"))

    def secret(service: str) -> None:
        made = kubectl(
            *("create", "secret", "generic", "outside", "-n", kent, "--dry-run=client", "-o", "json"),
            f"--from-literal=url={service}",
            "--from-literal=owner-url=postgresql://outside_owner:word@kent-db-rw/outside",
        )
        kubectl("apply", "-f", "-", input_=made)

    until(lambda: reason() == "DatabaseSecretMissing", seconds=20)
    assert "kubectl create secret" in condition(kubectl, "DatabaseReady", "kent-outside")["message"]
    secret("kent-db-rw")
    until(lambda: reason() == "DatabaseSecretMalformed", seconds=30)
    secret("postgresql://outside_service:word@kent-db-rw/outside")
    until(lambda: is_ready(kubectl, "kent-outside"), seconds=READY_SECONDS)
    assert kubectl.apply(node("kent-second", database=outside)).returncode == 0
    until(lambda: reason("kent-second") == "DatabaseShared", seconds=20)
    kubectl("delete", "datanode", "kent-outside", "kent-second")


def test_a_node_in_anothers_namespace_or_of_no_force_is_refused_and_says_why(kubectl: Kubectl, kent: str) -> None:
    assert kubectl.apply(node("stray", namespace="kube-public")).returncode == 0
    until(lambda: condition(kubectl, "Ready", "stray", "kube-public").get("reason") == "WrongNamespace")
    nobodys = node("nobodys")
    nobodys["spec"]["force"] = "surrey-nobody"
    assert kubectl.apply(nobodys).returncode == 0
    until(lambda: condition(kubectl, "Ready", "nobodys").get("reason") == "ForceMissing")
    kubectl("delete", "datanode", "stray", "-n", "kube-public")
    kubectl("delete", "datanode", "nobodys")
