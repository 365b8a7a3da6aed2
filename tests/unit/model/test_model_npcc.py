"""Attributes name the NPCC's data standard by its number, and the number is one that the dictionary has."""

from __future__ import annotations

from ndsc.model.npcc import data_standards, mappings


def test_every_named_standard_is_in_the_dictionary() -> None:
    named = [mapping.standard for mapping in mappings()]
    assert len(named) > 30
    assert set(named) <= set(data_standards())


def test_the_best_known_attributes_have_theirs() -> None:
    found = {(mapping.entity, mapping.attribute): data_standards()[mapping.standard] for mapping in mappings()}
    assert found["Person", "surname"] == "Surname"
    assert found["Person", "pnc_id"] == "Police National Computer ID"
    assert found["Person", "cro_number"] == "Criminal Records Office Number"
    assert found["Person", "driver_number"] == "UK Driving Licence Number"
    assert found["Object", "vrm"] == "Vehicle - VRM"
    assert found["Address", "postcode"] == "Post Code"
    assert found["Event", "offence_code"] == "Offence Type (Offence Code)"


def test_no_attribute_shares_a_standard_but_where_the_profile_says_more() -> None:
    shared: dict[str, list[str]] = {}
    for mapping in mappings():
        shared.setdefault(mapping.standard, []).append(mapping.attribute)
    assert {number: names for number, names in shared.items() if len(names) > 1} == {
        "DS_033": ["previous_surname", "aliases"],
        "DS_053": ["phones", "phone_number"],
    }
