"""What is behind is remembered until it has caught up, whoever does it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ndsc.embedded.unindexed import Unindexed
from ndsc.errors import ConflictError, UnavailableError


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


def test_a_change_that_goes_on_is_left_to_whoever_makes_it(unindexed: Unindexed, tmp_path: Path) -> None:
    with unindexed.changing("kent", lambda: True), capture_logs() as said:
        assert caught_up(unindexed) == []
        assert said == [], "one's own work is no news"
        assert caught_up(Unindexed(tmp_path / "unindexed")) == []
    assert [(line["event"], line["force"], line["code"]) for line in said] == [
        ("index-left-behind", "kent", "records-changing")
    ]
    assert caught_up(unindexed) == []


@contextmanager
def being_listed_anew(unindexed: Unindexed) -> Iterator[threading.Event]:
    """While another thread lists a force anew, until the event is set."""
    begun, enough = threading.Event(), threading.Event()

    def lists(_force: str) -> None:
        begun.set()
        assert enough.wait(20)

    unindexed.mark("kent")
    lister = threading.Thread(target=unindexed.catch_up, args=(lists,))
    lister.start()
    assert begun.wait(20)
    try:
        yield enough
    finally:
        enough.set()
        lister.join(20)


def test_a_change_waits_for_an_index_that_is_being_worked_on_and_says_so(unindexed: Unindexed) -> None:
    with being_listed_anew(unindexed) as enough, capture_logs() as said:
        threading.Timer(0.3, enough.set).start()
        with unindexed.changing("kent", lambda: True):
            assert enough.is_set()
    assert ("index-busy-waiting", "kent") in [(line["event"], line.get("force")) for line in said]


def test_a_change_does_not_wait_for_ever(tmp_path: Path) -> None:
    unindexed = Unindexed(tmp_path / "unindexed", patience=0.3)
    with (
        being_listed_anew(unindexed),
        pytest.raises(ConflictError, match="index of kent"),
        unindexed.changing("kent", lambda: True),
    ):
        pytest.fail("it was changed")


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
