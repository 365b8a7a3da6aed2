"""A database whose force asked for its deletion goes step by step, and a step that is not done keeps it where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest

from ndsc_operator.api import Api
from ndsc_operator.children.archive import file_of
from ndsc_operator.disposing import SOON_SECONDS, Disposal
from ndsc_operator.queue import Again
from ndsc_operator.refs import Ref
from ndsc_operator.retiring import stop
from ndsc_operator.seen import Children
from ndsc_operator.settings import Settings

Object = dict[str, Any]
LABELS = {
    "app.kubernetes.io/managed-by": "ndsc-operator",
    "ndsc.police.uk/force": "kent",
    "ndsc.police.uk/datanode": "north",
}
JOB, CLAIM, CLUSTER = "Job/kent/north-audit", "PersistentVolumeClaim/kent/north-audit", "Cluster/kent/north-db"


def cluster(annotations: Mapping[str, str] | None = None, policy: str = "Delete", ready: int = 1) -> Object:
    its = {
        "name": "north-db",
        "namespace": "kent",
        "uid": "1f",
        "labels": LABELS,
        "finalizers": ["ndsc.police.uk/volumes"],
        "annotations": {"ndsc.police.uk/deletion-policy": policy, **(annotations or {})},
    }
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": its,
        "spec": {"storage": {"size": "3Gi"}},
        "status": {"readyInstances": ready},
    }


def job(*conditions: str) -> Object:
    status = {"conditions": [{"type": one, "status": "True"} for one in conditions]}
    its = {"name": "north-audit", "namespace": "kent", "uid": "2f", "labels": LABELS}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": its, "status": status}


NAMESPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kent"}}


class Server:
    """What an API server has, and what was done to it, in order."""

    def __init__(self, *objects: Object) -> None:
        self.objects = [NAMESPACE, *objects]
        self.done: list[tuple[str, str]] = []
        self.applied: dict[str, Object] = {}
        self.told: list[str] = []
        self.children = Children()

    async def get(self, ref: Ref) -> Object | None:
        return next((one for one in self.objects if Ref.of(one) == ref), None)

    async def list(self, api_version: str, kind: str, *, namespace: str = "", labels: str = "") -> list[Object]:
        return [one for one in self.objects if (one["apiVersion"], one["kind"]) == (api_version, kind)]

    async def apply(self, one: Object) -> Object:
        self.done.append(("apply", str(Ref.of(one))))
        self.applied[str(Ref.of(one))] = one
        return one | {"metadata": {"uid": "", "resourceVersion": "1", **one["metadata"]}}

    async def patch(self, ref: Ref, change: Mapping[str, Any]) -> None:
        its = change["metadata"]
        self.done.append((str(its.get("annotations", {}).get("cnpg.io/hibernation", its)), str(ref)))

    async def delete(self, ref: Ref, *, uid: str) -> None:
        assert uid
        self.done.append(("delete", str(ref)))

    async def create(self, one: Object) -> Object:
        self.told.append(one["reason"])
        return one

    def dispose(self, *, withdrawn: bool = True) -> Again | None:
        async def is_withdrawn(force: str) -> bool:
            assert force == "kent"
            return withdrawn

        disposal = Disposal(cast("Api", self), Settings(), is_withdrawn)
        return asyncio.run(stop(cast("Api", self), "kent", "north", disposal.of))


def test_nothing_is_done_while_the_force_still_lists() -> None:
    server = Server(cluster())
    assert server.dispose(withdrawn=False) == Again(SOON_SECONDS)
    assert server.done == []


def test_a_sleeping_database_is_woken_first() -> None:
    server = Server(cluster({"cnpg.io/hibernation": "on"}, ready=0))
    assert server.dispose() == Again(SOON_SECONDS)
    assert server.done == [("off", CLUSTER)]


def test_the_audit_log_is_written_into_a_volume_that_nothing_takes_along() -> None:
    server = Server(cluster({"cnpg.io/hibernation": "off"}))
    assert server.dispose() == Again(SOON_SECONDS)
    assert server.done == [("apply", CLAIM), ("apply", JOB)]
    claim, made = server.applied[CLAIM], server.applied[JOB]
    assert "ownerReferences" not in claim["metadata"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "3Gi"
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert container["command"][0] == "pg_dump"
    assert "--table=audit_*" in container["command"]
    assert f"--file=/archive/{file_of('1f')}" in container["command"]
    assert file_of("1f") != file_of("2f"), "a later database of the same name writes over nothing"


def test_the_database_stays_while_its_log_is_being_written() -> None:
    server = Server(cluster({"cnpg.io/hibernation": "off"}), job())
    assert server.dispose() == Again(SOON_SECONDS)
    assert ("delete", JOB) not in server.done
    assert ("delete", CLUSTER) not in server.done


def test_once_the_log_is_kept_the_database_goes_with_its_volumes() -> None:
    server = Server(cluster(), job("Complete"))
    assert server.dispose() is None
    assert server.done == [("{'finalizers': None}", CLUSTER), ("delete", CLUSTER)]
    assert server.told == ["DatabaseDeleted"]


def test_a_log_that_cannot_be_kept_keeps_the_database_asleep_and_says_so() -> None:
    server = Server(cluster({"cnpg.io/hibernation": "off"}), job("Failed"))
    assert server.dispose() is None
    assert server.done == [("on", CLUSTER)]
    assert server.told == ["AuditLogNotKept"]


@pytest.mark.parametrize(("reading", "wanted"), [("", "on"), ("off", "on"), ("on", "off")])
def test_a_database_that_is_retained_sleeps_unless_somebody_reads_in_it(reading: str, wanted: str) -> None:
    server = Server(cluster({"ndsc.police.uk/reading": reading}, "Retain"))
    assert server.dispose() is None
    assert server.done == [(wanted, CLUSTER)]


def test_without_its_force_a_node_rests_whatever_the_policy_says() -> None:
    server = Server(cluster())
    asyncio.run(stop(cast("Api", server), "kent", "north"))
    assert server.done == [("on", CLUSTER)]
