"""No text whatever makes the token verifier do anything but accept or refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.asking import officer, token_for

from ndsc.errors import UnauthenticatedError
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import verify_officer

KEY = SigningKey.generate()
TRUSTED = {KEY.kid: KEY.public}
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
GOOD = token_for(KEY, officer(), now=NOW)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=300), st.lists(st.text(max_size=40), min_size=3, max_size=5).map(".".join)))
def test_any_text_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        verify_officer(text, TRUSTED)


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_refused(position: int, character: str) -> None:
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed == GOOD:
        verify_officer(changed, TRUSTED, NOW)
    else:
        with pytest.raises(UnauthenticatedError):
            verify_officer(changed, TRUSTED, NOW)
