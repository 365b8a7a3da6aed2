"""The API server that is measured on: asked over HTTP, as the user of the kubeconfig, and by kubectl."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from kubernetes import client, config
from prometheus_client.parser import text_string_to_metric_families as families

from ndsc.errors import ForbiddenError, UnavailableError
from ndsc.resources.base import GROUP
from ndsc_operator.children.common import FORCE_LABEL
from ndsc_operator.kinds import Kind, plural

MARK = f"{GROUP}/disposable"
"""Label of the namespace kube-system that says that nothing on a cluster is anybody's."""
PREFIX = "bench-"
"""Of the codes of the forces that are measured with."""
_TIMEOUT_SECONDS = 30.0
_APPLY_SECONDS = 600.0

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """Every call raises :class:`UnavailableError` where the server refuses or does not answer."""

    http: httpx.Client
    url: str
    authority: str
    """File with who signed its certificate."""

    def ask(self, method: str, path: str, body: object = None, *, media: str = "application/json") -> Any:
        """One request's answer, read as JSON; None for something that is not there."""
        answer = self._asked(method, path, body, media)
        return None if answer is None else answer.json()

    def apply(self, path: str, body: Object) -> None:
        """Server-side apply."""
        self.ask("PATCH", f"{path}?fieldManager=ndsc-bench&force=true", body, media="application/apply-patch+yaml")

    def counted(self, name: str, **labels: str) -> float:
        """The sum of the server's own samples of that name with these labels."""
        answer = self._asked("GET", "/metrics", None, "")
        lines = (line for line in (answer.text if answer else "").splitlines() if line.startswith((name, "# TYPE")))
        return sum(
            sample.value
            for family in families("\n".join(lines))
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def watch(self, kind: Kind, namespace: str, name: str, since: str, seconds: float) -> Iterator[tuple[str, Object]]:
        """What happens to one object after a version of its list, until that many seconds have passed."""
        query = f"watch=true&fieldSelector=metadata.name={name}&resourceVersion={since}&timeoutSeconds={seconds:.0f}"
        with self.http.stream("GET", f"{path_of(kind, namespace)}?{query}", timeout=seconds + 5) as answer:
            for line in answer.iter_lines():
                event = json.loads(line)
                yield event["type"], event["object"]

    def _asked(self, method: str, path: str, body: object, media: str) -> httpx.Response | None:
        content = None if body is None else json.dumps(body)
        try:
            answer = self.http.request(method, path, content=content, headers={"Content-Type": media} if body else {})
        except httpx.HTTPError as error:
            raise UnavailableError(f"The API server does not answer: {error}.") from None
        if answer.status_code == 404:
            return None
        if answer.is_error:
            raise UnavailableError(f"The API server answers {answer.status_code}: {answer.text[:300]}")
        return answer


def path_of(kind: Kind, namespace: str = "", name: str = "") -> str:
    """Where the API server has a kind, or one object of it."""
    group, version, resource = plural(kind)
    parts = ("apis", group, version) if group else ("api", version)
    where = ("namespaces", namespace) if namespace else ()
    return "/" + "/".join((*parts, *where, resource, *((name,) if name else ())))


@contextmanager
def connected() -> Iterator[Server]:
    """The server of the kubeconfig. Raises :class:`ForbiddenError` for a cluster that is somebody's."""
    found = client.Configuration()
    try:
        config.load_kube_config(client_configuration=found)
    except config.ConfigException as error:
        raise UnavailableError(f"No cluster to measure on: {error}.", hint="Name a kubeconfig in KUBECONFIG.") from None
    trusted = ssl.create_default_context(cafile=found.ssl_ca_cert)
    if found.cert_file:
        trusted.load_cert_chain(found.cert_file, found.key_file)
    token = found.get_api_key_with_prefix("authorization")
    headers = {"Authorization": token} if token else {}
    with httpx.Client(base_url=found.host, verify=trusted, headers=headers, timeout=_TIMEOUT_SECONDS) as http:
        made = Server(http, found.host, found.ssl_ca_cert or "")
        see_that_it_is_nobodys(made)
        yield made


def see_that_it_is_nobodys(server: Server) -> None:
    """Raises :class:`ForbiddenError` for a cluster that does not say so of itself, or that has forces of somebody's."""
    system = server.ask("GET", path_of(("v1", "Namespace"), name="kube-system")) or {}
    if system.get("metadata", {}).get("labels", {}).get(MARK) != "true":
        raise ForbiddenError(
            "This cluster does not say that nothing on it is anybody's, so nothing is measured on it.",
            hint="Make one for it (docs/how-to/measure-the-operator.md). It creates and destroys at will.",
        )
    forces = (server.ask("GET", path_of((f"{GROUP}/v1alpha1", "Force"))) or {}).get("items", ())
    others = [one["metadata"]["name"] for one in forces if not one["metadata"]["name"].startswith(PREFIX)]
    if others:
        raise ForbiddenError(f"This cluster has a force {others[0]}: nothing is measured on it.")


def kubectl(*arguments: str, text: str) -> None:
    """Run it on the same cluster. Raises :class:`UnavailableError`."""
    tool = shutil.which("kubectl")
    if tool is None:
        raise UnavailableError("kubectl is not on the PATH, and is one of the two sides that are measured.")
    done = subprocess.run(  # noqa: S603  # our own arguments
        [tool, *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=_APPLY_SECONDS,
        check=False,
        env=os.environ,
    )
    if done.returncode:
        raise UnavailableError(f"kubectl {arguments[0]} failed: {done.stderr.strip()[-500:]}")


def listed(server: Server, kind: Kind) -> list[Object]:
    """All objects of a kind that belong to some force."""
    found = server.ask("GET", f"{path_of(kind)}?labelSelector={FORCE_LABEL}&resourceVersion=0")
    items: list[Object] = (found or {}).get("items", [])
    return items
