"""Two files are linked by shared keys and the model; what cannot be read is said clearly."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pytest

from ndsc.matching import linking
from ndsc.matching.linking import candidate_pairs, fitted_prior, score_pairs
from ndsc.matching.mapping import LinkInputError, Row, load_mapping, read_date, read_people, shipped_mappings
from ndsc.matching.quality import Labelled, quality_of, read_labelled, splinks_own
from ndsc.matching.score import probability_of
from ndsc.matching.train import truth_of
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Person

FEBRL = """\
rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id
rec-1-org, mitchell, green, 7, wallaby place, delmar, cleveland, 2119, sa, 19560409, 1804974
rec-1-dup-0, mitchel, green, 7, wallaby pl, , cleveland, 2119, sa, 19560409, 1804974
rec-2-org, , waller, 6, tullaroop street, willaroo, st james, 4011, wa, 19081332, 6988048
"""


def by_surname(person: Person) -> list[Hashable]:
    return [person.surname.casefold()] if person.surname else []


@pytest.fixture
def febrl(tmp_path: Path) -> Path:
    path = tmp_path / "febrl.csv"
    path.write_text(FEBRL, encoding="utf-8")
    return path


@pytest.fixture
def rows(febrl: Path) -> list[Row]:
    return list(read_people(febrl, load_mapping("febrl")))


def test_the_shipped_mappings_load() -> None:
    assert shipped_mappings() == ("fake-1000", "febrl")
    for name in shipped_mappings():
        assert load_mapping(name).name == name


def test_spaces_after_commas_are_no_part_of_a_value(rows: list[Row]) -> None:
    first = rows[0]
    assert first.id == "rec-1-org"
    assert first.person.given_name == "mitchell"
    assert first.person.date_of_birth == PartialDate(1956, 4, 9)
    assert first.person.home is not None
    assert first.person.home.postcode == "2119"


def test_the_national_identifier_is_left_out(rows: list[Row]) -> None:
    assert "1804974" not in rows[0].person.model_dump_json()
    assert "soc_sec_id" in load_mapping("febrl").ignored


@pytest.mark.parametrize(
    ("text", "written", "date"),
    [
        ("19560409", "%Y%m%d", PartialDate(1956, 4, 9)),
        ("19081332", "%Y%m%d", PartialDate(1908)),
        ("19081132", "%Y%m%d", PartialDate(1908, 11)),
        ("09/04/1956", "%d/%m/%Y", PartialDate(1956, 4, 9)),
        ("32/04/1956", "%d/%m/%Y", None),
        ("unknown", "%Y-%m-%d", None),
    ],
)
def test_an_impossible_date_keeps_what_is_possible(text: str, written: str, date: PartialDate | None) -> None:
    assert read_date(text, written) == date


def test_a_file_against_itself_gives_each_pair_once_and_none_with_itself(rows: list[Row]) -> None:
    pairs = candidate_pairs(rows, None, by_surname)
    assert pairs == [(0, 1)]
    (linked,) = score_pairs(rows, None, pairs)
    assert linked[:2] == ("rec-1-org", "rec-1-dup-0")
    assert linked.probability > 0.99


def test_two_files_are_paired_from_left_to_right(rows: list[Row]) -> None:
    pairs = candidate_pairs(rows[:1], rows[1:], by_surname)
    assert [(row.left_id, row.right_id) for row in score_pairs(rows[:1], rows[1:], pairs)] == [
        ("rec-1-org", "rec-1-dup-0")
    ]


def test_the_prior_is_fitted_to_the_files() -> None:
    many_matches = fitted_prior([20.0] * 500, prior=-13.0, possible=100_000)
    assert probability_of(many_matches) == pytest.approx(500 / 100_000, rel=0.01)
    chance_likeness = fitted_prior([0.0] * 500, prior=-13.0, possible=1_000_000_000)
    assert chance_likeness < -20.0


def test_a_handful_of_rows_does_not_make_every_pair_a_match() -> None:
    assert probability_of(fitted_prior([20.0], prior=-13.0, possible=1)) <= 0.02
    assert fitted_prior([], prior=-13.0, possible=0) <= 0.0


def test_a_pair_that_shares_several_keys_comes_once(rows: list[Row]) -> None:
    assert candidate_pairs(rows, None, lambda person: ["all", *by_surname(person)]) == [(0, 1), (0, 2), (1, 2)]


def test_keys_that_everybody_shares_are_refused_before_they_fill_the_memory(
    rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "MOST_PAIRS", 8)
    with pytest.raises(LinkInputError, match="pairs would have to be compared"):
        candidate_pairs(rows, None, lambda _: ["all"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no column"),
        (b"id,name\n1,a\n", "has no column"),
        (FEBRL.replace("rec-2-org", "rec-1-org").encode(), "line 4: rec_id is repeated"),
        (FEBRL.replace("rec-2-org", "").encode(), "line 4: rec_id is empty"),
        (FEBRL.replace(", 6988048", "").encode(), "line 4 has 10 values, the header 11"),
        (FEBRL.replace("waller", "w\u00e4ller").encode("latin-1"), "not UTF-8"),
        (FEBRL.replace("waller", "w" * 300).encode(), "surname"),
        (FEBRL.replace("waller", "w" * 20_000).encode(), "longer than"),
        (FEBRL.replace("waller", "w" * 200_000).encode(), "is not CSV"),
        (FEBRL.replace(" waller", '"wal"ler').encode(), "is not CSV"),
    ],
)
def test_a_file_that_cannot_be_linked_says_where_and_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(LinkInputError, match=message):
        list(read_people(path, load_mapping("febrl")))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LinkInputError, match=r"none\.csv"):
        list(read_people(tmp_path / "none.csv", load_mapping("febrl")))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name: x\nid: a\ncolumns: {shoe_size: b}\n", "shoe_size"),
        ("name: x\nid: a\n", "columns"),
        ("name: [", "not a mapping"),
        ("just text", "not a mapping"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LinkInputError, match=message):
        load_mapping(str(path))


def test_an_unknown_mapping_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LinkInputError) as caught:
        load_mapping("nonsense")
    assert "febrl" in caught.value.hint


def test_truth_comes_from_the_identifier_or_a_column(febrl: Path, rows: list[Row]) -> None:
    mapping = load_mapping("febrl")
    assert [truth_of(row, mapping) for row in rows] == ["1", "1", "2"]
    assert read_labelled(febrl, mapping).true_pairs == {frozenset(("rec-1-org", "rec-1-dup-0"))}
    with pytest.raises(LinkInputError):
        truth_of(Row("nobody", Person(), {}), mapping)


def test_quality_counts_what_was_missed_as_well_as_what_was_wrong() -> None:
    def pair(one: str, other: str) -> frozenset[str]:
        return frozenset((one, other))

    truth = frozenset({pair("a", "b"), pair("c", "d"), pair("e", "f"), pair("g", "h")})
    scored = [(pair("a", "b"), 0.9), (pair("c", "d"), 0.8), (pair("a", "c"), 0.7), (pair("e", "f"), 0.2)]
    quality = quality_of(scored, truth)
    assert quality.precision == pytest.approx(2 / 3)
    assert quality.recall == pytest.approx(2 / 4)
    assert quality.f1 == pytest.approx(4 / 7)
    assert quality.best_f1 == pytest.approx(6 / 8)
    assert quality.best_threshold == 0.2


def test_nothing_found_is_judged_without_dividing_by_nothing() -> None:
    assert quality_of([], frozenset()).f1 == 1.0
    assert quality_of([], frozenset({frozenset(("a", "b"))})).f1 == 0.0


DATA = Path(__file__).parents[4] / "shared" / "data" / "linkage"


@pytest.mark.skipif(not DATA.exists(), reason="the linkage data sets are not here")
def test_splink_by_itself_does_well_on_febrl() -> None:
    labelled: Labelled = read_labelled(DATA / "febrl1.csv", load_mapping("febrl"))
    assert splinks_own(labelled).f1 > 0.95
