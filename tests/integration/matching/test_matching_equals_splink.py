"""The scorer gives what Splink gives, from the same file: the same levels, and the same weight to a billionth."""

from __future__ import annotations

import random
from typing import Any

import duckdb
import pytest
from splink import DuckDBAPI, Linker

from ndsc.matching.features import Features, features_of
from ndsc.matching.scorer import person_scorer
from ndsc.matching.train import table_of
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Person

GIVEN = ["Robert", "Bob", "Mohammed", "Muhammad", "Zoë", "Zoe", "Siân", "J", "John", "Łukasz", "Иван", "Ivan", "Smyth"]
FAMILY = ["Smith", "Smyth", "O'Brien", "OBrien", "Jones-Evans", "Evans", "Robert", "Kowalski", "Kowalska", "Иванов"]
BIRTHS = ["1987-03-09", "1987-09-03", "1987-03-19", "1987-03", "1987", "1978-03-09", "1990-12-25", "1991-11-24"]
STREETS = ["High Street", "High St", "Hihg Street", "Mill Lane", "Station Road"]
TOWNS = ["Cardiff", "Cardif", "Caerdydd", "Belfast"]
EMAILS = ["rob@example.org", "rob@example.com", "r0b@example.org", "zoe@example.net"]
PNC = ["1997/0012345X", "1997/0012346X", "2001/0765432B"]


def people(count: int, seed: int) -> list[Person]:
    """People who differ little, so that every level of every comparison comes up."""
    rng = random.Random(seed)

    def maybe(values: list[str]) -> str | None:
        return rng.choice(values) if rng.random() < 0.8 else None

    def one() -> Person:
        birth = maybe(BIRTHS)
        return Person(
            given_name=maybe(GIVEN),
            middle_names=maybe(GIVEN),
            surname=maybe(FAMILY),
            previous_surname=maybe(FAMILY),
            date_of_birth=PartialDate.parse(birth) if birth else None,
            sex=maybe(["M", "F", "U"]),
            home=Address(
                number=maybe(["1", "2"]),
                street=maybe(STREETS),
                town=maybe(TOWNS),
                postcode=maybe(["CF10 1EP", "CF10 1EB", "BT1 5GS"]),
            ),
            phones=tuple(filter(None, [maybe(["+442079460001", "+442079460002"])])),
            emails=tuple(filter(None, [maybe(EMAILS)])),
            pnc_id=maybe(PNC),
        )

    return [one() for _ in range(count)]


def splinks_answer(left: list[Features], right: list[Features]) -> dict[tuple[str, str], dict[str, Any]]:
    """What Splink says of every left record beside every right one."""
    connection = duckdb.connect(config={"threads": 1})
    try:
        database = DuckDBAPI(connection)
        lefts = database.register(table_of((f"l{place}", feature) for place, feature in enumerate(left)))
        rights = database.register(table_of((f"r{place}", feature) for place, feature in enumerate(right)))
        linker = Linker(lefts, person_scorer().document, log_level=None)
        rows = linker.inference.score_pairs(lefts, rights).as_record_list()
        return {(row["unique_id_l"], row["unique_id_r"]): row for row in rows}
    finally:
        connection.close()


@pytest.fixture(scope="module")
def sides() -> tuple[list[Features], list[Features]]:
    return [features_of(p) for p in people(40, 1)], [features_of(p) for p in people(40, 2)]


def test_a_thousand_pairs_and_more_score_as_splink_scores_them(
    sides: tuple[list[Features], list[Features]],
) -> None:
    left, right = sides
    expected = splinks_answer(left, right)
    scorer = person_scorer()
    assert len(expected) == 1_600
    for (left_id, right_id), row in expected.items():
        score = scorer.score(left[int(left_id[1:])], right[int(right_id[1:])])
        levels = {compared.name: compared.level for compared in score.comparisons}
        assert levels == {name: row[f"gamma_{name}"] for name in levels}, (left_id, right_id)
        assert score.match_weight == pytest.approx(row["match_weight"], abs=1e-9)
        assert score.probability == pytest.approx(row["match_probability"], abs=1e-12)


def test_those_pairs_stand_on_nearly_every_level(sides: tuple[list[Features], list[Features]]) -> None:
    left, right = sides
    scorer = person_scorer()
    seen = {(c.name, c.label) for a in left for b in right for c in scorer.score(a, b).comparisons}
    possible = {
        (comparison["output_column_name"], level["label_for_charts"])
        for comparison in scorer.document["comparisons"]
        for level in comparison["comparison_levels"]
    }
    assert len(possible - seen) <= 3, possible - seen
