"""Watches the three kinds on the API server, in a thread of its own, and publishes the state whenever it changes.

Each kind is listed once and then watched from there (Kubernetes, "Efficient detection of changes"). A watch that is
cut goes on from what was seen last; where the server no longer remembers that (410), the kind is listed again. A watch
lasts half a minute, so that a connection which died without a word is noticed by then.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from typing import Any

import aiohttp
import structlog
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, CustomObjectsApi
from kubernetes.aio.client.exceptions import ApiException

from ndsc.errors import UnavailableError
from ndsc.hub.estate import WATCHED, Estate, network_of
from ndsc.hub.schemas import NetworkState
from ndsc.resources.base import GROUP, VERSION, Manifest
from ndsc.web.logging import place_of
from ndsc.web.patience import pause

LIST_SECONDS = 30.0
WATCH_SECONDS = 30
GRACE_SECONDS = 15.0
"""How much longer than the server keeps a watch open it is waited for."""
PAGE = 500
GATHER_SECONDS = 0.05
"""What changes together is told together."""
_GONE = 410

_log = structlog.get_logger("ndsc.hub")

Connect = Callable[[], AbstractAsyncContextManager[ApiClient]]


class Watching:
    """``publish`` is called with every new state, in the thread of the watches."""

    def __init__(self, publish: Callable[[NetworkState], None], *, connect: Connect | None = None) -> None:
        self._publish = publish
        self._connect = connect or connected
        self._loop = asyncio.new_event_loop()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="hub-watching", daemon=True)

    def start(self) -> None:
        """Begin; answers at once."""
        self._thread.start()

    def close(self) -> None:
        """End, and wait for that."""
        self._ending = True
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end)
        self._thread.join(GRACE_SECONDS)

    def ready(self) -> None:
        """Raises :class:`UnavailableError` when the watches have ended: nothing would be told any more."""
        if not self._thread.is_alive():
            raise UnavailableError("The hub no longer watches the cluster's resources.")

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run(self) -> None:
        with closing(self._loop), suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._watch_on())

    async def _watch_on(self) -> None:
        """Begin anew when something happens that nobody thought of, or the server's address cannot be read yet."""
        failures = 0
        while not self._ending:
            try:
                await self._watch_all()
            except Exception as error:
                first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
                # The type and place alone: a message may quote an object.
                _log.error("watching-failed", error=type(first).__name__, where=place_of(first))
                await asyncio.sleep(pause(failures))
                failures += 1

    async def _watch_all(self) -> None:
        estate, changed = Estate(), asyncio.Event()
        async with self._connect() as client, asyncio.TaskGroup() as tasks:
            for kind in WATCHED:
                tasks.create_task(_Watch(CustomObjectsApi(client), kind, estate, changed.set).run())
            tasks.create_task(self._tell(estate, changed))

    async def _tell(self, estate: Estate, changed: asyncio.Event) -> None:
        revision = ""
        while True:
            await changed.wait()
            await asyncio.sleep(GATHER_SECONDS)
            changed.clear()
            if not estate.complete:
                continue
            state = await asyncio.to_thread(network_of, estate.known())
            if state.revision != revision:
                revision = state.revision
                _log.info("network-changed", revision=revision, count=len(state.agreements))
                self._publish(state)


@asynccontextmanager
async def connected() -> AsyncIterator[ApiClient]:
    """The API server of the pod that this runs in, or else of the kubeconfig."""
    try:
        config.load_incluster_config()
    except config.ConfigException:
        await config.load_kube_config()
    async with ApiClient() as client:
        yield client


class _ExpiredError(Exception):
    """The server does not remember so far back."""


class _Watch:
    """Of one kind."""

    def __init__(
        self, api: CustomObjectsApi, kind: type[Manifest], estate: Estate, changed: Callable[[], None]
    ) -> None:
        self._api = api
        self._kind = kind
        self._estate = estate
        self._changed = changed
        self._seen: str | None = None
        self._failures = 0

    async def run(self) -> None:
        """Until it is cancelled. Whatever goes wrong is tried again, later each time."""
        while True:
            try:
                await (self._list() if self._seen is None else self._watch(self._seen))
            except _ExpiredError:
                _log.info("watch-expired", kind=self._kind.__name__)
                self._seen = None
            except (ApiException, aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError) as error:
                await self._failed(error)
            else:
                self._failures = 0

    async def _failed(self, error: Exception) -> None:
        seconds = pause(self._failures)
        self._failures += 1
        status = error.status if isinstance(error, ApiException) else None
        _log.warning(
            "watch-failed",
            kind=self._kind.__name__,
            error=type(error).__name__,
            status=status,
            seconds=round(seconds, 1),
        )
        if isinstance(error, ValueError | KeyError):
            self._seen = None  # an event that cannot be read may be a change that was missed
        await asyncio.sleep(seconds)

    async def _list(self) -> None:
        """Every object, page by page."""
        found: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            page = await self._asked(LIST_SECONDS, limit=PAGE, **more)
            answer = json.loads(await page.read())
            found += answer["items"]
            more = {"_continue": token} if (token := answer["metadata"].get("continue")) else {}
            if not more:
                break
        self._estate.replace(self._kind, found)
        self._seen = answer["metadata"]["resourceVersion"]
        self._changed()

    async def _watch(self, seen: str) -> None:
        """Changes since, until the server ends it."""
        stream = await self._asked(
            WATCH_SECONDS + GRACE_SECONDS,
            watch=True,
            resource_version=seen,
            allow_watch_bookmarks=True,
            timeout_seconds=WATCH_SECONDS,
        )
        try:
            while line := await stream.content.readline():
                self._take(json.loads(line))
                self._failures = 0
        finally:
            stream.close()

    def _take(self, event: dict[str, Any]) -> None:
        one = event["object"]
        match event["type"]:
            case "ERROR" if one.get("code") == _GONE:
                raise _ExpiredError
            case "ERROR":
                raise ApiException(status=one.get("code"), reason=one.get("reason"))
            case "DELETED":
                self._estate.remove(self._kind, one)
                self._changed()
            case "ADDED" | "MODIFIED":
                self._estate.put(self._kind, one)
                self._changed()
        self._seen = one["metadata"]["resourceVersion"]

    async def _asked(self, seconds: float, **how: Any) -> aiohttp.ClientResponse:
        ask: Callable[..., Awaitable[aiohttp.ClientResponse]] = (
            self._api.list_cluster_custom_object_without_preload_content
        )
        answer = await ask(GROUP, VERSION, self._kind.PLURAL, _request_timeout=seconds, **how)
        if answer.status == _GONE:
            answer.close()
            raise _ExpiredError
        if answer.status != 200:
            answer.close()
            raise ApiException(status=answer.status, reason=answer.reason)
        return answer
