"""Who leads, and how it is followed: at once by another where it ends in order, and never by two at a time."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web
from kubernetes.aio.client import ApiClient, Configuration

from ndsc_operator import leading
from ndsc_operator.__main__ import until_told
from ndsc_operator.leading import while_leading

LEASES = "/apis/coordination.k8s.io/v1/namespaces/ndsc-system/leases"


class Leases:
    """An API server's one Lease, which refuses what was read before the last change of it."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.fails = False
        self._version = 0

    @property
    def holder(self) -> str:
        return str(self.lease["spec"]["holderIdentity"]) if self.lease else ""

    def hold(self, identity: str) -> None:
        """Somebody took it over."""
        assert self.lease is not None
        self._put({**self.lease, "spec": self.lease["spec"] | {"holderIdentity": identity}})

    def _put(self, one: dict[str, Any]) -> web.Response:
        self._version += 1
        self.lease = {**one, "metadata": one["metadata"] | {"resourceVersion": str(self._version)}}
        return web.json_response(self.lease)

    async def _get(self, _: web.Request) -> web.Response:
        if self.fails or self.lease is None:
            code = 503 if self.fails else 404
            return web.json_response({"kind": "Status", "code": code}, status=code)
        return web.json_response(self.lease)

    async def _create(self, request: web.Request) -> web.Response:
        return self._put(await request.json())

    async def _replace(self, request: web.Request) -> web.Response:
        one = await request.json()
        assert self.lease is not None
        if one["metadata"]["resourceVersion"] != self.lease["metadata"]["resourceVersion"]:
            return web.json_response({"kind": "Status", "code": 409}, status=409)
        return self._put(one)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[ApiClient]:
        """A client of it, while it serves on a port of this machine."""
        app = web.Application()
        app.router.add_post(LEASES, self._create)
        app.router.add_get(f"{LEASES}/{leading.NAME}", self._get)
        app.router.add_put(f"{LEASES}/{leading.NAME}", self._replace)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with ApiClient(Configuration(host=f"http://127.0.0.1:{runner.addresses[0][1]}")) as client:
                yield client
        finally:
            await runner.cleanup()


class Worker:
    """What an operator does while it leads, and whether it is at it."""

    def __init__(self) -> None:
        self.begun, self.may_end, self.works = asyncio.Event(), asyncio.Event(), False

    async def work(self) -> None:
        self.works = True
        self.begun.set()
        try:
            await self.may_end.wait()
        finally:
            self.works = False


def leads(client: ApiClient, identity: str, worker: Worker) -> asyncio.Task[None]:
    return asyncio.ensure_future(while_leading(client, "ndsc-system", identity, worker.work))


async def ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("cancelled", [False, True], ids=["its work ended", "it was told to end"])
def test_a_leader_that_ends_in_order_is_followed_long_before_its_lease_would_have_ended(cancelled: bool) -> None:
    async def run() -> None:
        leases = Leases()
        async with leases.connect() as client:
            before, after = Worker(), Worker()
            leader = leads(client, "before", before)
            await asyncio.wait_for(before.begun.wait(), 5)
            follower = leads(client, "after", after)
            await asyncio.sleep(0.2)
            assert (leases.holder, after.works) == ("before", False)
            if cancelled:
                await ended(leader)
            else:
                before.may_end.set()
                await leader
            await asyncio.wait_for(after.begun.wait(), leading.LEASE_SECONDS / 2)
            assert (leases.holder, before.works, after.works) == ("after", False, True)
            await ended(follower)

    asyncio.run(run())


def test_the_lease_is_given_up_only_once_nobody_works(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        leases, worker, at_release = Leases(), Worker(), []

        async def watched(lock: leading._Lock) -> None:
            at_release.append(worker.works)
            await release(lock)

        release = leading._Lock.release
        monkeypatch.setattr(leading._Lock, "release", watched)
        async with leases.connect() as client:
            leader = leads(client, "one", worker)
            await asyncio.wait_for(worker.begun.wait(), 5)
            await ended(leader)
        assert at_release == [False]
        assert leases.lease is not None
        assert leases.lease["spec"]["holderIdentity"] == ""
        assert leases.lease["spec"]["leaseDurationSeconds"] == 1

    asyncio.run(run())


def test_who_only_waited_gives_up_nothing() -> None:
    async def run() -> None:
        leases = Leases()
        async with leases.connect() as client:
            one, other = Worker(), Worker()
            leader = leads(client, "one", one)
            await asyncio.wait_for(one.begun.wait(), 5)
            waiting = leads(client, "other", other)
            await asyncio.sleep(0.2)
            await ended(waiting)
            assert leases.holder == "one"
            await ended(leader)

    asyncio.run(run())


def test_a_lease_that_another_took_over_is_left_to_it() -> None:
    async def run() -> None:
        leases, worker = Leases(), Worker()
        async with leases.connect() as client:
            leader = leads(client, "one", worker)
            await asyncio.wait_for(worker.begun.wait(), 5)
            leases.hold("other")
            await ended(leader)
        assert leases.holder == "other"

    asyncio.run(run())


def test_an_api_server_that_does_not_answer_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        leases, worker = Leases(), Worker()
        async with leases.connect() as client:
            leader = leads(client, "one", worker)
            await asyncio.wait_for(worker.begun.wait(), 5)
            leases.fails = True
            worker.may_end.set()
            await asyncio.wait_for(leader, leading.RELEASE_SECONDS + 1)
        assert leases.holder == "one"

    asyncio.run(run())


def test_told_to_end_by_a_signal_it_ends_in_order() -> None:
    async def run() -> None:
        leases, worker = Leases(), Worker()
        async with leases.connect() as client:
            told = asyncio.ensure_future(until_told(while_leading(client, "ndsc-system", "one", worker.work)))
            await asyncio.wait_for(worker.begun.wait(), 5)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(told, 5)
        assert (leases.holder, worker.works) == ("", False)

    asyncio.run(run())
