"""A data node whose manifest is gone: what runs goes, the database sleeps, and another home's node is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ndsc_operator.api import Api, KindMissingError
from ndsc_operator.forces import Forces
from ndsc_operator.nodes import is_forsaken
from ndsc_operator.queue import TemporaryError
from ndsc_operator.refs import Ref
from ndsc_operator.retiring import retire
from ndsc_operator.seen import Children
from ndsc_operator.settings import Settings

Object = dict[str, Any]
LABELS = {"ndsc.police.uk/force": "kent", "ndsc.police.uk/datanode": "north"}


def child(api_version: str, kind: str, name: str) -> Object:
    its = {"name": name, "namespace": "kent", "uid": name, "labels": LABELS}
    return {"apiVersion": api_version, "kind": kind, "metadata": its}


CLUSTER = child("postgresql.cnpg.io/v1", "Cluster", "north-db")
SERVICE = child("v1", "Service", "north")
NAMESPACE: Object = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "kent", "labels": {"ndsc.police.uk/force": "kent"}},
}
FORCE: Object = {
    "apiVersion": "ndsc.police.uk/v1alpha1",
    "kind": "Force",
    "metadata": {"name": "kent", "uid": "kent"},
    "spec": {"name": "Kent Police", "code": "kent", "country": "GB-ENG"},
}
HELD = CLUSTER | {"metadata": CLUSTER["metadata"] | {"finalizers": ["ndsc.police.uk/volumes"]}}
GOING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


class Server:
    """What an API server has, and what was done to it."""

    def __init__(self, *objects: Object) -> None:
        self.objects = list(objects)
        self.patched: dict[str, Mapping[str, Any]] = {}
        self.deleted: list[str] = []
        self.children = Children()
        for one in objects:
            self.children.told(Ref.of(one), {"resourceVersion": "1", "uid": "", **one["metadata"]}, gone=False)

    async def get(self, ref: Ref) -> Object | None:
        return next((one for one in self.objects if Ref.of(one) == ref), None)

    async def list(
        self, api_version: str, kind: str, *, namespace: str = "", labels: str = "", fields: str = ""
    ) -> list[Object]:
        if kind == "ServiceMonitor":
            raise KindMissingError("the API server has no ServiceMonitor")
        assert "managed-by=ndsc-operator" in labels or kind in {"PersistentVolumeClaim", "Force", "DataNode"}
        return [one for one in self.objects if (one["apiVersion"], one["kind"]) == (api_version, kind)]

    async def delete(self, ref: Ref, *, uid: str) -> None:
        self.deleted.append(str(ref))

    async def patch(self, ref: Ref, change: Mapping[str, Any]) -> None:
        self.patched[str(ref)] = change

    async def create(self, one: Object) -> Object:
        return one

    async def set_status(self, found: Object, status: Object) -> None:
        pass


async def never(cluster: Object) -> None:
    """No force of these tests asks for its data's deletion."""
    raise AssertionError(cluster)


def retired(server: Server, home: str) -> Server:
    ref = Ref("ndsc.police.uk/v1alpha1", "DataNode", home, "north")
    asyncio.run(retire(cast("Api", server), ref, never))
    return server


@pytest.mark.parametrize("home", ["kent", "default"])
def test_what_runs_goes_and_the_database_sleeps(home: str) -> None:
    server = retired(Server(NAMESPACE, CLUSTER, SERVICE), home)
    assert server.deleted == ["Service/kent/north"]
    assert server.patched["Cluster/kent/north-db"]["metadata"]["annotations"] == {"cnpg.io/hibernation": "on"}


def test_a_node_that_never_answered_has_a_database_all_the_same() -> None:
    assert "Cluster/kent/north-db" in retired(Server(NAMESPACE, CLUSTER), "default").patched


@pytest.mark.parametrize("home", ["kent", "default"])
def test_nothing_is_done_while_its_manifest_lies_in_the_other_home(home: str) -> None:
    other = "default" if home == "kent" else "kent"
    manifest = {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataNode",
        "metadata": {"name": "north", "namespace": other},
        "spec": {"force": "kent"},
    }
    server = retired(Server(NAMESPACE, CLUSTER, SERVICE, manifest), home)
    assert (server.deleted, server.patched) == ([], {})


