"""Agreements as data: by consumer, purpose and provider; closed wherever they say nothing."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from ndsc.model.pole import SubjectCategory
from ndsc.model.sharing import Purpose, Role, Treatment
from ndsc.policy.agreements import AgreementTerms, agreements_data
from ndsc.policy.decider import Duty, Mask

TERMS = AgreementTerms(
    name="roads",
    consumers=("gwent",),
    providers=("south-wales", "kent"),
    purposes=(Purpose.PREVENT_CRIME,),
    categories=("nominal", "vehicle"),
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
)


def but(**changes: object) -> AgreementTerms:
    return AgreementTerms.model_validate({**TERMS.model_dump(), **changes})


def test_terms_are_found_by_consumer_purpose_and_provider() -> None:
    data = agreements_data([TERMS])
    assert list(data) == ["gwent"]
    assert list(data["gwent"]) == ["prevent-crime"]
    assert list(data["gwent"]["prevent-crime"]) == ["south-wales", "kent"]


def test_days_are_counted_from_1970() -> None:
    entry = TERMS.data()
    assert (entry["starts"], entry["ends"]) == (20454, 20818)


def test_the_least_is_opened_by_default() -> None:
    admits = TERMS.data()["admits"]
    assert admits["tier"] == [0]
    assert admits["sensitive"] == [False]
    assert "C" not in admits["handling"]
    assert "5" not in admits["handling"]


def test_ceilings_widen_as_far_as_they_say() -> None:
    admits = but(highest_tier=1, sensitive=True, handling_conditions=True).data()["admits"]
    assert admits["tier"] == [0, 1]
    assert admits["sensitive"] == [False, True]
    assert {"C", "5"} <= set(admits["handling"])
    assert "4" not in admits["handling"]


@pytest.mark.parametrize(
    ("subject", "fact"),
    [
        (SubjectCategory.SUSPECT, "suspect"),
        (SubjectCategory.CONVICTED, "convicted"),
        (SubjectCategory.VICTIM, "victim"),
        (SubjectCategory.WITNESS, "witness"),
        (SubjectCategory.OTHER, "other_subject"),
    ],
)
def test_an_excluded_subject_is_not_admitted(subject: SubjectCategory, fact: str) -> None:
    admits = but(excluded_subjects=(subject,)).data()["admits"]
    assert admits[fact] == [False]
    assert sum(value == [False, True] for value in admits.values()) == 4


def test_a_force_is_no_party_to_itself() -> None:
    data = agreements_data([but(consumers=("gwent", "kent"), providers=("gwent", "kent"))])
    assert list(data["gwent"]["prevent-crime"]) == ["kent"]
    assert list(data["kent"]["prevent-crime"]) == ["gwent"]


def test_the_least_masking_agreement_comes_first_however_they_are_given() -> None:
    masks = (Mask(field="home", treatment=Treatment.WITHHELD),)
    terms = [but(name="b", masks=masks), but(name="c"), but(name="a", masks=masks)]
    for given in (terms, terms[::-1]):
        listed = agreements_data(given)["gwent"]["prevent-crime"]["kent"]
        assert [entry["name"] for entry in listed] == ["c", "a", "b"]


def test_deletion_becomes_a_duty_with_its_term() -> None:
    duty = Duty(name="tell-originator", sentence="Tell the originator.")
    *others, last = but(duties=(duty,), delete_after_days=30).data()["duties"]
    assert [other["name"] for other in others] == ["tell-originator"]
    assert (last["name"], last["days"]) == ("delete-by", 30)


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": ("curiosity",)},
        {"purposes": ()},
        {"categories": ()},
        {"roles": ("anybody",)},
        {"clearance": 0},
        {"highest_tier": 3},
        {"masks": (Mask(field="hoem", treatment=Treatment.WITHHELD),)},
    ],
)
def test_terms_that_rules_could_not_carry_out_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        but(**changes)


def test_roles_are_those_it_names() -> None:
    assert but(roles=(Role.ANALYST, Role.ANALYST)).data()["roles"] == ["analyst"]
