"""The demonstration's eight forces on a cluster: their manifests as shipped, their officers, their records."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.e2e import services
from tests.e2e.cluster import ROOT, Kubectl

from ndsc.embedded import scenario
from ndsc.gateway.schemas import SearchAnswer, SearchRequest
from ndsc.resources.jwk import PublicKey
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import Officer
from ndsc.web.client import RemoteUnreachableError

MANIFESTS = ROOT / "platform" / "ndsc" / "embedded" / "manifests"
_UNREACHED_SECONDS = 60
_CLEARANCES = ("none", "bpss", "ctc", "sc", "dv")


@dataclass(frozen=True)
class Estate:
    """Eight forces that are ready, and the key of the identity provider that each of them names."""

    kubectl: Kubectl
    issuer: SigningKey

    def search(self, story: scenario.Story) -> SearchAnswer:
        """What the gateway's Service answers to a search of the demonstration."""
        sub, force = story.officer.split("@")
        officer = Officer(
            sub=sub, name=sub, force=force, roles=(story.role,), clearance=_CLEARANCES.index(story.clearance)
        )
        with services.gateway(self.kubectl, self.issuer, officer) as gateway:
            ends = time.monotonic() + _UNREACHED_SECONDS
            while True:
                try:
                    return gateway.search(patient(story))
                except RemoteUnreachableError:  # a machine that is too busy takes it out of its Service for a moment
                    if time.monotonic() > ends:
                        raise
                    time.sleep(1)

    def load_everything(self) -> dict[str, list[dict[str, int]]]:
        """Everything that the demonstration loads, each file through its own node's API; the counts by force."""
        counts: dict[str, list[dict[str, int]]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for force, file, connector in scenario.files_to_load(Path(folder)):
                counts.setdefault(force, []).append(services.load(self.kubectl, force, force, file, connector))
        return counts


def patient(story: scenario.Story) -> SearchRequest:
    """The search with the longest deadline: what is compared is what is answered, on however slow a machine."""
    return story.request.model_copy(update={"deadline_ms": 30_000})


def manifests(issuer: SigningKey) -> list[dict[str, Any]]:
    """The shipped manifests; each force names the identity provider of the test."""
    documents = [one for path in sorted(MANIFESTS.glob("*.yaml")) for one in yaml.safe_load_all(path.read_text())]
    key = PublicKey.of(issuer.public).model_dump()
    for one in documents:
        if one["kind"] == "Force":
            one["spec"]["identityProvider"] = {"issuer": "https://sign-in.test.example", "keys": [key]}
    return documents


def apply(kubectl: Kubectl) -> Estate:
    """Apply them all in one go, as a person does."""
    issuer = SigningKey.generate()
    text = yaml.safe_dump_all(manifests(issuer), default_flow_style=False)
    kubectl("apply", "--server-side", "--validate=strict", "-f", "-", input_=text)
    return Estate(kubectl, issuer)
