"""The data that synth draws from: small, attributed, clean, and nobody's."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from ndsc.model.forces import FORCES
from ndsc.model.identifiers import postcode
from ndsc.synth.addresses import REAL_AREAS
from ndsc.synth.names import nicknames, spellings, surname_spellings
from ndsc.synth.shipped import table

NAME = re.compile(r"[A-ZÀ-Ž][A-Za-zÀ-ž]*(?:[-' ][A-Za-zÀ-ž]+)*")
SHIPPED = (
    "given_ranked",
    "given_counted",
    "given_by_origin",
    "surnames",
    "variants",
    "places",
    "streets",
    "postcode_areas",
)


def test_the_data_is_small_and_says_where_it_came_from() -> None:
    folder = files("ndsc.synth") / "data"
    assert sum(len(entry.read_bytes()) for entry in folder.iterdir()) < 150_000
    sources = (folder / "SOURCES.md").read_text(encoding="utf-8")
    assert "Open Government Licence v3.0" in sources
    assert "Office for National Statistics" in sources


@pytest.mark.parametrize(
    "artefact", ["Baronet", "Sr", "Iii", "Born", "Obstetrician", "Union", "Numismatist", "Kingston-Upon-Hull"]
)
def test_no_title_or_parsing_artefact_is_a_surname(artefact: str) -> None:
    assert artefact not in {row["surname"] for row in table("surnames")}


def test_names_look_like_names_and_come_once() -> None:
    surnames = [(row["surname"], row["origin"]) for row in table("surnames")]
    assert len(surnames) == len(set(surnames)) > 2_500
    assert [name for name, _ in surnames if not NAME.fullmatch(name)] == []
    given = [row["name"] for name in ("given_ranked", "given_counted") for row in table(name)]
    assert [name for name in given if not NAME.fullmatch(name)] == []


def test_every_force_has_a_place_whose_postcodes_cannot_exist() -> None:
    assert len(REAL_AREAS) >= 124
    places = table("places")
    assert {row["force"] for row in places} == set(FORCES)
    for row in places:
        assert row["area"] not in REAL_AREAS, row["town"]
        assert postcode.parse(f"{row['area']}1 1AA").area == row["area"]


def test_variants_lead_to_other_spellings() -> None:
    assert "Muhammad" in spellings("Mohammed")
    assert "Mohammed" in spellings("Muhammad")
    assert "Sian" in spellings("Siân")
    assert "Bill" in nicknames("William")
    assert nicknames("Bill") == ()
    assert "Smyth" in surname_spellings("Smith")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_table_has_rows(name: str) -> None:
    assert len(table(name)) >= 10
