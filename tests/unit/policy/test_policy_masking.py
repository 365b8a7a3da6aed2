"""Masks on bodies: less is shown, what was masked is listed, and nothing else changes."""

from __future__ import annotations

import pytest

from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Location, Person, Role
from ndsc.model.sharing import Treatment
from ndsc.policy.decider import Mask
from ndsc.policy.masking import TOLD_BY_LINKS, apply_masks, tells_masked

HOME = Address(number="4", street="Bute Street", town="Cardiff", postcode="CF10 5BZ")
PERSON = Person(
    given_name="Rhian",
    middle_names="Mair Ann",
    surname="Smyth",
    aliases=("Rhi Smith",),
    date_of_birth=PartialDate(1987, 3, 9),
    home=HOME,
    phones=("+447700900123",),
)


def masked(field: str, treatment: Treatment) -> Person:
    body = apply_masks(PERSON, [Mask(field=field, treatment=treatment)]).body
    assert isinstance(body, Person)
    return body


def test_what_is_withheld_is_gone() -> None:
    assert masked("home", Treatment.WITHHELD).home is None
    assert masked("phones", Treatment.WITHHELD).phones == ()


def test_a_date_becomes_its_year_or_its_month() -> None:
    assert str(masked("date_of_birth", Treatment.YEAR_ONLY).date_of_birth) == "1987"
    assert str(masked("date_of_birth", Treatment.MONTH_ONLY).date_of_birth) == "1987-03"


def test_a_year_does_not_become_more_exact() -> None:
    person = Person(date_of_birth=PartialDate(1987))
    body = apply_masks(person, [Mask(field="date_of_birth", treatment=Treatment.MONTH_ONLY)]).body
    assert isinstance(body, Person)
    assert str(body.date_of_birth) == "1987"


def test_an_address_becomes_its_town_and_outward_code() -> None:
    assert masked("home", Treatment.AREA_ONLY).home == Address(town="Cardiff", postcode="CF10")


def test_a_point_becomes_about_a_kilometre() -> None:
    place = Location(latitude=51.48163, longitude=-3.17909, easting=318312, northing=176212)
    masks = [
        Mask(field=name, treatment=Treatment.AREA_ONLY) for name in ("latitude", "longitude", "easting", "northing")
    ]
    body = apply_masks(place, masks).body
    assert body == Location(latitude=51.48, longitude=-3.18, easting=318000, northing=176000)


def test_words_become_initials() -> None:
    assert masked("middle_names", Treatment.INITIALS).middle_names == "M. A."
    assert masked("aliases", Treatment.INITIALS).aliases == ("R. S.",)


@pytest.mark.parametrize(
    ("field", "treatment"),
    [
        ("surname", Treatment.YEAR_ONLY),
        ("home", Treatment.MONTH_ONLY),
        ("date_of_birth", Treatment.AREA_ONLY),
        ("home", Treatment.INITIALS),
        ("surname", Treatment.AREA_ONLY),
    ],
)
def test_a_treatment_that_does_not_fit_withholds(field: str, treatment: Treatment) -> None:
    assert getattr(masked(field, treatment), field) is None


def test_what_was_masked_is_listed_and_the_rest_is_as_it_was() -> None:
    masks = [
        Mask(field="home", treatment=Treatment.WITHHELD),
        Mask(field="emails", treatment=Treatment.WITHHELD),
        Mask(field="vrm", treatment=Treatment.WITHHELD),
    ]
    body, applied = apply_masks(PERSON, masks)
    assert applied == (masks[0],)  # no e-mail is recorded, and a person has no plate
    assert body == PERSON.model_copy(update={"home": None})


def test_a_mask_hides_that_somebody_has_none() -> None:
    homeless = Person(surname="Smyth", absent={"home": "none"})
    body, applied = apply_masks(homeless, [Mask(field="home", treatment=Treatment.WITHHELD)])
    assert body.absent == {}
    assert applied == ()


def test_what_the_record_is_cannot_be_masked() -> None:
    masks = [Mask(field=name, treatment=Treatment.WITHHELD) for name in ("kind", "absent", "category")]
    assert apply_masks(PERSON, masks) == (PERSON, ())


@pytest.mark.parametrize("treatment", [Treatment.WITHHELD, Treatment.AREA_ONLY, Treatment.INITIALS])
@pytest.mark.parametrize(
    ("field", "role", "other_end"),
    [("home", Role.LIVES_AT, "location"), ("phones", Role.USES, "phone"), ("phones", Role.KEEPER_OF, "phone")],
)
def test_a_masked_attribute_hides_the_links_that_tell_it(
    field: str, role: Role, other_end: str, treatment: Treatment
) -> None:
    mask = Mask(field=field, treatment=treatment)
    assert tells_masked([mask], role, ("nominal", other_end))
    assert tells_masked([mask], role, (other_end, "nominal"))


@pytest.mark.parametrize(
    ("field", "role", "other_end"),
    [
        ("phones", Role.USES, "vehicle"),
        ("phones", Role.LIVES_AT, "location"),
        ("home", Role.USES, "phone"),
        ("surname", Role.LIVES_AT, "location"),
        ("phones", Role.INVOLVED_IN, "crime"),
    ],
)
def test_other_links_stay(field: str, role: Role, other_end: str) -> None:
    assert not tells_masked([Mask(field=field, treatment=Treatment.WITHHELD)], role, ("nominal", other_end))


def test_attributes_that_links_tell_are_attributes_of_people() -> None:
    assert set(TOLD_BY_LINKS) <= set(Person.model_fields)
