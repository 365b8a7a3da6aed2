"""Masks on bodies: less is shown, what was masked is listed, and nothing else changes."""

from __future__ import annotations

import pytest

from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Location, Person, Role
from ndsc.model.sharing import Treatment
from ndsc.policy.decider import Mask
from ndsc.policy.masking import apply_masks, hidden_links

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


def test_a_hidden_home_hides_the_link_to_it() -> None:
    assert hidden_links([Mask(field="home", treatment=Treatment.AREA_ONLY)]) == {Role.LIVES_AT}
    assert hidden_links([Mask(field="phones", treatment=Treatment.WITHHELD)]) == set()
