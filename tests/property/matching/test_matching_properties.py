"""What holds for any people, any text and any file."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.matching.conditions import compile_condition
from ndsc.matching.features import features_of
from ndsc.matching.grouping import Candidate, group
from ndsc.matching.mapping import LinkInputError, Mapping, load_mapping, read_date, read_people
from ndsc.matching.names import fold, fold_street, sound
from ndsc.matching.scorer import person_scorer
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Person

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), min_size=1, max_size=20)
values = st.one_of(st.none(), st.sampled_from(["Smith", "Smyth", "O'Brien", "Zoë", "李", "x"]), words.filter(str.strip))
dates = st.one_of(
    st.none(),
    st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)),
    st.builds(PartialDate, st.integers(1900, 2020), st.integers(1, 12)),
)
people = st.builds(
    Person,
    given_name=values,
    middle_names=values,
    surname=values,
    previous_surname=values,
    date_of_birth=dates,
    home=st.one_of(st.none(), st.builds(Address, number=values, street=values, town=values, postcode=values)),
    emails=st.lists(words.filter(str.strip), max_size=2).map(tuple),
    pnc_id=values,
)


@given(left=people, right=people)
@settings(max_examples=150, deadline=None)
def test_any_two_people_can_be_scored(left: Person, right: Person) -> None:
    score = person_scorer().score(features_of(left), features_of(right))
    assert 0.0 <= score.probability <= 1.0
    total = person_scorer().prior + sum(compared.weight for compared in score.comparisons)
    assert score.match_weight == pytest.approx(total)


@given(person=people)
@settings(max_examples=100, deadline=None)
def test_nothing_about_a_person_speaks_against_being_themselves(person: Person) -> None:
    features = features_of(person)
    for compared in person_scorer().score(features, features).comparisons:
        assert compared.level != 0


@given(query=people, found=st.lists(people, max_size=6))
@settings(max_examples=60, deadline=None)
def test_each_candidate_comes_out_once(query: Person, found: list[Person]) -> None:
    candidates = [Candidate(str(place), body) for place, body in enumerate(found)]
    placed = [member.id for each in group(query, candidates) for member in each.members]
    assert sorted(placed) == sorted(candidate.id for candidate in candidates)


@given(text=words)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_street(text) is not None
    assert sound(fold(text)) != ""


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": 1})
    yield connection
    connection.close()


_FUNCTIONS = {
    "jaro_winkler_similarity(name_l, name_r) >= 0.9173": "jaro_winkler_similarity(a, b) >= 0.9173",
    "jaro_winkler_similarity(name_l, name_r) >= 0.8213": "jaro_winkler_similarity(a, b) >= 0.8213",
    "damerau_levenshtein(name_l, name_r) <= 1": "damerau_levenshtein(a, b) <= 1",
    "damerau_levenshtein(name_l, name_r) <= 2": "damerau_levenshtein(a, b) <= 2",
    "levenshtein(name_l, name_r) <= 2": "levenshtein(a, b) <= 2",
    "starts_with(name_l, name_r)": "starts_with(a, b)",
}
alike = st.text("abcoeë", max_size=9)


@given(pairs=st.lists(st.tuples(alike, alike) | st.tuples(words, words), min_size=20, max_size=40))
@settings(max_examples=30, deadline=None)
def test_string_functions_agree_with_the_database(
    database: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str]]
) -> None:
    compiled = [compile_condition(ours, {"name": 0}) for ours in _FUNCTIONS]
    query = f"SELECT {', '.join(_FUNCTIONS.values())} FROM (SELECT unnest(?) AS a, unnest(?) AS b)"
    theirs = database.execute(query, [[a for a, _ in pairs], [b for _, b in pairs]]).fetchall()
    for (left, right), row in zip(pairs, theirs, strict=True):
        assert tuple(condition((left,), (right,)) for condition in compiled) == row, (left, right)


@given(content=st.binary(max_size=300))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_people_or_a_clear_error(content: bytes) -> None:
    _read(content, load_mapping("fake-1000"))


_CELLS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(rows=st.lists(st.lists(_CELLS, min_size=5, max_size=7), max_size=4))
@settings(max_examples=500, deadline=None)
def test_any_cells_under_a_right_header_are_people_or_a_clear_error(rows: list[list[str]]) -> None:
    lines = ["unique_id,first_name,surname,dob,city,email", *(",".join(cells) for cells in rows)]
    _read("\n".join(lines).encode(), load_mapping("fake-1000"))


def _read(content: bytes, mapping: Mapping) -> None:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        with contextlib.suppress(LinkInputError):
            for row in read_people(Path(file.name), mapping):
                assert row.id
                assert features_of(row.person)


@given(content=st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_mapping_or_a_clear_error(content: str) -> None:
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content.encode("utf-8", "surrogatepass"))
        file.flush()
        with pytest.raises(LinkInputError):
            load_mapping(file.name)


@given(text=st.text(max_size=12), written=st.sampled_from(["%Y%m%d", "%d/%m/%Y", "%Y-%m-%d"]))
def test_any_text_is_a_date_or_none(text: str, written: str) -> None:
    assert isinstance(read_date(text, written), PartialDate | None)
