"""`kubectl ndsc`: what people who look after the estate see of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.cluster import Kubectl, until
from tests.e2e.test_e2e_tenancy import force

from ndsc.resources.jwk import PublicKey
from ndsc.trust.keys import SigningKey

_PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def plugin(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, as kubectl finds it."""
    return subprocess.run(
        ["kubectl", "ndsc", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PATH": _PATH},
    )


def test_kubectl_finds_it(kubectl: Kubectl) -> None:
    assert "tree" in plugin("--help").stdout


def test_status_names_each_force_and_whether_it_is_well(kubectl: Kubectl, operator: str) -> None:
    kubectl.apply(force("gwent"))
    kubectl("wait", "--for=condition=Ready", "force/gwent", "--timeout=30s")
    listed = {one["name"]: one for one in json.loads(plugin("status", "-o", "json").stdout)}
    assert listed["gwent"]["well"] is True
    assert "gwent" in plugin("status").stdout


def test_the_tree_shows_what_is_wrong_and_where(kubectl: Kubectl, operator: str) -> None:
    kubectl.apply(force("gwent"))
    kubectl("wait", "--for=condition=Ready", "force/gwent", "--timeout=30s")
    broken = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "stuck", "namespace": "gwent", "labels": {"ndsc.police.uk/force": "gwent"}},
        "spec": {
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "api",
                    "image": "ndsc.local/no-such-image:0",
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    assert kubectl.apply(broken).returncode == 0
    try:
        until(lambda: "✗ Pod stuck" in plugin("tree", "gwent").stdout, seconds=60)  # at first it is being created
        seen = plugin("tree", "gwent")
        assert seen.returncode == 1
        assert "Image" in seen.stdout
    finally:
        kubectl("delete", "pod", "stuck", "-n", "gwent", "--grace-period=0", "--force")


def test_a_force_that_is_not_there_is_said_to_be_so(kubectl: Kubectl, operator: str) -> None:
    answer = plugin("tree", "atlantis")
    assert answer.returncode == 1
    assert "there is no force atlantis" in answer.stderr
    assert "kubectl get forces" in answer.stderr


@pytest.fixture
def issuer(kubectl: Kubectl, operator: str, tmp_path: Path) -> Path:
    """The key that signs in officers of a force, which names it."""
    file = tmp_path / "gwent.pem"
    key = SigningKey.generate()
    key.save(file)
    provider = {"issuer": "https://sign-in.test.example", "keys": [PublicKey.of(key.public).model_dump()]}
    assert kubectl.apply(force("gwent", identityProvider=provider)).returncode == 0
    return file


ASKED = ("search", "person", "Siân Llewellyn-Price", "--born", "1987-03-09", "--reason", "named by a witness")


def test_an_officer_searches_through_the_gateway_s_service(kubectl: Kubectl, platform: str, issuer: Path) -> None:
    asked = (*ASKED, "--as", "pc1@gwent", "--issuer-key", str(issuer))
    until(lambda: plugin(*asked, "-o", "json").returncode == 0, seconds=30)  # the gateway hears of the key by the hub
    answer = json.loads(plugin(*asked, "-o", "json").stdout)
    assert answer["keys"], "it is looked up in the index, which names no force that the test has made"
    assert answer["network"] == len(json.loads(kubectl("get", "datanodes", "-A", "-o", "json"))["items"])
    assert "pc1@gwent" in plugin(*asked).stdout


def test_a_key_that_the_force_does_not_name_is_not_shown_to_anybody(
    platform: str, issuer: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    SigningKey.generate().save(other)
    refused = plugin(*ASKED, "--as", "pc1@gwent", "--issuer-key", str(other))
    assert refused.returncode == 1
    assert "the Force of gwent names other keys" in " ".join(refused.stderr.split())
    assert '"kty":"OKP"' in "".join(refused.stderr.split())


def test_where_the_platform_is_not_that_is_said(platform: str, issuer: Path) -> None:
    refused = plugin(*ASKED, "--as", "pc1@gwent", "--issuer-key", str(issuer), "--namespace", "default")
    assert refused.returncode == 1
    assert "no certificate of a gateway in the namespace default" in " ".join(refused.stderr.split())


def test_who_may_not_is_told_so_in_the_server_s_words(kubectl: Kubectl, operator: str, tmp_path: Path) -> None:
    config = json.loads(kubectl("config", "view", "--raw", "-o", "json"))
    config["users"][0]["user"] = {"token": kubectl("create", "token", "default", "-n", "default").strip()}
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(config))
    answer = subprocess.run(
        ["kubectl-ndsc", "status"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PATH": _PATH, "KUBECONFIG": str(file)},
    )
    assert answer.returncode == 1
    assert "forbidden" in answer.stderr
