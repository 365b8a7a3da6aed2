"""Markings and gradings: what they may say, and what cannot be said together."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ndsc.model.handling import Grading, ProtectiveMarking, Tier

CONDITIONS = {"conditions": "Ring first.", "action": "A1", "sanitisation": "S2"}


def test_tiers_rank_from_official_up() -> None:
    assert [tier.rank for tier in (Tier.OFFICIAL, Tier.SECRET, Tier.TOP_SECRET)] == [0, 1, 2]


def test_sensitive_is_a_marking_inside_official() -> None:
    assert str(ProtectiveMarking(sensitive=True)) == "OFFICIAL-SENSITIVE"
    with pytest.raises(ValidationError, match="inside OFFICIAL"):
        ProtectiveMarking(tier=Tier.SECRET, sensitive=True)


@pytest.mark.parametrize("text", ["1AP", "3EP", "2bp", " 2 D P "])
def test_a_3x5x2_grading_that_may_be_shared_has_no_conditions(text: str) -> None:
    grading = Grading.parse(text)
    assert grading.scheme == "3x5x2"
    assert str(grading) == text.replace(" ", "").upper()
    with pytest.raises(ValidationError, match="carries no conditions"):
        Grading.parse(text, **CONDITIONS)


def test_handling_code_c_needs_conditions_action_and_sanitisation() -> None:
    assert str(Grading.parse("1AC", **CONDITIONS)) == "1AC"
    for missing in CONDITIONS:
        with pytest.raises(ValidationError, match="all three"):
            Grading.parse("1AC", **{key: value for key, value in CONDITIONS.items() if key != missing})


def test_overt_action_needs_a_usage_text_and_no_other_action_has_one() -> None:
    overt = {**CONDITIONS, "action": "A3"}
    assert Grading.parse("2BC", **overt, usage="Briefing only").usage == "Briefing only"
    with pytest.raises(ValidationError, match="usage text"):
        Grading.parse("2BC", **overt)
    with pytest.raises(ValidationError, match="usage text"):
        Grading.parse("2BC", **CONDITIONS, usage="Briefing only")


@pytest.mark.parametrize("text", ["A11", "B24", "E55"])
def test_a_5x5x5_grading_stays_what_it_is(text: str) -> None:
    grading = Grading.parse(text)
    assert (grading.scheme, str(grading)) == ("5x5x5", text)
    assert Grading.model_validate(grading.model_dump()) == grading


@pytest.mark.parametrize("text", ["", "4AP", "1FP", "1AX", "F11", "A61", "B2", "1APP", "B245", "AAA", "111"])
def test_what_is_neither_scheme_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a 3x5x2"):
        Grading.parse(text)


def test_a_grading_of_one_scheme_cannot_claim_the_other() -> None:
    with pytest.raises(ValidationError, match="is not a 5x5x5 grading"):
        Grading(scheme="5x5x5", source="1", evaluation="A", handling="P")
