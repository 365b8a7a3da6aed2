"""The custom resource definitions on a real API server: it judges, fills in and explains as the embedded network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.cluster import ROOT, Kubectl
from tests.rule_cases import BASES, CHANGE_CASES, STATE_CASES, changed

from ndsc.resources.base import Manifest
from ndsc.resources.errors import ManifestError
from ndsc.resources.fields import field_at
from ndsc.resources.kinds import KINDS
from ndsc.resources.loader import load_paths
from ndsc.resources.rules import RULES
from ndsc.resources.validation import check_change, parse_manifest

SHIPPED = ROOT / "platform" / "ndsc" / "embedded" / "manifests"
pytestmark = pytest.mark.usefixtures("definitions")


@pytest.fixture(autouse=True)
def swept(kubectl: Kubectl) -> Iterator[None]:
    """What a test applied goes with it."""
    yield
    for manifest in BASES.values():
        kubectl("delete", manifest["kind"].lower(), manifest["metadata"]["name"], "--ignore-not-found")


@pytest.mark.parametrize(("kind", "index", "good", "bad"), STATE_CASES)
def test_the_server_accepts_and_refuses_as_embedded_and_in_the_same_words(
    kubectl: Kubectl, kind: str, index: int, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    accepted = kubectl.apply(changed(kind, good), "--dry-run=server")
    assert accepted.returncode == 0, accepted.stderr
    refused = kubectl.apply(changed(kind, bad), "--dry-run=server")
    assert refused.returncode == 1
    assert RULES[kind][index].message in refused.stderr
    with pytest.raises(ManifestError) as caught:
        parse_manifest(changed(kind, bad))
    assert all(problem.message in refused.stderr for problem in caught.value.problems)


@pytest.mark.parametrize(("kind", "index", "before", "good", "bad"), CHANGE_CASES)
def test_the_server_judges_changes_as_embedded(
    kubectl: Kubectl, kind: str, index: int, before: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    assert kubectl.apply(changed(kind, before)).returncode == 0
    accepted = kubectl.apply(changed(kind, good), "--dry-run=server")
    assert accepted.returncode == 0, accepted.stderr
    wrong = changed(kind, {path: value for path, value in bad.items() if path != "metadata.name"})
    refused = kubectl.apply(wrong, "--dry-run=server")
    assert refused.returncode == 1
    assert RULES[kind][index].message in refused.stderr
    with pytest.raises(ManifestError):
        check_change(parse_manifest(changed(kind, bad)), parse_manifest(changed(kind, before)))


@pytest.mark.parametrize("manifest", load_paths([SHIPPED]), ids=lambda manifest: f"{manifest.kind}-{manifest.name}")
def test_the_server_fills_in_the_same_defaults(kubectl: Kubectl, manifest: Manifest) -> None:
    """A manifest written with nothing but what it must say is stored with the values that the embedded network uses."""
    least = manifest.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"status"})
    least |= {"apiVersion": manifest.api_version, "kind": manifest.kind}
    done = kubectl.apply(least, "--dry-run=server", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["spec"] == manifest.dump()["spec"]


@pytest.mark.parametrize("kind", list(BASES))
def test_an_unknown_field_is_a_mistake(kubectl: Kubectl, kind: str) -> None:
    refused = kubectl.apply(changed(kind, {"spec.colour": "blue"}), "--dry-run=server")
    assert refused.returncode == 1
    assert "colour" in refused.stderr


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Force", {"spec.code": "Not A Code"}),
        ("Force", {"spec.name": "x" * 5000}),
        ("Force", {"spec.country": "FR"}),
        ("Force", {"spec.quota": {"cpu": "-1"}}),
        ("DataNode", {"spec.replicas": {"min": 0}}),
        ("DataNode", {"spec.replicas": "many"}),
        ("DataNode", {"spec.database": {"instances": 10_000}}),
        ("DataSharingAgreement", {"spec.parties": [{"force": "kent"}]}),
        ("DataSharingAgreement", {"spec.startsOn": "yesterday"}),
        ("DataSharingAgreement", {"spec.startsOn": "2026-02-30"}),
        ("DataSharingAgreement", {"spec.purposes": ["curiosity"]}),
    ],
)
def test_a_field_that_is_wrong_by_itself_is_refused_by_both(
    kubectl: Kubectl, kind: str, change: dict[str, Any]
) -> None:
    refused = kubectl.apply(changed(kind, change), "--dry-run=server")
    assert refused.returncode == 1, refused.stdout
    with pytest.raises(ManifestError):
        parse_manifest(changed(kind, change))


@pytest.mark.parametrize("kind", list(KINDS))
def test_explain_tells_every_field_of_a_spec_in_the_same_words(kubectl: Kubectl, kind: str) -> None:
    told = " ".join(kubectl("explain", f"{kind.lower()}.spec", "--recursive=false").split())
    for field in field_at(KINDS[kind], ["spec"]).children:
        assert field.name in told
        assert field.description in told


def test_get_prints_what_answers_whether_all_is_well(kubectl: Kubectl) -> None:
    for manifest in BASES.values():
        assert kubectl.apply(manifest).returncode == 0
    listed = kubectl("get", "ndsc", "-A")
    assert all(f"{manifest['kind'].lower()}.ndsc.police.uk/" in listed for manifest in BASES.values())
    assert "READY" in kubectl("get", "fc")
    assert "READY" in kubectl("get", "dn")
    assert "SIGNED" in kubectl("get", "dsa")


def test_a_node_is_scaled_by_kubectl(kubectl: Kubectl) -> None:
    kubectl.apply(BASES["DataNode"])
    kubectl("scale", "datanode/kent", "--replicas=2")
    assert kubectl.get("datanode", "kent")["spec"]["replicas"]["min"] == 2
    refused = kubectl.tried("scale", "datanode/kent", "--replicas=50")
    assert "replicas.min must not be above replicas.max" in refused.stderr
