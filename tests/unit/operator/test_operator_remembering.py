"""Answers that many rounds want are asked for once in a while."""

from __future__ import annotations

import asyncio

import pytest

from ndsc_operator.remembering import Remembered


def test_what_many_want_at_once_is_asked_once_and_again_when_it_is_old() -> None:
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return asked

    async def scenario() -> tuple[list[int], int]:
        known = Remembered(ask, 0.05)
        first = await asyncio.gather(*(known.get() for _ in range(5)))
        await asyncio.sleep(0.08)
        return first, await known.get()

    assert asyncio.run(scenario()) == ([1, 1, 1, 1, 1], 2)


def test_of_a_failure_nothing_is_remembered() -> None:
    answers = iter((ValueError("no"), None))

    async def ask() -> str:
        error = next(answers)
        if error:
            raise error
        return "yes"

    async def scenario() -> str:
        known = Remembered(ask, 60)
        with pytest.raises(ValueError, match="no"):
            await known.get()
        return await known.get()

    assert asyncio.run(scenario()) == "yes"
