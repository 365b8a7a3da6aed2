"""What a data node needs and is not given: a quota with room in it, a Secret that names a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.cluster import Kubectl, until
from tests.e2e.test_e2e_bad_input import operator_state
from tests.e2e.test_e2e_tenancy import force

NARROW, OUTSIDE = "bedfordshire", "gloucestershire"
PASSWORD = "hunter2-of-nobody"
SOON_SECONDS, ROOM_SECONDS = 60, 180

pytestmark = pytest.mark.timeout(400)


def node(code: str, name: str, **database: Any) -> dict[str, Any]:
    return {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataNode",
        "metadata": {"name": name, "namespace": code},
        "spec": {"force": code, "database": database},
    }


def secret(**data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "database", "namespace": OUTSIDE},
        "stringData": {key.replace("_", "-"): value for key, value in data.items()},
    }


def applied(kubectl: Kubectl, *manifests: dict[str, Any]) -> None:
    for one in manifests:
        done = kubectl.apply(one)
        assert done.returncode == 0, done.stderr


def condition(kubectl: Kubectl, code: str, name: str, type_: str = "DatabaseReady") -> dict[str, Any]:
    status = kubectl.get("datanode", name, "-n", code).get("status", {})
    found: dict[str, Any] = next((one for one in status.get("conditions", ()) if one["type"] == type_), {})
    return found


def until_reason(
    kubectl: Kubectl, code: str, name: str, reason: str, type_: str = "DatabaseReady", *, seconds: float = SOON_SECONDS
) -> str:
    """Wait for a condition to say it; the message."""
    until(lambda: condition(kubectl, code, name, type_).get("reason") == reason, seconds=seconds)
    return str(condition(kubectl, code, name, type_)["message"])


@pytest.fixture
def narrow(kubectl: Kubectl, platform: str) -> Iterator[str]:
    """A force whose quota has no room for a database."""
    applied(kubectl, force(NARROW, quota={"cpu": "1", "memory": "512Mi"}))
    kubectl("wait", "--for=condition=Ready", f"force/{NARROW}", "--timeout=60s")
    yield NARROW
    gone(kubectl, NARROW)


@pytest.fixture
def outside(kubectl: Kubectl, platform: str) -> Iterator[str]:
    """A force that has a PostgreSQL of its own."""
    applied(kubectl, force(OUTSIDE))
    kubectl("wait", "--for=condition=Ready", f"force/{OUTSIDE}", "--timeout=60s")
    yield OUTSIDE
    gone(kubectl, OUTSIDE)


def gone(kubectl: Kubectl, code: str) -> None:
    kubectl("delete", "datanodes", "--all", "-n", code, "--timeout=50s")
    kubectl("delete", "force", code, "--timeout=50s")


def test_a_node_beyond_its_force_s_quota_says_of_what_there_is_too_little_and_goes_on_when_there_is_more(
    kubectl: Kubectl, platform: str, narrow: str
) -> None:
    before = operator_state(kubectl, platform)
    applied(kubectl, node(narrow, "records", storage="1Gi"))
    said = until_reason(kubectl, narrow, "records", "DatabaseBeyondQuota")
    assert "limits.memory 1Gi asked for" in said
    assert "of 512Mi in use" in said
    assert "spec.quota" in said, "what to do about it"
    assert condition(kubectl, narrow, "records", "Ready")["reason"] == "DatabaseBeyondQuota"
    kubectl("wait", "--for=condition=Ready", f"force/{narrow}", "--timeout=5s")
    applied(
        kubectl, force(narrow, quota={"cpu": "2", "memory": "1200Mi"})
    )  # for the database, and for nothing beside it
    until_reason(kubectl, narrow, "records", "DatabaseHealthy", seconds=ROOM_SECONDS)
    said = until_reason(kubectl, narrow, "records", "MigrationBeyondQuota", "MigrationsApplied")
    assert "limits.memory 512Mi asked for, 1Gi of 1200Mi in use" in said
    applied(kubectl, force(narrow, quota={"cpu": "2", "memory": "4Gi"}))
    until_reason(kubectl, narrow, "records", "Migrated", "MigrationsApplied", seconds=ROOM_SECONDS)
    assert operator_state(kubectl, platform) == before


def test_a_secret_that_is_missing_or_malformed_is_said_so_and_no_word_of_it_told(
    kubectl: Kubectl, platform: str, outside: str
) -> None:
    before = operator_state(kubectl, platform)
    applied(kubectl, node(outside, "records", mode="external", urlSecretRef={"name": "database"}))
    assert "Secret database, key url: there is none" in until_reason(
        kubectl, outside, "records", "DatabaseSecretMissing"
    )
    service = f"postgresql://service:{PASSWORD}@db.example.test/records"
    applied(kubectl, secret(url=f"mysql://service:{PASSWORD}@db.example.test/records", owner_url=service))
    said = until_reason(kubectl, outside, "records", "DatabaseSecretMalformed")
    assert "the scheme postgresql" in said
    applied(kubectl, secret(url=service, owner_url=service))
    until(lambda: "one role" in condition(kubectl, outside, "records")["message"], seconds=SOON_SECONDS)
    applied(kubectl, secret(url=service, owner_url=service.replace("//service", "//owner")))
    until_reason(kubectl, outside, "records", "DatabaseNamed")
    told = kubectl("get", "datanodes,events,jobs,deployments", "-n", outside, "-o", "json")
    logged = kubectl("logs", "-n", platform, "-l", "app.kubernetes.io/name=ndsc-operator", "--tail=-1")
    assert PASSWORD not in told
    assert PASSWORD not in logged
    assert operator_state(kubectl, platform) == before
