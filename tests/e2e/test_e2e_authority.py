"""The platform's authority on a real API server: leafs that are renewed, an authority that is followed by another."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from tests.e2e.cluster import Kubectl, install, until
from tests.e2e.test_e2e_tenancy import force

from ndsc.cluster.identity import Identity
from ndsc.resources.validation import parse_manifest
from ndsc.trust.certified import Authorities, Leaf, Speaker
from ndsc.trust.tokens import verify_service
from ndsc_operator.children.certificates import certificate, of_node, of_parts
from ndsc_operator.settings import Settings

LEAF, OVERLAP, AUTHORITY = 40, 8, 150
"""Lives in seconds: an authority announces the next after some 140 s, and is gone 75 s later."""
REPAIR_SECONDS = 10
PARTS = ("evaluator-tls", "registry-tls", "gateway-tls", "hub-tls", "operator-tls")


def data(kubectl: Kubectl, name: str, namespace: str) -> dict[str, bytes]:
    """What a Secret holds; nothing where there is none."""
    there = kubectl.get("secret", name, "-n", namespace) or {}
    return {key: base64.b64decode(value) for key, value in there.get("data", {}).items()}


def serial(kubectl: Kubectl, name: str, namespace: str) -> int:
    """The serial number of a leaf; 0 where there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(data(kubectl, name, namespace)["tls.crt"]).serial_number
    except (KeyError, ValueError):
        return 0


def node(name: str, code: str) -> dict[str, Any]:
    """A data node whose database is somebody else's, and is not there: it gets its certificates all the same."""
    return {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataNode",
        "metadata": {"name": name, "namespace": code},
        "spec": {"force": code, "database": {"mode": "external", "urlSecretRef": {"name": "none"}}},
    }


def condition(kubectl: Kubectl, name: str, namespace: str) -> dict[str, Any]:
    """The condition CertificatesValid of a data node, where it was judged."""
    status = (kubectl.get("datanode", name, "-n", namespace) or {}).get("status", {})
    found: dict[str, Any] = next(
        (one for one in status.get("conditions", []) if one["type"] == "CertificatesValid"), {}
    )
    return found


def reasons(kubectl: Kubectl, namespace: str) -> set[str]:
    """Reasons of the events of a namespace."""
    listed = json.loads(kubectl("get", "events.events.k8s.io", "-n", namespace, "-o", "json"))
    return {one["reason"] for one in listed["items"]}


@pytest.fixture(scope="module")
def brisk(kubectl: Kubectl, operator: str) -> Iterator[str]:
    """The platform's namespace, with an authority that lives for minutes."""

    def anew(**settings: int) -> None:
        kubectl("scale", "deployment/ndsc-operator", "-n", operator, "--replicas=0")
        label = "app.kubernetes.io/name=ndsc-operator"
        kubectl("wait", "pod", "--for=delete", "-n", operator, "-l", label, "--timeout=50s")
        kubectl("delete", "secret", "-n", operator, "--ignore-not-found", "ndsc-authority", *PARTS)
        install(*(f"--set=operator.settings.{name}={value}" for name, value in settings.items()))
        until(lambda: all(serial(kubectl, name, operator) for name in PARTS), seconds=40)

    anew(leafSeconds=LEAF, overlapSeconds=OVERLAP, authoritySeconds=AUTHORITY)
    yield operator
    anew(leafSeconds=86_400, overlapSeconds=900, authoritySeconds=31_536_000)


@pytest.fixture(scope="module")
def kent(kubectl: Kubectl, brisk: str) -> Iterator[str]:
    """A force with a data node."""
    assert kubectl.apply(force("kent")).returncode == 0
    kubectl("wait", "--for=condition=Ready", "force/kent", "--timeout=30s")
    done = kubectl.apply(node("kent", "kent"))
    assert done.returncode == 0, done.stderr
    yield "kent"
    kubectl("delete", "datanode", "kent", "-n", "kent", "--wait=false")
    kubectl("delete", "force", "kent", "--wait=false")
    kubectl("delete", "namespace", "kent", "--wait=false", "--ignore-not-found")


