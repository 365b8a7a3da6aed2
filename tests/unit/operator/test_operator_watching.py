"""The watch of metadata: what a listing tells, also an empty one and a long one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from kubernetes.aio.client import ApiClient

from ndsc_operator.kinds import SECRET
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Whose
from ndsc_operator.watching import MetadataWatch, Scope, Told


@pytest.mark.parametrize("items", [None, []])
def test_a_namespace_without_secrets_is_listed_as_null_or_as_nothing_and_is_no_error(
    items: list[Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Answer:
        async def read(self) -> bytes:
            return json.dumps({"metadata": {"resourceVersion": "7"}, "items": items}).encode()

    @asynccontextmanager
    async def asked(*_: object) -> AsyncIterator[Answer]:
        yield Answer()

    told: list[Told] = []
    watch = MetadataWatch(cast("ApiClient", None), told.append)
    monkeypatch.setattr(watch, "_asked", asked)
    gone = Ref("v1", "Secret", "kent", "gone")
    known = {gone: Whose("kent")}
    assert asyncio.run(watch._look(Scope(SECRET, "kent"), known)) == "7"
    assert told == [Told(gone, {}, frozenset({Whose("kent")}), gone=True)]
    assert known == {}


def test_a_long_list_is_read_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {None: (["a", "b"], "more"), "more": (["c"], "")}

    @asynccontextmanager
    async def asked(_scope: Scope, _accept: str, how: list[tuple[str, str]]) -> AsyncIterator[Any]:
        names, onward = parts[dict(how).get("continue")]
        items = [{"metadata": {"name": name, "namespace": "kent"}} for name in names]
        answer = {"metadata": {"resourceVersion": "7", "continue": onward}, "items": items}

        class Answer:
            async def read(self) -> bytes:
                return json.dumps(answer).encode()

        yield Answer()

    told: list[Told] = []
    watch = MetadataWatch(cast("ApiClient", None), told.append)
    monkeypatch.setattr(watch, "_asked", asked)
    known = dict.fromkeys([Ref("v1", "Service", "kent", "b"), Ref("v1", "Service", "kent", "gone")], Whose("kent"))
    asyncio.run(watch._look(Scope(("v1", "Service")), known))
    assert [(one.ref.name, one.gone) for one in told] == [("a", False), ("b", False), ("c", False), ("gone", True)]


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        (Scope(SECRET, "kent"), "/api/v1/namespaces/kent/secrets"),
        (Scope(("networking.k8s.io/v1", "NetworkPolicy")), "/apis/networking.k8s.io/v1/networkpolicies"),
    ],
)
def test_where_the_server_has_a_scope(scope: Scope, path: str) -> None:
    assert scope.path == path
