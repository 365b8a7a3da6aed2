"""The scorer: levels in order, missing values neutral, models that cannot be scored refused."""

from __future__ import annotations

import copy
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ndsc.matching.conditions import UnsupportedConditionError, compile_condition
from ndsc.matching.features import NOTHING, Features, features_of
from ndsc.matching.score import Score, probability_of, weight_of
from ndsc.matching.scorer import InvalidModelError, Scorer, person_scorer
from ndsc.model.pole import Person

COLUMNS = {"name": 0, "names": 1}


def person(**attributes: Any) -> Features:
    return features_of(Person.model_validate(attributes))


def level(score: Score, name: str) -> str:
    return next(compared.label for compared in score.comparisons if compared.name == name)


def test_of_two_records_that_say_nothing_only_the_prior_is_known() -> None:
    score = person_scorer().score(NOTHING, NOTHING)
    assert score.match_weight == person_scorer().prior
    assert {compared.level for compared in score.comparisons} == {-1}


@pytest.mark.parametrize(
    ("left", "right", "name", "expected"),
    [
        ({"given_name": "Robert"}, {"given_name": "robert"}, "given_name", "Same"),
        ({"given_name": "Bob"}, {"given_name": "Robert"}, "given_name", "Short form"),
        ({"given_name": "Margaret"}, {"given_name": "Margarat"}, "given_name", "Spelt closely"),
        ({"given_name": "R"}, {"given_name": "Robert"}, "given_name", "Initial"),
        ({"given_name": "Robert"}, {"given_name": "Xenia"}, "given_name", "Different"),
        ({"surname": "Smith"}, {"surname": "Smyth"}, "surname", "Same sound"),
        ({"surname": "Evans", "previous_surname": "Pugh"}, {"surname": "Pugh"}, "surname", "Another surname"),
        ({"date_of_birth": "1987-03-09"}, {"date_of_birth": "1987-09-03"}, "date_of_birth", "Day and month swapped"),
        ({"date_of_birth": "1987-03-09"}, {"date_of_birth": "1987-03-19"}, "date_of_birth", "One digit apart"),
        ({"date_of_birth": "1987-03-09"}, {"date_of_birth": "1987"}, "date_of_birth", "As far as known"),
        ({"date_of_birth": "1987"}, {"date_of_birth": "1988"}, "date_of_birth", "Different"),
        ({"pnc_id": "1997/0012345X"}, {"pnc_id": "1997/0012346X"}, "identifier", "One character apart"),
    ],
)
def test_each_comparison_names_the_level_it_found(
    left: dict[str, Any], right: dict[str, Any], name: str, expected: str
) -> None:
    assert level(person_scorer().score(person(**left), person(**right)), name) == expected
    assert level(person_scorer().score(person(**right), person(**left)), name) == expected


def test_more_agreement_never_weighs_less() -> None:
    """In every comparison of the shipped model the same value speaks for a match, and a different one against it."""
    for comparison in person_scorer().document["comparisons"]:
        weights = [
            math.log2(each["m_probability"] / each["u_probability"])
            for each in comparison["comparison_levels"]
            if not each.get("is_null_level")
        ]
        assert weights[0] > 0, comparison["output_column_name"]
        assert weights[-1] < 0, comparison["output_column_name"]
        assert weights[-1] == min(weights)


def test_sharing_a_rare_surname_weighs_more_than_sharing_a_common_one() -> None:
    scorer = person_scorer()
    rare = scorer.score(person(surname="Qwzyx"), person(surname="Qwzyx"))
    common = scorer.score(person(surname="Smith"), person(surname="Smith"))
    assert rare.match_weight > common.match_weight


def test_threads_share_a_scorer() -> None:
    left, right = person(given_name="Siân", surname="Price"), person(given_name="Sian", surname="Pryce")
    expected = person_scorer().score(left, right)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: person_scorer().score(left, right), range(200))) == {expected}


@pytest.mark.parametrize("weight", [-5_000.0, -30.0, 0.0, 3.5, 5_000.0])
def test_a_probability_never_leaves_its_range(weight: float) -> None:
    assert 0.0 <= probability_of(weight) <= 1.0
    if abs(weight) < 40:
        assert weight_of(probability_of(weight)) == pytest.approx(weight, abs=1e-4)


@pytest.mark.parametrize(
    ("condition", "left", "right", "expected"),
    [
        ("name_l = name_r", "a", "a", True),
        ("name_l = name_r", None, None, False),
        ("name_l <> name_r", "a", None, False),
        ("name_l IS NULL OR name_r IS NULL", None, "a", True),
        ("NAME_L = NAME_R", "a", "a", True),
        ("name_r = name_l AND (length(name_l) = 1 OR name_l = 'zz')", "a", "a", True),
        ("levenshtein(name_l, name_r) < 2", "zoë", "zoe", False),  # two bytes of UTF-8 became one
        ("substr(name_l, 2, 2) = substr(name_r, 2, 2)", "abcd", "xbcy", True),
    ],
)
def test_conditions_mean_what_they_mean_in_sql(
    condition: str, left: str | None, right: str | None, expected: bool
) -> None:
    assert bool(compile_condition(condition, COLUMNS)((left, None), (right, None))) is expected


@pytest.mark.parametrize(
    "condition",
    [
        "name_l = other_r",
        "name = name_r",
        "sleep(name_l)",
        "NOT name_l = name_r",
        "name_l IS TRUE",
        "(",
        "name_l LIKE 'a'",
    ],
)
def test_sql_that_is_not_known_is_refused(condition: str) -> None:
    with pytest.raises(UnsupportedConditionError):
        compile_condition(condition, COLUMNS)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"probability_two_random_records_match": 0.1}', "nonsense"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidModelError):
        Scorer.read(path)


def test_an_untrained_model_is_refused() -> None:
    document = copy.deepcopy(person_scorer().document)
    del document["comparisons"][0]["comparison_levels"][1]["m_probability"]
    with pytest.raises(InvalidModelError):
        Scorer(json.loads(json.dumps(document)))