def test_each_part_gets_a_certificate_that_says_who_it_is(kubectl: Kubectl, brisk: str, kent: str) -> None:
    until(lambda: serial(kubectl, "kent-tls", kent) and serial(kubectl, "kent-loader-tls", kent), seconds=30)
    expected: list[tuple[str, str | None, str, str]] = [(name[:-4], None, name, brisk) for name in PARTS]
    expected += [("node", "kent", "kent-tls", kent), ("loader", "kent", "kent-loader-tls", kent)]
    for service, code, name, namespace in expected:
        held = data(kubectl, name, namespace)
        leaf = Leaf.read(held["tls.crt"], held["tls.key"])
        assert leaf.speaker == Speaker(service, code)
        Authorities(held["ca.crt"]).binding(leaf.der, datetime.now(UTC))
    until(lambda: condition(kubectl, "kent", kent).get("status") == "True", seconds=20)


class Mounted:
    """A Secret as a kubelet would mount it, brought up to date each second: one link that is turned, ``..data``."""

    def __init__(self, kubectl: Kubectl, name: str, namespace: str, folder: Path) -> None:
        self._kubectl, self._name, self._namespace, self._folder = kubectl, name, namespace, folder
        self._turns = 0
        self._last: dict[str, bytes] = {}
        self.serials: set[int] = set()
        self.authorities: set[bytes] = set()
        folder.mkdir()
        self.turn()

    def turn(self) -> None:
        """Take up what the Secret holds now."""
        held = data(self._kubectl, self._name, self._namespace)
        if held == self._last:
            return
        self._turns += 1
        place = self._folder / f"..{self._turns}"
        place.mkdir()
        for name, content in held.items():
            (place / name).write_bytes(content)
            (place / name).chmod(0o440)
            if not (self._folder / name).is_symlink():
                (self._folder / name).symlink_to(f"..data/{name}")
        link = self._folder / "..new"
        link.symlink_to(place.name)
        link.rename(self._folder / "..data")
        self._last = held
        leaf = x509.load_pem_x509_certificate(held["tls.crt"])
        self.serials.add(leaf.serial_number)
        self.authorities.add(leaf.issuer.public_bytes())


class Hub:
    """A TLS server that is the hub: to whoever shows a token of the gateway it says yes."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    with self._identity.server.wrap_socket(connection, server_side=True) as secure:
                        claims = verify_service(secure.recv(8192).decode(), self._identity.trusted(), "hub")
                        secure.sendall(claims.service.encode())
                except (OSError, ssl.SSLError):
                    continue


def asked(identity: Identity, token: str, port: int) -> bytes:
    """What the hub answers, over a connection of its own."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        identity.client().wrap_socket(plain, server_hostname="hub.ndsc-system.svc") as secure,
    ):
        secure.sendall(token.encode())
        return secure.recv(100)


def test_certificates_and_their_authority_are_replaced_and_no_request_is_lost(
    kubectl: Kubectl, brisk: str, tmp_path: Path
) -> None:
    mounted = [Mounted(kubectl, f"{part}-tls", brisk, tmp_path / part) for part in ("hub", "gateway")]
    serving = Identity(tmp_path / "hub", Speaker("hub", None))
    asking = Identity(tmp_path / "gateway", Speaker("gateway", None))
    for identity in (serving, asking):
        identity.start()
    ended = threading.Event()

    def follow() -> None:
        while not ended.wait(1.0):
            for one in mounted:
                one.turn()

    following = threading.Thread(target=follow)
    following.start()
    hub, tokens = Hub(serving), asking.tokens("hub")
    answers, lost, started = 0, [], time.monotonic()
    first = set(mounted[0].authorities)
    try:
        while time.monotonic() - started < AUTHORITY + LEAF + 60:
            try:
                assert asked(asking, tokens(), hub.port) == b"gateway"
                answers += 1
            except (OSError, AssertionError) as error:
                lost.append(f"{time.monotonic() - started:.1f} s: {error!r}")
            bundle = data(kubectl, "hub-tls", brisk)["ca.crt"] if answers % 50 == 0 else b""
            if mounted[0].authorities > first and bundle.count(b"BEGIN") == 1:
                break
            time.sleep(0.02)
        else:
            pytest.fail("no authority was followed by another, and gone, in that time")
    finally:
        ended.set()
        following.join()
        hub.close()
        for identity in (serving, asking):
            identity.close()
    assert not lost, lost[:5]
    assert answers > 500
    assert all(len(one.serials) >= 4 for one in mounted)
    assert {"AuthorityAnnounced", "AuthorityPromoted", "AuthorityRetired"} <= reasons(kubectl, brisk)


