"""Quotas: all at once or bit by bit, for each caller apart, and filling with time."""

from __future__ import annotations

import pytest

from ndsc.web.quotas import Quota, QuotaExceededError


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_caller_may_use_it_all_at_once_and_then_waits_for_it_to_fill() -> None:
    clock = Clock()
    quota = Quota(60, clock=clock)
    quota.take("kent", 60)
    with pytest.raises(QuotaExceededError):
        quota.take("kent", 1)
    clock.now = 10
    quota.take("kent", 10)
    with pytest.raises(QuotaExceededError):
        quota.take("kent", 1)


def test_what_is_refused_uses_nothing() -> None:
    quota = Quota(60, clock=Clock())
    with pytest.raises(QuotaExceededError):
        quota.take("kent", 61)
    quota.take("kent", 60)


def test_one_caller_does_not_use_another_s() -> None:
    quota = Quota(60, clock=Clock())
    quota.take("kent", 60)
    quota.take("gwent", 60)


def test_a_long_rest_gives_no_more_than_a_full_bucket() -> None:
    clock = Clock()
    quota = Quota(60, clock=clock)
    quota.take("kent", 1)
    clock.now = 10_000
    with pytest.raises(QuotaExceededError):
        quota.take("kent", 61)


def test_callers_beyond_a_thousand_are_forgotten_the_longest_silent_first() -> None:
    quota = Quota(60, clock=Clock())
    quota.take("first", 60)
    for number in range(999):
        quota.take(f"caller {number}", 1)
    with pytest.raises(QuotaExceededError):
        quota.take("first", 1)
    for number in range(1_001):
        quota.take(f"more {number}", 1)
    quota.take("first", 60)
