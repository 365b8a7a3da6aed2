"""Manifests that are wrong in every field, absurd in size, or without their definitions: refused, or told."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.e2e.api_server import connected
from tests.e2e.cluster import Kubectl, define, until
from tests.e2e.test_e2e_tenancy import force
from tests.rule_cases import BASES, changed

Schema = dict[str, Any]
Steps = tuple[str | int, ...]

PLURALS = {"Force": "forces", "DataNode": "datanodes", "DataSharingAgreement": "datasharingagreements"}
UNNAMED = "colour"
WRONG_TYPE = {"string": 7, "integer": "seven", "number": "seven", "boolean": "yes", "array": "one", "object": "one"}


@pytest.fixture(scope="module")
def server(definitions: None) -> Iterator[httpx.Client]:
    with connected() as client:
        yield client


def path_of(kind: str) -> str:
    namespaced = "/namespaces/default" if kind == "DataNode" else ""
    return f"/apis/ndsc.police.uk/v1alpha1{namespaced}/{PLURALS[kind]}"


def tried(server: httpx.Client, kind: str, manifest: dict[str, Any]) -> httpx.Response:
    """A creation that is judged and not done."""
    return server.post(path_of(kind), params={"dryRun": "All", "fieldValidation": "Strict"}, json=manifest)


def fields(schema: Schema, steps: Steps = ("spec",)) -> Iterator[tuple[Steps, Schema]]:
    """Every field of a schema, and every item of its lists."""
    yield steps, schema
    for name, below in schema.get("properties", {}).items():
        yield from fields(below, (*steps, name))
    if "items" in schema:
        yield from fields(schema["items"], (*steps, 0))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from fields(schema["additionalProperties"], (*steps, "key"))


def wrong_values(schema: Schema) -> Iterator[Any]:
    """One value for each thing that the schema asks of it."""
    kind = schema.get("type", "")
    if kind and not schema.get("x-kubernetes-int-or-string"):
        yield WRONG_TYPE[kind]
    if "enum" in schema:
        yield "none-such"
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("minLength"):
        yield ""
    if "pattern" in schema:
        yield " !\n"
    if schema.get("format") in {"date", "date-time"}:
        yield "2026-02-30"
    if "maxItems" in schema:
        yield [f"item-{number}" for number in range(schema["maxItems"] + 1)]


def with_value(kind: str, steps: Steps, value: object) -> dict[str, Any]:
    """The kind's plain manifest, with that value there."""
    manifest = changed(kind, {})
    below: Any = manifest
    for step, following in itertools.pairwise(steps):
        empty: Any = [None] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not below[step]:
                below[step] = empty
        elif not below.get(step):
            below[step] = empty
        below = below[step]
    below[steps[-1]] = value
    return manifest


