"""What is behind is remembered until it has caught up, whoever does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndsc.embedded.unindexed import Unindexed
from ndsc.errors import UnavailableError


@pytest.fixture
def unindexed(tmp_path: Path) -> Unindexed:
    return Unindexed(tmp_path / "unindexed")


def caught_up(unindexed: Unindexed) -> list[str]:
    done: list[str] = []
    unindexed.catch_up(done.append)
    return done


def test_nothing_is_left_of_a_change_that_the_index_followed(unindexed: Unindexed) -> None:
    assert caught_up(unindexed) == []
    with unindexed.changing("kent", lambda: True):
        pass
    assert caught_up(unindexed) == []


def test_what_was_left_for_later_is_caught_up_with_once(unindexed: Unindexed) -> None:
    with unindexed.changing("kent", lambda: False):
        pass
    assert caught_up(unindexed) == ["kent"]
    assert caught_up(unindexed) == []


def test_a_change_that_failed_is_caught_up_with(unindexed: Unindexed) -> None:
    with pytest.raises(ZeroDivisionError), unindexed.changing("kent", lambda: True):
        raise ZeroDivisionError
    assert caught_up(unindexed) == ["kent"]


def test_a_change_that_goes_on_is_left_to_whoever_makes_it(unindexed: Unindexed) -> None:
    with unindexed.changing("kent", lambda: True):
        assert caught_up(unindexed) == []
    assert caught_up(unindexed) == []


def test_two_changes_at_once_end_with_the_later(unindexed: Unindexed) -> None:
    with unindexed.changing("kent", lambda: False):
        with unindexed.changing("kent", lambda: True):
            pass
        assert caught_up(unindexed) == []
    assert caught_up(unindexed) == ["kent"]


def test_what_cannot_be_caught_up_with_now_waits_and_stops_nothing(unindexed: Unindexed) -> None:
    def fails(force: str) -> None:
        raise UnavailableError(f"{force} cannot be indexed")

    with unindexed.changing("kent", lambda: False), unindexed.changing("surrey", lambda: False):
        pass
    unindexed.catch_up(fails)
    assert caught_up(unindexed) == ["kent", "surrey"]
