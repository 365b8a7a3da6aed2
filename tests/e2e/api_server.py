"""Plain requests to the API server, as the administrator or as somebody whom the administrator stands in for."""

from __future__ import annotations

import base64
import json
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource, or a part of one, that the server has. ``group`` is empty for the core's."""

    group: str
    version: str
    resource: str
    namespaced: bool
    verbs: tuple[str, ...]

    @property
    def full(self) -> str:
        """Such as ``pods/log`` or ``datanodes.ndsc.police.uk/scale``."""
        resource, _, part = self.resource.partition("/")
        return resource + (f".{self.group}" if self.group else "") + (f"/{part}" if part else "")

    def path(self, namespace: str = "", name: str = "") -> str:
        """Of one object, or of all; of a namespace, or of the cluster."""
        resource, _, part = self.resource.partition("/")
        top = f"/apis/{self.group}" if self.group else "/api"
        where = f"namespaces/{namespace}" if namespace else ""
        return "/".join(filter(None, (f"{top}/{self.version}", where, resource, name, part)))


def connected(user: str = "", *groups: str) -> httpx.Client:
    """A client with the kubeconfig's certificate, standing in for a user where one is named."""
    config = json.loads(Path(os.environ["KUBECONFIG"]).read_text())
    cluster, its = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    with tempfile.NamedTemporaryFile() as pem:
        pem.write(base64.b64decode(its["client-certificate-data"]) + base64.b64decode(its["client-key-data"]))
        pem.flush()
        context.load_cert_chain(pem.name)
    standing_in = [("Impersonate-User", user)] if user else []
    headers = [*standing_in, *(("Impersonate-Group", group) for group in groups)]
    return httpx.Client(base_url=cluster["server"], verify=context, headers=headers, timeout=_SECONDS)


def kinds(client: httpx.Client) -> Iterator[Kind]:
    """All that the server has, in the version that it prefers, from its discovery."""
    groups = [("", "v1")]
    groups += [(one["name"], one["preferredVersion"]["version"]) for one in _json(client, "/apis")["groups"]]
    for group, version in groups:
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        for one in _json(client, path)["resources"]:
            yield Kind(group, version, one["name"], one["namespaced"], tuple(one["verbs"]))


def _json(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    answer.raise_for_status()
    return answer.json()
