"""The Pulumi program: what a stack declares, and in which order, for the configuration that it is given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.capturing import COMPONENT, CUSTOM, RELEASE, ROOT, Declared, Refused, captured

MANIFESTS = str(ROOT / "platform" / "ndsc" / "embedded" / "manifests")
FORCE = """
apiVersion: ndsc.police.uk/v1alpha1
kind: Force
metadata: {name: durham}
spec: {code: durham, name: Durham Constabulary}
"""
NODE = """
apiVersion: ndsc.police.uk/v1alpha1
kind: DataNode
metadata: {name: records}
spec: {force: durham}
"""


def named(declared: list[Declared], type_: str) -> dict[str, Declared]:
    return {one.name: one for one in declared if one.type == type_}


def place(declared: list[Declared], name: str) -> int:
    return next(place for place, one in enumerate(declared) if one.name == name)


def file(folder: Path, *documents: str) -> list[str]:
    path = folder / "manifests.yaml"
    path.write_text("---".join(documents))
    return [str(path)]


def test_a_stack_without_forces_is_the_platform_alone() -> None:
    declared = captured()
    assert set(named(declared, RELEASE)) == {"cloudnative-pg", "ndsc-crds", "ndsc"}
    assert not [one for one in declared if one.type.startswith(CUSTOM)]


def test_definitions_and_databases_come_before_the_platform_that_needs_them() -> None:
    declared = captured()
    assert place(declared, "ndsc") > max(
        place(declared, name) for name in ("ndsc-system", "cloudnative-pg", "ndsc-crds")
    )


def test_a_cluster_that_has_cloudnative_pg_keeps_its_own() -> None:
    assert "cloudnative-pg" not in named(captured({"cloudnativePg": {"install": False}}), RELEASE)


def test_the_releases_are_of_the_charts_of_this_repository() -> None:
    for name in ("ndsc", "ndsc-crds"):
        chart = named(captured(), RELEASE)[name].inputs["chart"]
        assert (Path(chart) / "Chart.yaml").is_file()


@pytest.mark.parametrize(
    ("platform", "image"),
    [
        ({}, {"repository": "ndsc.local/ndsc"}),
        (
            {"image": {"repository": "registry.example/ndsc", "tag": "1.2.3"}},
            {"repository": "registry.example/ndsc", "tag": "1.2.3"},
        ),
        ({"values": {"image": {"pullPolicy": "Always"}}}, {"repository": "ndsc.local/ndsc", "pullPolicy": "Always"}),
    ],
)
def test_the_image_goes_into_the_chart_s_values(platform: dict[str, Any], image: dict[str, str]) -> None:
    assert named(captured(platform), RELEASE)["ndsc"].inputs["values"]["image"] == image


def test_the_namespace_is_held_to_the_restricted_level() -> None:
    namespace = named(captured({"namespace": "sharing"}), "kubernetes:core/v1:Namespace")["sharing"]
    assert namespace.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_same_manifests_that_kubectl_takes_become_resources() -> None:
    declared = captured(manifests=[MANIFESTS])
    kinds = [one.type.removeprefix(CUSTOM) for one in declared if one.type.startswith(CUSTOM)]
    assert kinds.count("Force") == kinds.count("DataNode") == 8
    assert kinds.count("DataSharingAgreement") == 3
    assert len([one for one in declared if one.type == f"{COMPONENT}Tenant"]) == 8


def test_a_force_stands_before_its_nodes_and_agreements_come_last() -> None:
    declared = captured(manifests=[MANIFESTS])
    kinds = [one.type.removeprefix(CUSTOM) for one in declared if one.type.startswith(CUSTOM)]
    assert kinds[-3:] == ["DataSharingAgreement"] * 3
    for force in ("durham", "south-wales"):
        assert place(declared, f"force-{force}") < place(declared, f"datanode-{force}")


def test_a_node_goes_into_its_force_s_namespace_and_is_waited_for(tmp_path: Path) -> None:
    node = captured(manifests=file(tmp_path, FORCE, NODE))[-1].manifest
    assert node["metadata"]["namespace"] == "durham"
    assert node["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    assert "status" not in node


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ({"namespce": "x"}, "ndsc:platform.namespce"),
        ({"namespace": "Not A Name"}, "ndsc:platform.namespace"),
        ({"cloudnativePg": {"install": "perhaps"}}, "ndsc:platform.cloudnativePg.install"),
    ],
)
def test_a_wrong_configuration_is_named(platform: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=re.escape(said)):
        captured(platform)


def test_a_wrong_manifest_is_refused_before_anything_is_declared(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"spec\.code"):
        captured(manifests=file(tmp_path, FORCE.replace("code: durham", "code: Not A Code")))


def test_a_node_without_its_force_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="DataNode of durham"):
        captured(manifests=file(tmp_path, NODE))
