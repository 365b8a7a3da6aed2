"""One operator works at a time: the one that holds a Lease. Its work ends with its leading, and gives the Lease up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from aiohttp import ClientError
from kubernetes.aio.client import ApiClient, V1Lease, V1LeaseSpec, V1ObjectMeta
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

NAME = "ndsc-operator"
LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS = 10, 6, 2
"""A leader that is gone is followed within lease and retry, 12 seconds; one that is cut off has ended before that. One
that ends in order gives the Lease up, and is followed within a retry, 2 seconds."""
RELEASE_SECONDS = 2.0
_log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[None]]


class _Lock(LeaseLock):
    """The client's own lock, but that its ``create`` asks for a pretty answer in a way its own API refuses (37.0.2)."""

    async def create(self, name: str, namespace: str, election_record: LeaderElectionRecord) -> bool:
        """Make the Lease; False where another was quicker."""
        lease = V1Lease(metadata=V1ObjectMeta(name=name), spec=self.update_lease(election_record))
        try:
            await self.api_instance.create_namespaced_lease(namespace, lease)
        except ApiException:
            return False
        return True

    async def release(self) -> None:
        """Give the Lease up as Kubernetes' own client does (client-go's ``ReleaseOnCancel``); no other's is touched.

        What cannot be given up in time ends by itself.
        """
        try:
            async with asyncio.timeout(RELEASE_SECONDS):
                lease = await self.api_instance.read_namespaced_lease(self.name, self.namespace)
                if lease.spec is None or lease.spec.holder_identity != self.identity:
                    return
                now = datetime.now(UTC)
                lease.spec = V1LeaseSpec(holder_identity="", lease_duration_seconds=1, acquire_time=now, renew_time=now)
                await self.api_instance.replace_namespaced_lease(self.name, self.namespace, lease)
        except (ApiException, ClientError, OSError, TimeoutError) as error:
            _log.warning("lease not given up", error=str(error)[:300])


async def while_leading(client: ApiClient, namespace: str, identity: str, work: Work) -> None:
    """Wait to lead, then work; return when the work, or the leading, has come to its end. Raises what either raises."""
    led = asyncio.Event()

    async def lead() -> None:
        led.set()

    async def lost() -> None:
        """Nothing: that the election returns says it."""

    lock = _Lock(NAME, namespace, identity, client)
    election = asyncio.ensure_future(
        LeaderElection(Config(lock, LEASE_SECONDS, RENEW_SECONDS, RETRY_SECONDS, lead, lost)).run()
    )
    leading = asyncio.ensure_future(led.wait())
    tasks = [election, leading]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if leading.done() and not election.done():
            tasks.append(asyncio.ensure_future(work()))
            await asyncio.wait((election, tasks[-1]), return_when=asyncio.FIRST_COMPLETED)
    finally:
        pending = [task for task in tasks if not task.done()]
        for task in pending:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if led.is_set():
            await lock.release()  # last of all: who follows must find nobody at work
    for task in tasks:
        if not task.cancelled():
            task.result()
