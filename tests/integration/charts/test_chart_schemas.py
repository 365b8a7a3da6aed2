"""What the charts render, and the shipped manifests, fit the schemas of the Kubernetes that the project is tested on.

kubeconform reads schemas made from the API server's own description, and those of custom resources from their
definitions: nothing is fetched. Needs what `make cluster` builds.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from tests import schemas
from tests.helming import CHART, Helm, tool

from ndsc.resources.loader import load_paths
from ndsc_cluster.builds import module_folder, version
from ndsc_cluster.commands import CommandError

ROOT = CHART.parents[1]
Conform = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def conform(tmp_path_factory: pytest.TempPathFactory) -> Conform:
    program = tool("kwok", "kubeconform")
    if program is None:
        pytest.skip("kubeconform is not here: `make cluster` builds it")
    try:
        kubernetes = module_folder("kubernetes", "k8s.io/kubernetes")
        postgresql = module_folder("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg")
        its = version("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg").removeprefix("v")
    except CommandError as error:
        pytest.skip(f"the modules that hold the schemas are not here: {error}")
    folder = tmp_path_factory.mktemp("schemas")
    custom = [*(ROOT / "charts" / "ndsc-crds" / "templates").glob("*.yaml")]
    swagger = kubernetes / "api" / "openapi-spec" / "swagger.json"
    schemas.write(folder, swagger, [*custom, postgresql / "releases" / f"cnpg-{its}.yaml"])
    words = [program, "-strict", "-summary", "-schema-location", str(folder / schemas.LOCATION)]

    def run(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, input=text, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--set", "centralServices.enabled=false"),
        ("--set", "networkPolicy.enabled=false", "--set", "databases.storageClass=fast"),
        ("--set-json", 'gateway.allowFrom=[{"ipBlock":{"cidr":"10.0.0.0/8"}}]'),
    ],
)
def test_the_chart_conforms(helm: Helm, conform: Conform, options: tuple[str, ...]) -> None:
    done = conform(helm("template", "ndsc", str(CHART), "--namespace", "ndsc-system", *options))
    assert done.returncode == 0, done.stdout
    assert "Skipped: 0" in done.stdout


def test_the_definitions_conform(helm: Helm, conform: Conform) -> None:
    done = conform(helm("template", "ndsc-crds", str(CHART.parent / "ndsc-crds")))
    assert done.returncode == 0, done.stdout


def test_the_shipped_manifests_conform(conform: Conform) -> None:
    folder = ROOT / "platform" / "ndsc" / "embedded" / "manifests"
    done = conform("\n---\n".join(path.read_text() for path in sorted(folder.glob("*.yaml"))))
    assert done.returncode == 0, done.stdout
    assert f"{len(load_paths([folder]))} resources found" in done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("replicas: 1", "replicas: one"),
        ("revisionHistoryLimit", "revisionHistoryLimits"),
        ("instances: 1", "instances: lots"),
        ("maxUnavailable: 1", "maxUnavailable: {}"),
    ],
)
def test_what_does_not_fit_is_found(helm: Helm, conform: Conform, right: str, wrong: str) -> None:
    text = helm("template", "ndsc", str(CHART))
    assert right in text
    assert conform(text.replace(right, wrong)).returncode == 1
