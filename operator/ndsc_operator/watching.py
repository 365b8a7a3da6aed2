"""Secrets are watched by their metadata alone, and only in namespaces where the operator has rights on them.

kopf would need the right to read all Secrets of the cluster, and would keep their contents in memory. Here the API
server sends no content (``PartialObjectMetadata``): a Secret is read only when it is worked on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple

import aiohttp
import structlog
from kubernetes.aio.client import ApiClient
from kubernetes.aio.client.exceptions import ApiException

from ndsc_operator.children.common import MANAGER
from ndsc_operator.queue import backoff

Labels = Mapping[str, str]
Changed = Callable[[str, str, Labels], None]
"""Hears of a Secret that was made, changed or deleted: namespace, name, and the labels that it has or had."""

OURS = f"app.kubernetes.io/managed-by={MANAGER}"
WATCH_SECONDS = 1800
"""How long the server keeps a watch; then it is begun again where it ended."""
SILENCE_SECONDS = 150
"""The server sends a bookmark each minute: after this long without a word the connection is taken for dead."""
LONGEST_PAUSE_SECONDS = 5.0

_GRANTING_SECONDS = 0.5
"""A right that was given just now is not known yet to what judges requests."""
_GONE = 410
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_log = structlog.get_logger(__name__)


class Scope(NamedTuple):
    """What one watch is of: the operator's own Secrets of a namespace, or the one of a name."""

    namespace: str
    name: str = ""

    @property
    def selection(self) -> list[tuple[str, str]]:
        """As the API server takes it; by name it is a matter of rights (``resourceNames``)."""
        return [("fieldSelector", f"metadata.name={self.name}")] if self.name else [("labelSelector", OURS)]


class SecretWatch:
    """Follows scopes until it is closed. What it could not see while a connection was down it tells of afterwards."""

    def __init__(self, client: ApiClient, changed: Changed) -> None:
        self._client = client
        self._changed = changed
        self._tasks: dict[Scope, asyncio.Task[None]] = {}

    def follow(self, scope: Scope) -> None:
        """Begin to watch it, if that is not done already."""
        if scope not in self._tasks:
            self._tasks[scope] = asyncio.create_task(self._follow(scope))

    async def forget(self, scope: Scope) -> None:
        """Watch it no longer."""
        task = self._tasks.pop(scope, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def close(self) -> None:
        """Watch nothing any more."""
        for scope in tuple(self._tasks):
            await self.forget(scope)

    async def _follow(self, scope: Scope) -> None:
        known: dict[str, Labels] = {}
        version, failures = "", 0
        await asyncio.sleep(_GRANTING_SECONDS)
        while True:
            try:
                if not version:
                    version = await self._look(scope, known)
                async for event in self._events(scope, version):
                    version = self._took(scope, known, event)
                    failures = 0
            except (ApiException, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                failures += 1
                gone = isinstance(error, ApiException) and error.status == _GONE
                version = "" if gone else version
                if not gone:
                    _log.warning("watch broken", kind="Secret", error=type(error).__name__, attempt=failures)
            await asyncio.sleep(min(backoff(failures), LONGEST_PAUSE_SECONDS) if failures else random.random())  # noqa: S311  # spreads load

    async def _look(self, scope: Scope, known: dict[str, Labels]) -> str:
        """Tell of all that there is, and of what is there no more; the version to go on from."""
        async with self._asked(scope, _METADATA_LIST, []) as answer:
            listed = json.loads(await answer.read())
        found = {
            one["metadata"]["name"]: one["metadata"].get("labels", {}) for one in listed["items"] or ()
        }  # null: none
        for name, labels in (known | found).items():
            self._changed(scope.namespace, name, labels)
        known.clear()
        known.update(found)
        return str(listed["metadata"]["resourceVersion"])

    async def _events(self, scope: Scope, version: str) -> AsyncIterator[Any]:
        how = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", version),
            ("timeoutSeconds", str(random.randint(WATCH_SECONDS // 2, WATCH_SECONDS))),  # noqa: S311  # spreads load
        ]
        async with self._asked(scope, _METADATA, how) as answer:
            async for line in answer.content:
                yield json.loads(line)

    def _took(self, scope: Scope, known: dict[str, Labels], event: Any) -> str:
        """The version that the event is of. Raises ApiException for one that says that the watch cannot go on."""
        if event["type"] == "ERROR":
            raise ApiException(status=event["object"].get("code", 500), reason=event["object"].get("reason", ""))
        its = event["object"]["metadata"]
        if event["type"] != "BOOKMARK":
            labels = {**known.get(its["name"], {}), **its.get("labels", {})}  # whose it was, if that was taken off it
            self._changed(scope.namespace, its["name"], labels)
            if event["type"] == "DELETED":
                known.pop(its["name"], None)
            else:
                known[its["name"]] = labels
        return str(its["resourceVersion"])

    @contextlib.asynccontextmanager
    async def _asked(
        self, scope: Scope, accept: str, how: list[tuple[str, str]]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        request = await self._client.param_serialize(
            "GET",
            f"/api/v1/namespaces/{scope.namespace}/secrets",
            query_params=[*scope.selection, *how],
            header_params={"Accept": accept},
            auth_settings=["BearerToken"],
        )
        limit = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE_SECONDS)
        answer = (await self._client.call_api(*request, _request_timeout=limit)).response
        async with answer:
            if answer.status != 200:
                raise ApiException(status=answer.status, reason=answer.reason)
            yield answer