def dotted(steps: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def spec_schema(kubectl: Kubectl, kind: str) -> Schema:
    found = kubectl.get("crd", f"{PLURALS[kind]}.ndsc.police.uk")
    schema: Schema = found["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema


@pytest.mark.parametrize("kind", list(BASES))
def test_each_field_that_is_wrong_is_refused_by_its_name(kubectl: Kubectl, server: httpx.Client, kind: str) -> None:
    passed, unclear, judged = [], [], 0
    for steps, schema in fields(spec_schema(kubectl, kind)):
        for value in wrong_values(schema):
            judged += 1
            answer = tried(server, kind, with_value(kind, steps, value))
            case = (dotted(steps), str(value)[:30])
            if answer.status_code < 400:
                passed.append(case)
            elif dotted(steps) not in answer.json()["message"]:
                unclear.append((*case, answer.json()["message"][:300]))
    assert judged > 20
    assert passed == []
    assert unclear == []


@pytest.mark.parametrize("kind", list(BASES))
def test_a_field_that_is_not_there_is_refused_by_its_name_at_every_level(
    kubectl: Kubectl, server: httpx.Client, kind: str
) -> None:
    unclear = []
    for steps, schema in fields(spec_schema(kubectl, kind)):
        if "properties" in schema:
            answer = tried(server, kind, with_value(kind, (*steps, UNNAMED), "blue"))
            if f'unknown field "{dotted((*steps, UNNAMED))}"' not in answer.text.replace('\\"', '"'):
                unclear.append((dotted(steps), answer.text[:300]))
    assert unclear == []


@pytest.mark.parametrize("kind", list(BASES))
def test_a_field_that_must_be_there_is_asked_for_by_its_name(kubectl: Kubectl, server: httpx.Client, kind: str) -> None:
    required = spec_schema(kubectl, kind).get("required", [])
    assert required
    for name in required:
        manifest = changed(kind, {})
        del manifest["spec"][name]
        answer = tried(server, kind, manifest)
        assert answer.status_code == 422
        assert f"spec.{name}: Required value" in answer.json()["message"]


@pytest.mark.parametrize("megabytes", [1, 4, 16])
def test_a_manifest_of_an_absurd_size_is_refused(server: httpx.Client, megabytes: int) -> None:
    heavy = changed("Force", {"metadata.annotations": {"example.org/note": "x" * (megabytes << 20)}})
    assert tried(server, "Force", heavy).status_code in {400, 413, 422}
    long = changed(
        "Force", {"spec.contacts": [{"role": "technical", "email": "it@kent.example"}] * (megabytes * 10_000)}
    )
    assert tried(server, "Force", long).status_code in {400, 413, 422}


def test_names_that_differ_by_their_case_do_not_both_exist(server: httpx.Client) -> None:
    """A name has no capitals, so that Kent is never a second kent."""
    for name in ("Kent", "KENT"):
        for kind in BASES:
            answer = tried(server, kind, changed(kind, {"metadata.name": name}))
            assert answer.status_code == 422
            assert "metadata.name" in answer.json()["message"]
    answer = tried(server, "Force", changed("Force", {"spec.code": "Kent"}))
    assert "spec.code" in answer.json()["message"]


def test_what_goes_beyond_a_forces_quota_is_refused_in_its_namespace_and_the_force_stays_well(
    kubectl: Kubectl, operator: str
) -> None:
    kubectl.apply(force("rutland", quota={"cpu": "100m", "memory": "64Mi"}))
    kubectl("wait", "--for=condition=Ready", "force/rutland", "--timeout=60s")
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "large", "namespace": "rutland"},
        "spec": {
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "large",
                    "image": "any",
                    "resources": {"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    refused = kubectl.apply(pod, "--dry-run=server")
    assert refused.returncode == 1
    assert "exceeded quota" in refused.stderr
    assert "requests.memory" in refused.stderr
    kubectl("wait", "--for=condition=Ready", "force/rutland", "--timeout=5s")


def operator_state(kubectl: Kubectl, where: str) -> dict[str, int]:
    """Restarts of each of its pods."""
    listed = json.loads(kubectl("get", "pods", "-n", where, "-l", "app.kubernetes.io/name=ndsc-operator", "-o", "json"))
    return {
        pod["metadata"]["name"]: sum(one["restartCount"] for one in pod["status"].get("containerStatuses", ()))
        for pod in listed["items"]
    }


def test_the_operator_outlives_the_removal_of_its_definitions(kubectl: Kubectl, operator: str) -> None:
    """It neither crashes nor loops hot, and takes up a force once the definitions are there again."""
    kubectl.apply(force("merioneth"))
    kubectl("wait", "--for=condition=Ready", "force/merioneth", "--timeout=60s")
    before = operator_state(kubectl, operator)
    names = [f"{plural}.ndsc.police.uk" for plural in PLURALS.values()]
    kubectl("delete", "crd", *names, "--timeout=50s")
    started = time.time()
    time.sleep(15)
    said = kubectl("logs", "-n", operator, "-l", "app.kubernetes.io/name=ndsc-operator", "--since=15s", "--tail=-1")
    define()
    kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", *names)
    assert len(said.splitlines()) < 60, f"{len(said.splitlines())} lines in {time.time() - started:.0f} s"
    assert kubectl.get("namespace", "merioneth"), "what a force holds stays"
    kubectl.apply(force("radnor"))
    until(lambda: kubectl.get("namespace", "radnor"), seconds=60)
    kubectl("wait", "--for=condition=Ready", "force/radnor", "--timeout=60s")
    assert operator_state(kubectl, operator) == before
    kubectl("delete", "force", "radnor", "rutland", "--ignore-not-found", "--wait=false")
    kubectl("delete", "namespace", "radnor", "rutland", "merioneth", "--ignore-not-found", "--wait=false")
