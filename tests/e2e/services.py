"""Talks to the parts on a cluster as their callers do: by Service, with TLS, officers and loaders signed in."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.e2e.cluster import PLATFORM, Kubectl

from ndsc.gateway.client import GatewayClient
from ndsc.node.client import part_of
from ndsc.trust.certified import Leaf, certified_tokens
from ndsc.trust.keys import SigningKey, VerifyKey
from ndsc.trust.proofs import Prover
from ndsc.trust.sessions import Session
from ndsc.trust.tokens import Officer, issue_officer


class ByService(httpx.HTTPTransport):
    """Reaches ``NAME.NAMESPACE.svc`` at the Service's own address, and expects the certificate of that name.

    Tests run in the cluster's network, where Services can be reached, and outside its pods, where names are not known.
    """

    def __init__(self, kubectl: Kubectl) -> None:
        super().__init__(verify=trusting(kubectl))
        self._kubectl = kubectl
        self._addresses: dict[str, str] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        address = self._addresses.get(name) or self._address(name)
        self._addresses[name] = address
        request.extensions["sni_hostname"] = name
        request.url = request.url.copy_with(host=address)
        try:
            return super().handle_request(request)
        except httpx.ConnectError:
            self._addresses.pop(name, None)  # a Service that is made again has another one
            raise

    def _address(self, name: str) -> str:
        service, namespace, _ = name.split(".", 2)
        found = self._kubectl.tried("get", "service", service, "-n", namespace, "-o", "jsonpath={.spec.clusterIP}")
        if found.returncode or not found.stdout:
            raise httpx.ConnectError(f"{name} has no address: {found.stderr}")
        return found.stdout


def secret(kubectl: Kubectl, name: str, namespace: str) -> dict[str, bytes]:
    """The content of a Secret."""
    data = kubectl.get("secret", name, "-n", namespace)["data"]
    return {key: base64.b64decode(value) for key, value in data.items()}


def trusting(kubectl: Kubectl) -> ssl.SSLContext:
    """Believes the platform's authorities, and nobody else."""
    context = ssl.create_default_context(cadata=secret(kubectl, "gateway-tls", PLATFORM)["ca.crt"].decode())
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


@contextmanager
def gateway(kubectl: Kubectl, issuer: SigningKey, officer: Officer, *, seconds: float = 60) -> Iterator[GatewayClient]:
    """The gateway's Service, for an officer whom their force's identity provider has signed in."""
    prover = Prover(SigningKey.generate())
    passes_on = _holder(secret(kubectl, "gateway-tls", PLATFORM)["tls.crt"])

    def token(grounds: object) -> str:
        return issue_officer(issuer, officer, grounds=grounds, holder=prover.holder, gateway=passes_on)  # type: ignore[arg-type]

    url = f"https://gateway.{PLATFORM}.svc"
    with httpx.Client(base_url=url, transport=ByService(kubectl), timeout=seconds, trust_env=False) as client:
        yield GatewayClient(client, Session(token, prover))


class LoadRefusedError(Exception):
    """A node did not take an export in; the message is its own."""


Load = Callable[[str, str, bytes], dict[str, int]]
"""Takes a connector's name, a file's and its content; gives what the node counted of it."""


@contextmanager
def loader(kubectl: Kubectl, force: str, node: str, *, seconds: float = 200) -> Iterator[Load]:
    """The node's own API, for the force's loader."""
    mounted = secret(kubectl, f"{node}-loader-tls", force)
    leaf = Leaf.read(mounted["tls.crt"], mounted["tls.key"])
    tokens = certified_tokens(lambda: leaf, part_of(force))
    with httpx.Client(transport=ByService(kubectl), timeout=seconds, trust_env=False) as client:

        def send(connector: str, file: str, content: bytes) -> dict[str, int]:
            response = client.post(
                f"https://{node}.{force}.svc/v1/loads",
                params={"connector": connector, "file": file},
                headers={"Authorization": f"Bearer {tokens()}"},
                content=content,
            )
            if response.status_code != httpx.codes.OK:
                raise LoadRefusedError(response.text)
            counts: dict[str, int] = response.json()
            return counts

        yield send


def load(kubectl: Kubectl, force: str, node: str, file: Path, connector: str) -> dict[str, int]:
    """Load a file through the node's own API, as the force's loader; the counts."""
    with loader(kubectl, force, node) as send:
        return send(connector, file.name, file.read_bytes())


def _holder(certificate: bytes) -> str:
    """Thumbprint of the key of a certificate: what a token names who passes it on by."""
    public = x509.load_pem_x509_certificate(certificate).public_key()
    assert isinstance(public, Ed25519PublicKey)
    return VerifyKey(public.public_bytes_raw()).thumbprint()
