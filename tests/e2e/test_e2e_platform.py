"""The platform's chart on a real cluster: well after install, the same keys after upgrade and rollback, data kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.e2e.cluster import ROOT, Kubectl, helm, helm_tried, install, until

PARTS = ("hub", "evaluator", "registry", "gateway")
KEYS = ("index-keys", "pepper", "evaluator-db-service", "registry-db-service", "gateway-db-service")
BEFORE = ROOT / "tests" / "golden" / "charts" / "ndsc-0.1.0.tgz"
"""The chart of the version before, as it was packaged."""
VERSION = yaml.safe_load((ROOT / "charts" / "ndsc" / "Chart.yaml").read_text())["version"]
DATABASES = ("evaluator-db", "registry-db", "gateway-db")


def replicas(kubectl: Kubectl, where: str, part: str) -> int:
    """How many copies of a part are ready, when all that are wanted are."""
    status = kubectl.get("deployment", part, "-n", where)["status"]
    return int(status.get("readyReplicas", 0)) if not status.get("unavailableReplicas") else 0


def identities(kubectl: Kubectl, where: str) -> dict[str, Any]:
    """What must stay as it is: the keys by content, the databases and their volumes by identity."""
    keys = {name: kubectl.get("secret", name, "-n", where)["data"] for name in KEYS}
    volumes = json.loads(kubectl("get", "pvc", "-n", where, "-o", "json"))["items"]
    return {
        **keys,
        **{name: kubectl.get("cluster", name, "-n", where)["metadata"]["uid"] for name in DATABASES},
        **{one["metadata"]["name"]: one["metadata"]["uid"] for one in volumes},
    }


def test_every_part_is_ready_and_the_gateway_refuses_strangers(kubectl: Kubectl, platform: str) -> None:
    assert all(replicas(kubectl, platform, part) == 1 for part in PARTS)
    said = helm("test", "ndsc", "--namespace", platform, "--logs", "--timeout=60s")
    assert "Phase:          Succeeded" in said
    assert said.count("well:") == len(PARTS) + 1


def test_nothing_that_made_the_keys_may_still_make_secrets(kubectl: Kubectl, platform: str) -> None:
    assert kubectl.get("role", "platform-keys", "-n", platform) is None
    assert kubectl.get("serviceaccount", "platform-keys", "-n", platform) is None


@pytest.mark.parametrize("part", PARTS)
def test_a_part_may_ask_the_api_server_for_nothing_but_what_the_hub_tells(
    kubectl: Kubectl, platform: str, part: str
) -> None:
    acting = kubectl.acting_as(f"system:serviceaccount:{platform}:{part}")

    def may(*what: str) -> bool:
        return acting.tried("auth", "can-i", *what).stdout.strip() == "yes"

    assert may("list", "forces.ndsc.police.uk") is (part == "hub")
    assert not may("patch", "forces.ndsc.police.uk")
    assert not may("get", "secrets", "-n", platform)
    assert not may("list", "pods", "-A")


def test_an_upgrade_and_its_rollback_leave_keys_and_data_alone(kubectl: Kubectl, platform: str) -> None:
    before = identities(kubectl, platform)
    install("--set", "gateway.replicas=2", seconds=180)
    assert replicas(kubectl, platform, "gateway") == 2
    assert identities(kubectl, platform) == before
    helm("rollback", "ndsc", "--namespace", platform, "--wait", "--timeout=180s")
    until(lambda: replicas(kubectl, platform, "gateway") == 1, seconds=60)
    assert identities(kubectl, platform) == before


def test_an_upgrade_to_an_image_that_is_not_there_stops_before_it_touches_a_part(
    kubectl: Kubectl, platform: str
) -> None:
    chart = ("upgrade", "ndsc", "charts/ndsc", "--namespace", platform, "--reset-then-reuse-values")
    failed = helm_tried(*chart, "--set", "image.tag=never-built", "--wait", "--timeout=20s")
    assert failed.returncode != 0
    assert all(replicas(kubectl, platform, part) == 1 for part in PARTS)
    helm("rollback", "ndsc", "--namespace", platform, "--wait", "--timeout=120s")
    assert all(replicas(kubectl, platform, part) == 1 for part in PARTS)


def test_a_lost_key_stops_an_upgrade_until_it_is_restored(kubectl: Kubectl, platform: str) -> None:
    kept = kubectl.get("secret", "pepper", "-n", platform)
    restored = {key: kept[key] for key in ("apiVersion", "kind", "type", "data")}
    kubectl("delete", "secret", "pepper", "-n", platform)
    try:
        chart = ("upgrade", "ndsc", "charts/ndsc", "--namespace", platform, "--reset-then-reuse-values")
        refused = helm_tried(*chart, "--wait", "--timeout=90s")
        assert refused.returncode != 0
        assert "pre-upgrade" in refused.stderr
        # A pod of an image that is not there, which the test before left, has no logs.
        of_keys = ("-l", "app.kubernetes.io/component=platform-keys", "--ignore-errors")
        said = kubectl("logs", "-n", platform, *of_keys)
        assert "the Secret pepper is not" in " ".join(said.split())
        assert kubectl.get("secret", "pepper", "-n", platform) is None
    finally:
        kubectl.apply(restored | {"metadata": {"name": "pepper", "namespace": platform}})
    install(seconds=120)
    assert kubectl.get("secret", "pepper", "-n", platform)["data"] == kept["data"]


@pytest.fixture
def installed_again() -> Iterator[None]:
    """What a test took away is there again for those after it."""
    yield
    install("--set", "centralServices.enabled=true", seconds=200)


def chart(kubectl: Kubectl, where: str) -> str:
    """The chart, with its version, that everything of a part comes from."""
    return str(kubectl.get("deployment", "gateway", "-n", where)["metadata"]["labels"]["helm.sh/chart"])


def test_uninstalling_keeps_the_data_and_the_chart_before_takes_it_up(kubectl: Kubectl, platform: str) -> None:
    before = identities(kubectl, platform)
    helm("uninstall", "ndsc", "--namespace", platform, "--wait", "--timeout=120s")
    assert json.loads(kubectl("get", "deployments", "-n", platform, "-o", "json"))["items"] == []
    assert identities(kubectl, platform) == before
    helm("install", "ndsc", str(BEFORE), "--namespace", platform, "--wait", "--timeout=200s", seconds=260)
    assert identities(kubectl, platform) == before
    assert all(replicas(kubectl, platform, part) == 1 for part in PARTS)


def test_the_chart_before_is_upgraded_to_this_one(kubectl: Kubectl, platform: str, installed_again: None) -> None:
    """By the image of today: of the images before there is none to be had. The parts stay up, keys and data as well."""
    if chart(kubectl, platform) != BEFORE.stem:
        helm("upgrade", "ndsc", str(BEFORE), "--namespace", platform, "--wait", "--timeout=200s", seconds=260)
    before = identities(kubectl, platform)
    install(seconds=200)
    assert chart(kubectl, platform) == f"ndsc-{VERSION}" != BEFORE.stem
    assert all(replicas(kubectl, platform, part) == 1 for part in PARTS)
    assert identities(kubectl, platform) == before
    assert "Phase:          Succeeded" in helm("test", "ndsc", "--namespace", platform, "--timeout=60s")
