"""What the operator wrote itself is no news to it; all else that happens to an object is."""

from __future__ import annotations

import pytest

from ndsc_operator.written import Written


def one(version: str = "7", **more: str) -> dict[str, dict[str, str]]:
    return {"metadata": {"uid": "u-1", "resourceVersion": version, **more}}


@pytest.fixture
def written() -> Written:
    made = Written()
    made.note(one("6"))
    made.note(one("7"))
    return made


def test_the_version_that_was_answered_is_no_news(written: Written) -> None:
    assert not written.is_news(one("7"), gone=False)


@pytest.mark.parametrize("version", ["6", "8"])
def test_any_other_version_is_news(written: Written, version: str) -> None:
    assert written.is_news(one(version), gone=False)


def test_what_was_never_written_is_news() -> None:
    assert Written().is_news(one(), gone=False)


def test_that_an_object_is_being_deleted_or_gone_is_news_in_any_version(written: Written) -> None:
    assert written.is_news(one("7", deletionTimestamp="2026-01-01T00:00:00Z"), gone=False)
    assert written.is_news(one("7"), gone=True)
    assert written.is_news(one("7"), gone=False)  # of what is gone nothing is known any more
