"""The API server as the operator needs it: server-side apply, reads, deletes, status and events. Nothing is cached."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubernetes.aio.client import ApiClient
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.dynamic import DynamicClient
from kubernetes.aio.dynamic.exceptions import (
    ConflictError,
    NotFoundError,
    ResourceNotFoundError,
    UnprocessibleEntityError,
)

from ndsc_operator.children.common import MANAGER, Object
from ndsc_operator.queue import TemporaryError
from ndsc_operator.refs import Ref
from ndsc_operator.remembering import Remembered
from ndsc_operator.seen import Children
from ndsc_operator.written import Written

TIMEOUT_SECONDS = 15
_MONITORS_SECONDS = 10.0
_HOW: dict[str, Any] = {"_request_timeout": TIMEOUT_SECONDS, "serializer": lambda _client, answer: answer}
"""Answers stay as JSON gives them: the client's own wrapping of each, and its unwrapping, take longer than to ask."""
_ENVELOPE = frozenset({"apiVersion", "kind", "metadata"})


class KindMissingError(TemporaryError):
    """The server has no such kind: its definition is not installed, or was taken away."""


MONITORS = Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "servicemonitors.monitoring.coreos.com")


class Api:
    """Every call raises ``KindMissingError`` for a kind that the server does not have,
    ``ApiException`` where it refuses, and ``TimeoutError`` where it does not answer.
    """

    def __init__(self, client: ApiClient, dynamic: DynamicClient) -> None:
        self._client = client
        self._dynamic = dynamic
        self.monitored = Remembered(self._has_monitors, _MONITORS_SECONDS)
        """Whether the cluster has ServiceMonitors."""
        self.written = Written()
        self.children = Children()
        self._discovering = asyncio.Lock()  # what two learn at once of the server's kinds, the client mixes up

    @classmethod
    async def connect(cls, client: ApiClient) -> Api:
        """With what the server says that it has, kept in a file that no other cluster's is mixed up with."""
        with tempfile.TemporaryDirectory(prefix="ndsc-kinds-") as folder:
            return cls(client, await DynamicClient(client, cache_file=str(Path(folder) / "kinds.json")))

    async def apply(self, one: Object, *, dry_run: bool = False) -> Object:
        """Server-side apply (Kubernetes, "Server-Side Apply"): the fields named are ours, all others are left alone.

        Conflicts are taken over: what another manager set of a field that the manifest names is drift.
        """
        try:
            return await self._applied(one, dry_run=dry_run)
        except UnprocessibleEntityError:
            if dry_run:
                raise
            await self._replace_lists(one)
            return await self._applied(one)

    async def _applied(self, one: Object, *, dry_run: bool = False) -> Object:
        resource = await self._resource(one["apiVersion"], one["kind"])
        how = {"dry_run": "All"} if dry_run else {}
        try:
            found = await self._dynamic.server_side_apply(
                resource, body=one, field_manager=MANAGER, force_conflicts=True, **_HOW, **how
            )
        except NotFoundError as error:
            raise _missing(error, one["kind"]) from None
        return _object(found)

    async def _replace_lists(self, one: Object) -> None:
        """Put each of our lists in the place of what is there (a merge, RFC 7386).

        What somebody added to a list can make the whole invalid, and applying would leave it in: a second port of one
        name, for example.
        """
        with contextlib.suppress(UnprocessibleEntityError):  # applying again tells what is wrong
            await self.patch(Ref.of(one), {part: its for part, its in one.items() if part not in _ENVELOPE})

    async def create(self, one: Object) -> Object | None:
        """What is made once and never written again; None where one of its name is there already."""
        resource = await self._resource(one["apiVersion"], one["kind"])
        try:
            made = await self._dynamic.create(resource, body=one, **_HOW)
        except ConflictError:
            return None
        return _object(made)

    async def patch(self, ref: Ref, change: Mapping[str, Any], *, manager: str = MANAGER) -> None:
        """A merge patch (RFC 7386), for what an apply cannot say; nothing where the object is gone."""
        resource = await self._resource(ref.api_version, ref.kind)
        try:
            await self._dynamic.patch(
                resource,
                body=dict(change),
                name=ref.name,
                namespace=ref.namespace or None,
                content_type="application/merge-patch+json",
                field_manager=manager,
                **_HOW,
            )
        except NotFoundError:
            return

    async def get(self, ref: Ref) -> Object | None:
        """The object, or none."""
        resource = await self._resource(ref.api_version, ref.kind)
        try:
            found = await self._dynamic.get(resource, name=ref.name, namespace=ref.namespace or None, **_HOW)
        except NotFoundError as error:
            if isinstance(missing := _missing(error, ref.kind), KindMissingError):
                raise missing from None
            return None
        return _object(found)

    async def list(
        self, api_version: str, kind: str, *, namespace: str = "", labels: str = "", fields: str = ""
    ) -> list[Object]:
        """Objects of a kind, everywhere or in a namespace, by a selector of labels or of fields."""
        resource = await self._resource(api_version, kind)
        try:
            found = await self._dynamic.get(
                resource,
                namespace=namespace or None,
                label_selector=labels,
                field_selector=fields or None,
                **_HOW,
            )
        except NotFoundError as error:
            raise _missing(error, kind) from None
        return [{"apiVersion": api_version, "kind": kind} | one for one in found["items"] or ()]

    async def delete(self, ref: Ref, *, uid: str) -> None:
        """That very object, and no later one of its name; what it owns goes in the background."""
        resource = await self._resource(ref.api_version, ref.kind)
        body = {"propagationPolicy": "Background", "preconditions": {"uid": uid}}
        try:
            await self._dynamic.delete(resource, name=ref.name, namespace=ref.namespace or None, body=body, **_HOW)
        except NotFoundError:
            return

    async def set_status(self, one: Object, status: Mapping[str, Any], *, manager: str = MANAGER) -> None:
        """What a manager says of the status, applied as a whole: what it no longer names goes."""
        resource = await self._resource(one["apiVersion"], one["kind"])
        its = one["metadata"]
        body = {
            "apiVersion": one["apiVersion"],
            "kind": one["kind"],
            "metadata": {"name": its["name"]} | ({"namespace": its["namespace"]} if its.get("namespace") else {}),
            "status": dict(status),
        }
        try:
            found = await self._dynamic.server_side_apply(
                resource.subresources["status"],
                body=body,
                name=its["name"],
                namespace=its.get("namespace"),
                field_manager=manager,
                force_conflicts=True,
                **_HOW,
            )
        except NotFoundError:
            return  # it was deleted meanwhile
        self.written.note(found)

    async def _has_monitors(self) -> bool:
        return await self.get(MONITORS) is not None

    async def _resource(self, api_version: str, kind: str) -> Any:
        try:
            async with self._discovering:
                return await self._dynamic.resources.get(api_version=api_version, kind=kind)
        except ResourceNotFoundError:
            raise KindMissingError(f"the API server has no {kind} of {api_version}") from None


def why(error: ApiException) -> str:
    """The server's own words."""
    body = error.body if isinstance(error.body, str) else (error.body or b"").decode(errors="replace")
    return f"{error.status} {error.reason}: {body[:500]}"


def _missing(error: ApiException, kind: str) -> Exception:
    """What a 404 means: of an object the server says which, of a kind that it has no more it knows no words."""
    body = error.body if isinstance(error.body, str) else (error.body or b"").decode(errors="replace")
    return error if '"kind":"Status"' in body.replace(" ", "") else KindMissingError(f"the API server has no {kind}")


def _object(found: Any) -> Object:
    plain: Object = found
    return plain
