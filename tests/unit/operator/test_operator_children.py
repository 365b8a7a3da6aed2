"""What the operator makes of a manifest: golden files, and what holds of every child of any manifest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.loader import load_text
from ndsc_operator.children.common import FORCE_LABEL, MANAGER
from ndsc_operator.plan import Situation, force_steps, node_steps
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings

GOLDEN = Path(__file__).parents[2] / "golden" / "operator"
CASES = sorted(GOLDEN.glob("*.in.yaml"))
Object = dict[str, Any]
SETTINGS = Settings(image="registry.example/ndsc:1.2.3")


def children(text: str) -> list[Object]:
    found: list[Object] = []
    for manifest in load_text(text):
        if isinstance(manifest, Force):
            found += [child for step in force_steps(manifest, SETTINGS) for child in step.children]
        if isinstance(manifest, DataNode):
            steps = node_steps(manifest, SETTINGS, Situation(monitored=True))
            found += [child for step in steps for child in step.children]
    return [without_rules(child) for child in found]


def without_rules(child: Object) -> Object:
    """The texts of rules are golden elsewhere."""
    return child | {"data": dict.fromkeys(child["data"], "")} if child["kind"] == "ConfigMap" else child


def pods(child: Object) -> Iterator[Object]:
    if child["kind"] in {"Deployment", "Job"}:
        yield child["spec"]["template"]["spec"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removesuffix(".in.yaml"))
def test_a_manifest_gives_these_children(case: Path) -> None:
    expected = list(yaml.safe_load_all(case.with_name(case.name.replace(".in.", ".out.")).read_text()))
    assert children(case.read_text()) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removesuffix(".in.yaml"))
def test_every_child_says_whose_it_is_and_no_two_are_the_same(case: Path) -> None:
    made = children(case.read_text())
    for child in made:
        labels = child["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == MANAGER
        assert labels[FORCE_LABEL]
    assert len({Ref.of(child) for child in made}) == len(made)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removesuffix(".in.yaml"))
def test_every_container_is_held_to_the_restricted_level_and_writes_to_no_root(case: Path) -> None:
    for pod in (pod for child in children(case.read_text()) for pod in pods(child)):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            its = container["securityContext"]
            assert its["readOnlyRootFilesystem"] is True
            assert its["allowPrivilegeEscalation"] is False
            assert its["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.removesuffix(".in.yaml"))
def test_no_right_is_given_by_a_star(case: Path) -> None:
    for child in children(case.read_text()):
        for rule in child.get("rules", ()):
            assert "*" not in (*rule["verbs"], *rule["resources"], *rule["apiGroups"])


def test_a_node_that_sleeps_runs_nothing_and_keeps_its_database() -> None:
    text = (GOLDEN / "asleep.in.yaml").read_text()
    made = {child["kind"]: child for child in children(text)}
    assert made["Deployment"]["spec"]["replicas"] == 0
    assert "HorizontalPodAutoscaler" not in made
    assert made["Cluster"]["metadata"]["annotations"]["cnpg.io/hibernation"] == "on"


def test_how_many_copies_run_is_the_autoscalers_alone() -> None:
    made = {child["kind"]: child for child in children((GOLDEN / "plain.in.yaml").read_text())}
    assert "replicas" not in made["Deployment"]["spec"]


def test_an_outside_database_is_reached_by_its_secret_and_not_made() -> None:
    made = children((GOLDEN / "external.in.yaml").read_text())
    assert "Cluster" not in {child["kind"] for child in made}
    for pod in (pod for child in made for pod in pods(child)):
        (url,) = (one for one in pod["containers"][0]["env"] if one["name"] == "NDSC_DATABASE_URL")
        key = {"api": "dsn", "migrate": "owner-url"}[pod["containers"][0]["name"]]
        assert url["valueFrom"]["secretKeyRef"] == {"name": "database", "key": key}


def template(settings: Settings, running: str) -> Object:
    (node,) = (one for one in load_text((GOLDEN / "plain.in.yaml").read_text()) if isinstance(one, DataNode))
    steps = node_steps(node, settings, Situation(running_image=running))
    (made,) = (child for step in steps for child in step.children if child["kind"] == "Deployment")
    found: Object = made["spec"]["template"]
    return found


def test_a_new_version_of_the_operator_starts_no_pod_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = template(SETTINGS, "")
    monkeypatch.setattr("ndsc.__version__", "9.9.9")
    assert template(Settings(image=SETTINGS.image), "") == before
    assert template(Settings(image="registry.example/ndsc:9.9.9"), SETTINGS.image) == before


def test_a_platform_that_names_a_version_brings_every_node_that_names_none_to_it() -> None:
    named = template(Settings(image=SETTINGS.image, version="1.3.0"), SETTINGS.image)
    assert named["spec"]["containers"][0]["image"] == "registry.example/ndsc:1.3.0"
