"""Secrets and children are watched by their metadata alone, Secrets only in namespaces where the operator has rights.

The API server sends no content (``PartialObjectMetadata``), and none is kept: of a child its metadata tells whether it
still is as it was left, and a Secret is read only when it is worked on. kopf would need the right to read all Secrets
of the cluster, and would keep every child whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, NamedTuple

import aiohttp
import structlog
from kubernetes.aio.client import ApiClient
from kubernetes.aio.client.exceptions import ApiException

from ndsc_operator.children.common import MANAGER
from ndsc_operator.kinds import Kind, plural
from ndsc_operator.queue import backoff
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Whose

OURS = f"app.kubernetes.io/managed-by={MANAGER}"
WATCH_SECONDS = 1800
"""How long the server keeps a watch; then it is begun again where it ended."""
SILENCE_SECONDS = 150
"""The server sends a bookmark each minute: after this long without a word the connection is taken for dead."""
LONGEST_PAUSE_SECONDS = 5.0

_GRANTING_SECONDS = 0.5
"""A right that was given just now is not known yet to what judges requests."""
_AT_ONCE = 500
"""Objects of a list that are read at once: all of a large estate would take memory that is never given back."""
_MISSING, _GONE = 404, 410
_MISSING_SECONDS = 10.0
"""Between two looks whether the server has a kind that it has not, yet or any more."""
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_log = structlog.get_logger(__name__)


class Scope(NamedTuple):
    """What one watch is of: the operator's own objects of a kind, everywhere or in a namespace, or one by name."""

    kind: Kind
    namespace: str = ""
    name: str = ""

    @property
    def path(self) -> str:
        """Where the API server has them."""
        group, version, resource = plural(self.kind)
        parts = ("apis", group, version) if group else ("api", version)
        where = ("namespaces", self.namespace) if self.namespace else ()
        return "/" + "/".join((*parts, *where, resource))

    @property
    def selection(self) -> list[tuple[str, str]]:
        """As the API server takes it; by name it is a matter of rights (``resourceNames``)."""
        return [("fieldSelector", f"metadata.name={self.name}")] if self.name else [("labelSelector", OURS)]

    def ref(self, metadata: Mapping[str, Any]) -> Ref:
        """Of one of its objects."""
        return Ref(*self.kind, metadata.get("namespace", ""), metadata["name"])


class Told(NamedTuple):
    """That an object was made, changed or deleted."""

    ref: Ref
    metadata: Mapping[str, Any]
    """Empty of what was deleted while nobody watched."""
    whose: frozenset[Whose]
    """Whose it is, and whose it was when it was last told of: its labels may be drift."""
    gone: bool


class MetadataWatch:
    """Follows scopes until it is closed. What it could not see while a connection was down it tells of afterwards."""

    def __init__(self, client: ApiClient, changed: Callable[[Told], None]) -> None:
        self._client = client
        self._changed = changed
        self._tasks: dict[Scope, asyncio.Task[None]] = {}

    def follow(self, scope: Scope) -> None:
        """Begin to watch it, if that is not done already."""
        if scope not in self._tasks:
            self._tasks[scope] = asyncio.create_task(self._follow(scope))

    def forget(self, scope: Scope) -> None:
        """Watch it no longer."""
        task = self._tasks.pop(scope, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Watch nothing any more."""
        tasks = tuple(self._tasks.values())
        for scope in tuple(self._tasks):
            self.forget(scope)
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _follow(self, scope: Scope) -> None:
        known: dict[Ref, Whose] = {}
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
                status = error.status if isinstance(error, ApiException) else 0
                version = "" if status in {_MISSING, _GONE} else version
                if status == _MISSING:
                    self._are_gone(scope, known, set(known))
                    await asyncio.sleep(_MISSING_SECONDS)
                elif status != _GONE:
                    _log.warning("watch broken", kind=scope.kind[1], error=type(error).__name__, attempt=failures)
            await asyncio.sleep(min(backoff(failures), LONGEST_PAUSE_SECONDS) if failures else random.random())  # noqa: S311  # spreads load

    async def _look(self, scope: Scope, known: dict[Ref, Whose]) -> str:
        """Tell of all that there is, and of what is there no more; the version to go on from."""
        found, onward = set[Ref](), ""
        while True:
            how = [("limit", str(_AT_ONCE)), *([("continue", onward)] if onward else [])]
            async with self._asked(scope, _METADATA_LIST, how) as answer:
                listed = json.loads(await answer.read())
            for one in listed["items"] or ():  # null: none
                found.add(scope.ref(one["metadata"]))
                self._tell(scope, known, one["metadata"], gone=False)
            onward = listed["metadata"].get("continue", "")
            if not onward:
                break
        self._are_gone(scope, known, known.keys() - found)
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

    def _took(self, scope: Scope, known: dict[Ref, Whose], event: Any) -> str:
        """The version that the event is of. Raises ApiException for one that says that the watch cannot go on."""
        if event["type"] == "ERROR":
            raise ApiException(status=event["object"].get("code", 500), reason=event["object"].get("reason", ""))
        its = event["object"]["metadata"]
        if event["type"] != "BOOKMARK":
            self._tell(scope, known, its, gone=event["type"] == "DELETED")
        return str(its["resourceVersion"])

    def _tell(self, scope: Scope, known: dict[Ref, Whose], metadata: Mapping[str, Any], *, gone: bool) -> None:
        ref, whose = scope.ref(metadata), Whose.of(metadata)
        before = known.get(ref, whose)
        if gone:
            known.pop(ref, None)
        else:
            known[ref] = whose
        self._changed(Told(ref, metadata, frozenset({whose, before}), gone))

    def _are_gone(self, scope: Scope, known: dict[Ref, Whose], gone: Iterable[Ref]) -> None:
        for ref in gone:
            self._changed(Told(ref, {}, frozenset({known.pop(ref)}), gone=True))

    @contextlib.asynccontextmanager
    async def _asked(
        self, scope: Scope, accept: str, how: list[tuple[str, str]]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        request = await self._client.param_serialize(
            "GET",
            scope.path,
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