@pytest.mark.parametrize("name", ["hub-tls", "kent-tls", "kent-loader-tls", "ndsc-signing"])
def test_a_secret_that_is_deleted_is_made_again(kubectl: Kubectl, brisk: str, kent: str, name: str) -> None:
    where = brisk if name == "hub-tls" else kent
    until(lambda: data(kubectl, name, where), seconds=30)
    before = kubectl.get("secret", name, "-n", where)["metadata"]["uid"]
    kubectl("delete", "secret", name, "-n", where)
    until(
        lambda: (kubectl.get("secret", name, "-n", where) or {}).get("metadata", {}).get("uid", before) != before,
        seconds=REPAIR_SECONDS,
    )


@pytest.mark.parametrize("key", ["tls.crt", "tls.key", "ca.crt"])
@pytest.mark.parametrize("name", ["gateway-tls", "kent-tls"])
def test_a_secret_that_is_damaged_is_made_good(kubectl: Kubectl, brisk: str, kent: str, name: str, key: str) -> None:
    where = brisk if name == "gateway-tls" else kent
    until(lambda: serial(kubectl, name, where), seconds=30)
    wrong = base64.b64encode(b"damaged").decode()
    kubectl("patch", "secret", name, "-n", where, "--type=merge", "-p", json.dumps({"data": {key: wrong}}))

    def good() -> bool:
        held = data(kubectl, name, where)
        return b"damaged" not in held.values() and bool(Leaf.read(held["tls.crt"], held["tls.key"]))

    until(good, seconds=REPAIR_SECONDS)


def test_an_authority_that_is_deleted_is_written_again_as_it_was(kubectl: Kubectl, brisk: str) -> None:
    before = data(kubectl, "ndsc-authority", brisk)["ca.crt"]
    kubectl("delete", "secret", "ndsc-authority", "-n", brisk)
    until(lambda: data(kubectl, "ndsc-authority", brisk), seconds=REPAIR_SECONDS)
    after = data(kubectl, "ndsc-authority", brisk)
    assert before in (after["ca.crt"], after.get("previous.crt"))  # or it was followed by the next one just then
    assert "AuthorityRestored" in reasons(kubectl, brisk)


def test_a_damaged_authority_stops_issuing_and_no_other_is_made(kubectl: Kubectl, brisk: str, kent: str) -> None:
    kept = kubectl.get("secret", "ndsc-authority", "-n", brisk)["data"]
    wrong = base64.b64encode(b"damaged").decode()
    change = json.dumps({"data": {"ca.key": wrong}})
    kubectl("patch", "secret", "ndsc-authority", "-n", brisk, "--type=merge", "-p", change)
    until(lambda: condition(kubectl, "kent", kent).get("reason") == "NoAuthority", seconds=20)
    assert "AuthorityMalformed" in reasons(kubectl, brisk)
    kubectl("delete", "secret", "registry-tls", "-n", brisk)
    time.sleep(REPAIR_SECONDS)
    assert data(kubectl, "ndsc-authority", brisk)["ca.key"] == b"damaged"
    assert not data(kubectl, "registry-tls", brisk)
    change = json.dumps({"data": {"ca.key": kept["ca.key"], "ca.crt": kept["ca.crt"]}})
    kubectl("patch", "secret", "ndsc-authority", "-n", brisk, "--type=merge", "-p", change)
    until(lambda: serial(kubectl, "registry-tls", brisk), seconds=REPAIR_SECONDS)
    until(lambda: condition(kubectl, "kent", kent).get("status") == "True", seconds=REPAIR_SECONDS)


