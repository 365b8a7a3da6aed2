"""Reads a cluster for people: its forces, what belongs to one, what its nodes log. All it changes is their sleep."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, CoreV1Api
from kubernetes.aio.client.exceptions import ApiException

from ndsc.errors import NdscError, NotFoundError, UnavailableError
from ndsc.resources.base import API_VERSION
from ndsc.resources.jwk import PublicKey
from ndsc_operator.api import Api, why
from ndsc_operator.authority_secrets import BUNDLE
from ndsc_operator.children.common import COMPONENT, NODE_LABEL, Object, namespace_of
from ndsc_operator.estate import KINDS, Seen, selector, tree
from ndsc_operator.refs import Ref

_LOG_SECONDS = 30


class RefusedError(NdscError):
    """The API server does not let this user do it."""

    code = "refused-by-api-server"
    title = "Refused by the API server"


class Cluster:
    """The cluster of a kubeconfig, with the rights of its user."""

    def __init__(self, client: ApiClient, api: Api) -> None:
        self._client = client
        self._api = api

    async def forces(self) -> list[Seen]:
        """Every force with its nodes, without what they are made of."""
        nodes = await self._api.list(API_VERSION, "DataNode")
        return [tree(force, nodes, ()) for force in await self._api.list(API_VERSION, "Force")]

    async def holdings(self) -> dict[str, tuple[int, int]]:
        """Records and index entries of each node, by name."""
        nodes = await self._api.list(API_VERSION, "DataNode")
        counts = {one["metadata"]["name"]: one.get("status") or {} for one in nodes}
        return {name: (its.get("records", 0), its.get("indexEntries", 0)) for name, its in counts.items()}

    async def tree(self, name: str) -> Seen:
        """A force with all that belongs to it. Raises ``NotFoundError``."""
        force = await self._force(name)
        nodes = await self._api.list(API_VERSION, "DataNode")
        code = force["spec"]["code"]
        children: list[Object] = []
        for api_version, kind in KINDS:
            children += await self._api.list(api_version, kind, namespace=namespace_of(code), labels=selector(code))
        return tree(force, nodes, children)

    async def logs(self, name: str, part: str, *, lines: int, node: str = "") -> AsyncIterator[tuple[str, str]]:
        """The last lines of the pods of one part of a force's nodes, each with its pod's name."""
        force = await self._force(name)
        namespace = namespace_of(force["spec"]["code"])
        wanted = f"{selector(force['spec']['code'])},{COMPONENT}={part}" + (f",{NODE_LABEL}={node}" if node else "")
        pods = await self._api.list("v1", "Pod", namespace=namespace, labels=wanted)
        if not pods:
            raise NotFoundError(f"{name} has no pod of its {part}", hint=f"See what it has: kubectl ndsc tree {name}")
        for pod in pods:
            its = pod["metadata"]["name"]
            said = await CoreV1Api(self._client).read_namespaced_pod_log(
                its,
                namespace,
                container=pod["spec"]["containers"][0]["name"],
                tail_lines=lines,
                _request_timeout=_LOG_SECONDS,
            )
            for line in str(said).splitlines():
                yield its, line

    async def sleep(self, name: str, *, hibernated: bool) -> list[str]:
        """Let all nodes of a force sleep, or wake them; their names. Raises ``NotFoundError``."""
        code = (await self._force(name))["spec"]["code"]
        nodes = [one for one in await self._api.list(API_VERSION, "DataNode") if one["spec"]["force"] == code]
        if not nodes:
            raise NotFoundError(f"{name} has no data node")
        for one in nodes:
            await self._api.patch(Ref.of(one), {"spec": {"hibernated": hibernated}}, manager="kubectl-ndsc")
        return [one["metadata"]["name"] for one in nodes]

    async def officer_keys(self, code: str) -> list[PublicKey]:
        """The keys that sign in a force's officers. Raises ``NotFoundError``."""
        for one in await self._api.list(API_VERSION, "Force"):
            if one["spec"]["code"] == code:
                provider = one["spec"].get("identityProvider") or {}
                return [PublicKey.model_validate(key) for key in provider.get("keys", ())]
        raise NotFoundError(f"there is no force of the code {code}", hint="See which there are: kubectl get forces")

    async def authorities(self, part: str, namespace: str) -> bytes:
        """Whom to believe that they are a part of the platform, in PEM. Raises ``NotFoundError``."""
        found = await self._api.get(Ref("v1", "Secret", namespace, f"{part}-tls"))
        bundle = (found or {}).get("data", {}).get(BUNDLE)
        if not bundle:
            raise NotFoundError(
                f"there is no certificate of a {part} in the namespace {namespace}",
                hint="Say where the platform runs: --namespace. See its parts: kubectl get deployments -A",
            )
        return base64.b64decode(bundle)

    async def _force(self, name: str) -> Object:
        found = await self._api.get(Ref(API_VERSION, "Force", "", name))
        if found is None:
            raise NotFoundError(f"there is no force {name}", hint="See which there are: kubectl get forces")
        return found


@asynccontextmanager
async def cluster(context: str | None = None) -> AsyncIterator[Cluster]:
    """The cluster that kubectl would ask. Raises ``UnavailableError`` and :class:`RefusedError` in its own words."""
    try:
        await config.load_kube_config(context=context)
    except config.ConfigException as error:
        raise UnavailableError(
            f"No cluster to ask: {error}.", hint="Name a kubeconfig in KUBECONFIG, as for kubectl."
        ) from None
    async with ApiClient() as client:
        try:
            yield Cluster(client, await Api.connect(client))
        except ApiException as error:
            raise RefusedError(why(error)) from None
        except (OSError, TimeoutError) as error:
            raise UnavailableError(f"The API server does not answer: {error}") from None