@pytest.mark.parametrize("home", ["kent", "default"])
def test_a_database_that_is_deleted_too_is_let_go_and_its_volumes_stay(home: str) -> None:
    claim = child("v1", "PersistentVolumeClaim", "north-db-1")
    deleted = HELD | {"metadata": HELD["metadata"] | GOING}
    server = retired(Server(NAMESPACE, deleted, SERVICE, claim), home)
    assert server.patched["PersistentVolumeClaim/kent/north-db-1"] == {"metadata": {"ownerReferences": None}}
    assert server.patched["Cluster/kent/north-db"] == {"metadata": {"finalizers": None}}
    assert "PersistentVolumeClaim/kent/north-db-1" not in server.deleted


@pytest.mark.parametrize(
    ("reason", "seconds", "forsaken"),
    [("ForceMissing", 61, True), ("ForceMissing", 59, False), ("ApiStarting", 3_600, False)],
)
def test_a_node_is_stopped_only_once_its_force_has_been_gone_for_a_while(
    reason: str, seconds: int, forsaken: bool
) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    since = (now - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    ready = {"type": "Ready", "status": "False", "reason": reason, "lastTransitionTime": since}
    assert is_forsaken({"status": {"conditions": [ready]}}, now) is forsaken
    assert not is_forsaken({}, now)


@pytest.mark.parametrize("home", ["kent", "default"])
def test_in_a_namespace_that_goes_nothing_is_put_to_sleep(home: str) -> None:
    """There the operator has no rights any more."""
    server = retired(Server(NAMESPACE | {"metadata": NAMESPACE["metadata"] | GOING}, HELD, SERVICE), home)
    assert (server.deleted, server.patched) == ([], {})


@pytest.mark.parametrize("there", [True, False], ids=["its Force stays", "its Force is gone"])
def test_a_namespace_that_goes_is_not_held_by_its_databases(there: bool) -> None:
    server = Server(NAMESPACE | {"metadata": NAMESPACE["metadata"] | GOING}, HELD, *([FORCE] if there else []))
    forces = Forces(cast("Api", server), Settings(), lambda _: None, lambda _: None)
    if there:
        with pytest.raises(TemporaryError, match="is being deleted; it is made again"):
            asyncio.run(forces.reconcile("kent"))
    else:
        again = asyncio.run(forces.reconcile("kent"))
        assert again is not None
        assert again.seconds < 10
    assert server.patched == {"Cluster/kent/north-db": {"metadata": {"finalizers": None}}}


def test_the_databases_of_a_namespace_that_is_not_the_forces_are_left_alone() -> None:
    others = NAMESPACE | {"metadata": {"name": "kent", **GOING}}
    server = Server(others, HELD)
    assert (
        asyncio.run(Forces(cast("Api", server), Settings(), lambda _: None, lambda _: None).reconcile("kent")) is None
    )
    assert server.patched == {}


def test_who_stands_for_a_force_that_is_gone_is_looked_at_when_that_one_is() -> None:
    heir: Object = FORCE | {"metadata": {"name": "medway", "uid": "1"}}
    heir |= {"spec": {"name": "Medway", "code": "medway", "successorOf": ["kent"]}}
    woken: list[str] = []
    tenancy: list[str] = []

    class Made(Server):
        async def apply(self, one: Object) -> Object:
            tenancy.append(str(Ref.of(one)))
            return one | {"metadata": one["metadata"] | {"uid": "", "creationTimestamp": "2026-01-01T00:00:00Z"}}

    server = Made(NAMESPACE, heir)
    asyncio.run(Forces(cast("Api", server), Settings(), lambda _: None, woken.append).reconcile("kent"))
    assert woken == ["medway"]
    assert "NetworkPolicy/kent/default-deny" in tenancy


def test_the_nodes_of_a_force_that_is_deleted_are_looked_at_for_they_must_notice() -> None:
    node: Object = {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataNode",
        "metadata": {"name": "north", "namespace": "default"},
        "spec": {"force": "kent"},
    }
    woken: list[Ref] = []
    forces = Forces(cast("Api", Server(NAMESPACE, node)), Settings(), woken.append, lambda _: None)
    assert asyncio.run(forces.reconcile("kent")) is None
    assert woken == [Ref.of(node)]