def test_no_private_key_is_anywhere_but_in_its_secret(kubectl: Kubectl, brisk: str, kent: str) -> None:
    secrets = [
        one
        for namespace in (brisk, kent)
        for one in json.loads(kubectl("get", "secrets", "-n", namespace, "-o", "json"))["items"]
        if one["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == "ndsc-operator"
    ]
    keys = [base64.b64decode(one["data"][name]) for one in secrets for name in one["data"] if name.endswith(".key")]
    assert len(keys) >= 8
    # The body of a PEM is one line; the encodings of a Secret's data are of the whole.
    words = {key.split(b"\n")[1].decode()[22:] for key in keys} | {base64.b64encode(key).decode() for key in keys}
    said = [kubectl("logs", "-n", brisk, "-l", "app.kubernetes.io/name=ndsc-operator", "--tail=-1", "--prefix")]
    kinds = kubectl("api-resources", "--verbs=list", "-o", "name").split()
    readable = ",".join(kind for kind in kinds if kind != "secrets")
    done = kubectl.tried("get", readable, "-A", "-o", "json", "--ignore-not-found", "--show-managed-fields")
    said += [done.stdout, json.dumps([one["metadata"] for one in secrets])]
    assert "AuthorityCreated" in done.stdout
    for text in said:
        assert text
        assert "PRIVATE KEY" not in text
        assert not any(word in text for word in words)


def test_the_operator_reads_no_other_secret_and_gives_itself_no_rights_elsewhere(
    kubectl: Kubectl, brisk: str, kent: str
) -> None:
    acting = kubectl.acting_as(f"system:serviceaccount:{brisk}:ndsc-operator")

    def may(*what: str) -> bool:
        return acting.tried("auth", "can-i", *what).stdout.strip() == "yes"

    assert may("get", "secrets", "-n", kent)
    assert may("get", "secrets/hub-tls", "-n", brisk)
    for name in ("pepper", "index-keys", "evaluator-db-service"):
        assert not may("get", f"secrets/{name}", "-n", brisk)
    assert not may("list", "secrets", "-n", brisk)
    assert not may("list", "secrets", "-n", "kube-system")
    assert not may("create", "deployments.apps", "-n", "kube-system")
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "ndsc-operator", "namespace": "kube-system"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "ndsc-operator-tenant"},
        "subjects": [{"kind": "ServiceAccount", "name": "ndsc-operator", "namespace": brisk}],
    }
    refused = acting.apply(binding)
    assert refused.returncode == 1
    assert "only in namespaces that it made" in refused.stderr
    label = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "ndsc-operator"}}}
    refused = acting.tried("patch", "namespace", "kube-system", "-p", json.dumps(label))
    assert refused.returncode == 1
    assert "only namespaces that it made" in refused.stderr


def test_what_cert_manager_would_be_asked_for_fits_its_own_definition(kubectl: Kubectl, kent: str) -> None:
    """Its definition comes out of its Go module; cert-manager itself does not run here."""
    words = ["go", "mod", "download", "-json", "github.com/cert-manager/cert-manager@v1.18.2"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd="/tmp")  # noqa: S108
    assert done.returncode == 0, done.stderr
    text = (Path(json.loads(done.stdout)["Dir"]) / "deploy" / "crds" / "crd-certificates.yaml").read_text()
    definition = yaml.safe_load(text)
    definition["metadata"] = {"name": definition["metadata"]["name"]}  # without the places that its chart fills in
    assert kubectl.apply(definition).returncode == 0
    try:
        kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/certificates.cert-manager.io")
        settings = Settings(certificate_issuer="ClusterIssuer/police")
        made = parse_manifest(node("kent", "kent"))
        for wanted in (*of_parts(settings), *of_node(made)):  # type: ignore[arg-type]  # it is a data node
            asked_for = kubectl.apply(certificate(wanted, settings), "--dry-run=server", "-o", "json")
            assert asked_for.returncode == 0, asked_for.stderr
    finally:
        kubectl("delete", "crd", "certificates.cert-manager.io", "--wait=false")
