"""The list of forces, and finding one by what people write."""

from __future__ import annotations

import pytest

from ndsc.model.forces import FORCES, UnknownForceError, resolve


def test_every_force_of_the_kingdom_is_there() -> None:
    kinds = [entry.kind for entry in FORCES.values()]
    assert kinds.count("territorial (E&W)") == 43
    assert len(FORCES) == 53
    assert {"police-scotland", "northern-ireland", "btp", "mod", "cnc", "nca", "hmrc"} <= set(FORCES)
    assert {"isle-of-man", "jersey", "guernsey"} <= set(FORCES)


@pytest.mark.parametrize("slug", FORCES)
def test_a_force_is_found_by_each_of_its_codes(slug: str) -> None:
    entry = FORCES[slug]
    for code in (slug, slug.upper(), entry.name, *entry.pnc_codes, *([entry.ons_code] if entry.ons_code else [])):
        assert resolve(code) is entry


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("62", "south-wales"),
        ("5", "merseyside"),
        (" 05 ", "merseyside"),
        ("w15000003", "south-wales"),
        ("South Wales", "south-wales"),
        ("north_wales", "north-wales"),
        ("02", "metropolitan"),
        ("84", "police-scotland"),
    ],
)
def test_codes_are_read_as_people_write_them(code: str, slug: str) -> None:
    assert resolve(code).slug == slug


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("scotland", "police-scotland"),
        ("met", "metropolitan"),
        ("mersyside", "merseyside"),
        ("99", "62"),
        ("", "W15000003"),
    ],
)
def test_an_unknown_code_is_refused_with_the_nearest(code: str, hint: str) -> None:
    with pytest.raises(UnknownForceError) as unknown:
        resolve(code)
    assert hint in unknown.value.hint


def test_no_pnc_code_stands_for_two_forces() -> None:
    every = [code for entry in FORCES.values() for code in entry.pnc_codes]
    assert len(every) == len(set(every))
