"""The profile: closed, and clear about what is not known."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from ndsc.model import codes
from ndsc.model.base import Model
from ndsc.model.dates import PartialDate
from ndsc.model.pole import BODIES, Address, AnyBody, Event, Kind, Location, Object, Person

BODY: TypeAdapter[AnyBody] = TypeAdapter(AnyBody)


def test_not_recorded_unknown_and_none_are_three_different_things() -> None:
    silent = Person(surname="Ash")
    unknown = Person(surname="Ash", absent={"home": "unknown"})
    homeless = Person(surname="Ash", absent={"home": "none"})
    assert len({person.model_dump_json() for person in (silent, unknown, homeless)}) == 3
    assert Person.model_validate_json(homeless.model_dump_json()) == homeless


def test_an_attribute_cannot_have_a_value_and_be_absent() -> None:
    with pytest.raises(ValidationError, match="said to be absent"):
        Person(surname="Ash", absent={"surname": "unknown"})
    with pytest.raises(ValidationError, match="said to be absent"):
        Person(phones=("+447700900000",), absent={"phones": "none"})


def test_absent_names_attributes_that_exist_and_words_that_mean_something() -> None:
    with pytest.raises(ValidationError, match="not an attribute"):
        Person(absent={"shoe_size": "unknown"})
    with pytest.raises(ValidationError):
        Person.model_validate({"absent": {"surname": "missing"}})


def test_a_partial_date_of_birth_is_a_value_and_is_not_padded() -> None:
    person = Person(date_of_birth=PartialDate(1990))
    assert person.model_dump(mode="json")["date_of_birth"] == "1990"


def test_empty_text_is_not_a_value() -> None:
    with pytest.raises(ValidationError):
        Person(surname="   ")


def test_an_attribute_that_the_profile_does_not_name_is_an_error() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Person.model_validate({"surname": "Ash", "nickname": "Twig"})


@pytest.mark.parametrize(("kind", "model"), list(BODIES.items()))
def test_a_body_is_told_by_its_kind(kind: Kind, model: type[Model]) -> None:
    assert isinstance(BODY.validate_python({"kind": kind.value}), model)


def test_a_body_without_a_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="kind"):
        BODY.validate_python({"surname": "Ash"})


@pytest.mark.parametrize(
    "values", [{"latitude": 90.1}, {"longitude": -180.5}, {"easting": -1}, {"northing": 1_300_001}]
)
def test_a_place_is_on_the_map(values: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Location.model_validate(values)


def test_things_and_events_are_of_a_closed_set_of_categories() -> None:
    with pytest.raises(ValidationError):
        Object.model_validate({"category": "spaceship"})
    with pytest.raises(ValidationError):
        Event.model_validate({"category": "party"})


def test_every_code_list_that_the_profile_names_ships_with_it() -> None:
    models: tuple[type[Model], ...] = (*BODIES.values(), Address)
    named = [
        str(field.json_schema_extra["codes"])
        for model in models
        for field in model.model_fields.values()
        if isinstance(field.json_schema_extra, dict) and "codes" in field.json_schema_extra
    ]
    assert len(named) >= 8
    assert set(named) <= set(codes.names())


def test_every_attribute_says_what_it_means() -> None:
    for model in BODIES.values():
        for name, field in model.model_fields.items():
            assert name == "kind" or field.description, f"{model.__name__}.{name}"
