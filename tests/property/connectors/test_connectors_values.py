"""Values of any text: a transform gives text or says why it cannot, and the same row always gives the same records."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.connectors.catalogue import shipped
from ndsc.connectors.dates import DATE_FORMS, date_reader
from ndsc.connectors.mapping import Mapped, Rejected, compile_connector
from ndsc.connectors.references import digest_of, joined_reference, occurrences
from ndsc.connectors.rows import RawRow, storable
from ndsc.connectors.transforms import PLAIN, WITH_ARGUMENT, TransformError, compile_steps
from ndsc.model.dates import PartialDate

STREET = shipped("police-uk-street")
COLUMNS = sorted(
    {*STREET.columns}
    | {column for record in STREET.records for field in record.fields.values() for column in field.sources}
)
PLAUSIBLE = st.sampled_from(["", " ", "2025-01", "-3.2", "51.5", "Burglary", "Anti-social behaviour", "=1+1", "NULL"])
VALUES = st.fixed_dictionaries({column: PLAUSIBLE | st.text(max_size=40) for column in COLUMNS})
ARGUMENTS = {"date": "dd/mm/yyyy", "datetime": "iso"}


@given(VALUES, st.integers(1, 50))
def test_any_row_is_mapped_or_rejected_and_always_the_same_way(values: dict[str, str], occurrence: int) -> None:
    row = RawRow(1, values)
    one = compile_connector(STREET, "durham", "a.csv").map(row, occurrence)
    other = compile_connector(STREET, "durham", "a.csv").map(row, occurrence)
    assert isinstance(one, Mapped | Rejected)
    assert one == other


@given(st.sampled_from(sorted([*PLAIN, *WITH_ARGUMENT])), st.text(max_size=60))
def test_a_transform_gives_text_or_a_reason(name: str, text: str) -> None:
    [transform] = compile_steps([{name: ARGUMENTS.get(name, "x")} if name in WITH_ARGUMENT else name])
    try:
        outcome = transform(text)
    except TransformError as error:
        outcome = error.reason
        assert outcome.startswith(("bad-", "not-"))  # either way out is right; a third is not
    assert isinstance(outcome, str)


@given(st.dates(), st.sampled_from(sorted(DATE_FORMS)))
def test_a_date_written_in_a_form_is_read_back(day: object, form: str) -> None:
    date = PartialDate._validate(day)
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    written = (
        form.replace("yyyy", f"{date.year:04d}")
        .replace("mmm", months[(date.month or 1) - 1])
        .replace("mm", f"{date.month:02d}")
        .replace("dd", f"{date.day:02d}")
    )
    assert date_reader(form)(written) == str(date)


@given(st.lists(st.text(max_size=12), max_size=4), st.lists(st.text(max_size=12), max_size=4))
def test_different_parts_have_different_digests(one: list[str], other: list[str]) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_no_reference_of_a_source_looks_like_an_occurrence(one: str, other: str) -> None:
    assert "#" not in joined_reference([one])
    assert (joined_reference([one]) == joined_reference([other])) == (one == other)


@given(st.text(max_size=200))
def test_what_is_stored_can_be_stored(text: str) -> None:
    kept = storable(text)
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert "\x00" not in kept


@settings(max_examples=50)
@given(st.sets(st.integers(1, 400), max_size=20))
def test_repeated_parts_are_counted_in_order(numbers: set[int]) -> None:
    paths = [f"a/b{'' if number == 1 else f'[{number}]'}/c" for number in numbers]
    assert occurrences([*paths, "a/bc/d", "x"], "a/b") == sorted(numbers)
