"""What a force lists is withdrawn once nobody of it is left, whoever saw it go, and never before its last pod ended."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest

from ndsc_operator.api import Api
from ndsc_operator.listings import EVERY, RESYNC_SECONDS, SOON_SECONDS, Listings
from ndsc_operator.queue import Again, TemporaryError
from ndsc_operator.refs import Ref
from ndsc_operator.settings import Settings
from ndsc_operator.speaking import NoAnswerError, Voice

Object = dict[str, Any]
API_VERSION = "ndsc.police.uk/v1alpha1"


def force(code: str, **spec: Any) -> Object:
    spec = {"code": code, "name": code.title()} | spec
    return {"apiVersion": API_VERSION, "kind": "Force", "metadata": {"name": code, "uid": code}, "spec": spec}


def node(code: str, **metadata: Any) -> Object:
    its = {"name": code, "namespace": "default"} | metadata
    return {"apiVersion": API_VERSION, "kind": "DataNode", "metadata": its, "spec": {"force": code}}


def namespace(code: str, owner: str = "") -> Object:
    labels = {"ndsc.police.uk/force": owner or code}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": code, "labels": labels}}


def pod(code: str) -> Object:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{code}-api-1", "namespace": code}}


class Cluster:
    """What an API server has, and a registry beside it."""

    def __init__(self, *objects: Object, listed: tuple[str, ...] = ("kent",)) -> None:
        self.objects = list(objects)
        self.listed = set(listed)
        self.silent = False
        self.told: list[str] = []

    async def get(self, ref: Ref) -> Object | None:
        return next((one for one in self.objects if Ref.of(one) == ref), None)

    async def list(self, api_version: str, kind: str, *, namespace: str = "", labels: str = "") -> list[Object]:
        assert kind != "Pod" or labels == f"ndsc.police.uk/force={namespace},app.kubernetes.io/component=api"
        found = [one for one in self.objects if (one["apiVersion"], one["kind"]) == (api_version, kind)]
        return [one for one in found if not namespace or one["metadata"]["namespace"] == namespace]

    async def create(self, one: Object) -> Object:
        self.told.append(one["note"])
        return one

    async def ask(self, method: str, url: str, audience: str) -> bytes:
        assert audience == "registry"
        if self.silent:
            raise NoAnswerError("It does not answer.")
        path = url.removeprefix("https://registry.ndsc-system.svc/v1/forces")
        if method == "GET":
            assert path == ""
            return json.dumps({"forces": sorted(self.listed)}).encode()
        code = path.removeprefix("/").removesuffix("/entries")
        had = code in self.listed
        self.listed.discard(code)
        return json.dumps({"entries": 7 * had, "datasets": int(had)}).encode()

    def look(self, key: str = "kent") -> Again | None:
        listings = Listings(cast("Api", self), Settings(), cast("Voice", self))
        return asyncio.run(listings.reconcile(key))


@pytest.mark.parametrize("key", ["kent", EVERY])
@pytest.mark.parametrize(
    "left",
    [
        (),
        (namespace("kent"),),
        (force("kent"), namespace("kent")),
        (node("kent"), namespace("kent")),
        (force("kent"), node("kent", deletionTimestamp="2026-01-01T00:00:00Z"), namespace("kent")),
        (force("kent"), node("essex"), force("essex")),
        (namespace("kent", "somebody-elses"), pod("kent")),
    ],
    ids=["nothing", "namespace", "force", "no-force", "going", "another", "not-ours"],
)
def test_a_force_of_which_nobody_is_left_lists_nothing(key: str, left: tuple[Object, ...]) -> None:
    cluster = Cluster(*left, listed=("kent", "essex"))
    cluster.look(key)
    assert "kent" not in cluster.listed


@pytest.mark.parametrize("key", ["kent", EVERY])
def test_a_force_with_a_node_keeps_what_it_lists_awake_or_asleep(key: str) -> None:
    cluster = Cluster(force("kent"), node("kent"), namespace("kent"))
    again = cluster.look(key)
    assert cluster.listed == {"kent"}
    assert again is None or again.seconds >= RESYNC_SECONDS * 0.8


@pytest.mark.parametrize("key", ["kent", EVERY])
def test_a_force_that_was_merged_lists_what_it_listed_and_its_successor_stands_for_it(key: str) -> None:
    cluster = Cluster(force("essex", successorOf=["kent"]), node("kent"), namespace("kent"))
    cluster.look(key)
    assert cluster.listed == {"kent"}


@pytest.mark.parametrize("key", ["kent", EVERY])
def test_nothing_is_withdrawn_while_a_copy_of_its_api_may_still_list(key: str) -> None:
    cluster = Cluster(force("kent"), namespace("kent"), pod("kent"))
    assert cluster.look(key) == Again(SOON_SECONDS)
    assert cluster.listed == {"kent"}
    cluster.objects.pop()
    cluster.look(key)
    assert cluster.listed == set()


def test_the_force_is_told_once() -> None:
    cluster = Cluster(force("kent"))
    cluster.look()
    cluster.look()
    assert cluster.told == ["7 entries were withdrawn from the national index: no data node of it is left."]


@pytest.mark.parametrize("key", ["kent", EVERY])
def test_a_registry_that_is_away_is_asked_again(key: str) -> None:
    cluster = Cluster()
    cluster.silent = True
    with pytest.raises(TemporaryError) as failed:
        cluster.look(key)
    assert failed.value.reason == "EntriesNotWithdrawn"
    cluster.silent = False
    cluster.look(key)
    assert cluster.listed == set()
