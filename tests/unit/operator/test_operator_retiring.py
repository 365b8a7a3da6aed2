"""A data node whose manifest is gone: what runs goes, the database sleeps, and another home's node is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from ndsc_operator.api import Api, Ref
from ndsc_operator.nodes import is_forsaken
from ndsc_operator.retiring import retire

Object = dict[str, Any]
LABELS = {"ndsc.police.uk/force": "kent", "ndsc.police.uk/datanode": "north"}


def child(api_version: str, kind: str, name: str) -> Object:
    its = {"name": name, "namespace": "kent", "uid": name, "labels": LABELS}
    return {"apiVersion": api_version, "kind": kind, "metadata": its}


CLUSTER = child("postgresql.cnpg.io/v1", "Cluster", "north-db")
SERVICE = child("v1", "Service", "north")


class Server:
    """What an API server has, and what was done to it."""

    def __init__(self, *objects: Object) -> None:
        self.objects = list(objects)
        self.patched: dict[str, Mapping[str, Any]] = {}
        self.deleted: list[str] = []

    async def get(self, ref: Ref) -> Object | None:
        return next((one for one in self.objects if Ref.of(one) == ref), None)

    async def list(self, api_version: str, kind: str, *, namespace: str = "", labels: str = "") -> list[Object]:
        assert "ndsc.police.uk/datanode=north" in labels or kind == "PersistentVolumeClaim"
        return [one for one in self.objects if (one["apiVersion"], one["kind"]) == (api_version, kind)]

    async def delete(self, ref: Ref, *, uid: str) -> None:
        self.deleted.append(str(ref))

    async def patch(self, ref: Ref, change: Mapping[str, Any]) -> None:
        self.patched[str(ref)] = change


def retired(server: Server, home: str) -> Server:
    ref = Ref("ndsc.police.uk/v1alpha1", "DataNode", home, "north")
    asyncio.run(retire(cast("Api", server), ref))
    return server


@pytest.mark.parametrize("home", ["kent", "default"])
def test_what_runs_goes_and_the_database_sleeps(home: str) -> None:
    server = retired(Server(CLUSTER, SERVICE), home)
    assert server.deleted == ["Service/kent/north"]
    assert server.patched["Cluster/kent/north-db"]["metadata"]["annotations"] == {"cnpg.io/hibernation": "on"}


def test_a_node_that_never_answered_has_a_database_all_the_same() -> None:
    assert "Cluster/kent/north-db" in retired(Server(CLUSTER), "default").patched


@pytest.mark.parametrize("home", ["kent", "default"])
def test_nothing_is_done_while_its_manifest_lies_in_the_other_home(home: str) -> None:
    other = "default" if home == "kent" else "kent"
    manifest = {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "DataNode",
        "metadata": {"name": "north", "namespace": other},
        "spec": {"force": "kent"},
    }
    server = retired(Server(CLUSTER, SERVICE, manifest), home)
    assert (server.deleted, server.patched) == ([], {})


@pytest.mark.parametrize("home", ["kent", "default"])
def test_a_database_that_is_deleted_too_is_let_go_and_its_volumes_stay(home: str) -> None:
    claim = child("v1", "PersistentVolumeClaim", "north-db-1")
    gone = {"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["ndsc.police.uk/volumes"]}
    deleted = CLUSTER | {"metadata": CLUSTER["metadata"] | gone}
    server = retired(Server(deleted, SERVICE, claim), home)
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
