"""The watch of Secrets: what a listing tells, also an empty one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from kubernetes.aio.client import ApiClient

from ndsc_operator.watching import Scope, SecretWatch


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

    told: list[str] = []
    watch = SecretWatch(cast("ApiClient", None), lambda _, name, __: told.append(name))
    monkeypatch.setattr(watch, "_asked", asked)
    known: dict[str, Any] = {"gone": {"some": "label"}}
    assert asyncio.run(watch._look(Scope("kent"), known)) == "7"
    assert told == ["gone"]
    assert known == {}
