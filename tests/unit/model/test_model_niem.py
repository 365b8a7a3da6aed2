"""What corresponds to NIEM 6.0 is checked against NIEM's own list of properties."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ndsc.model.niem import mappings, properties
from ndsc.model.pole import BODIES

FULL_LIST = Path(__file__).parents[4] / "shared" / "data" / "niem" / "niem6_properties_nc_j.csv"


def test_every_mapped_property_exists_and_every_shipped_one_is_mapped() -> None:
    used = {mapping.property for mapping in mappings()}
    assert used == set(properties())


def test_most_of_the_profile_is_mapped() -> None:
    mapped = {(mapping.entity, mapping.attribute) for mapping in mappings()}
    assert {"Person", "Object", "Location", "Event", "Address"} == {entity for entity, _ in mapped}
    assert ("Person", "surname") in mapped
    every = sum(len(model.model_fields) - 2 for model in BODIES.values())
    assert len(mapped) >= 0.8 * every


def test_the_shipped_copy_names_its_owner_and_licence() -> None:
    text = (Path(__file__).parents[3] / "platform" / "ndsc" / "model" / "niem.csv").read_text(encoding="utf-8")
    assert "OASIS" in text
    assert "CC BY 4.0" in text


@pytest.mark.skipif(not FULL_LIST.is_file(), reason="the full NIEM list is not here")
def test_the_shipped_copy_equals_the_full_list_and_names_concrete_elements_only() -> None:
    with FULL_LIST.open(encoding="utf-8", newline="") as stream:
        full = {row["qualified_property"]: row for row in csv.DictReader(stream)}
    assert len(full) > 5_000
    for name, shipped in properties().items():
        row = full[name]
        assert (shipped.type, shipped.definition) == (row["qualified_type"], row["definition"].strip())
        assert (row["is_element"], row["is_abstract"]) == ("1", "0"), name
