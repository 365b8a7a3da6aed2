"""Properties of partial dates."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.model.dates import PartialDate

FULL = st.dates().map(lambda day: PartialDate(day.year, day.month, day.day))
PARTIAL = st.one_of(
    FULL,
    st.builds(PartialDate, st.integers(1, 9999)),
    st.builds(PartialDate, st.integers(1, 9999), st.integers(1, 12)),
)


@given(PARTIAL)
def test_a_date_comes_back_from_its_text(value: PartialDate) -> None:
    assert PartialDate.parse(str(value)) == value


@given(PARTIAL)
def test_the_days_it_can_stand_for_are_in_order_and_read_like_it(value: PartialDate) -> None:
    assert value.first_day <= value.last_day
    for day in (value.first_day, value.last_day):
        assert day.isoformat().startswith(str(value))


@given(FULL)
def test_swapping_twice_is_no_change(value: PartialDate) -> None:
    swapped = value.day_and_month_swapped()
    if swapped is not None:
        assert swapped != value
        assert swapped.day_and_month_swapped() == value


@settings(max_examples=300)
@given(st.text(max_size=20) | st.from_regex(r"[0-9]{4}(-[0-9]{2}){0,2}", fullmatch=True))
def test_any_text_is_a_date_of_the_calendar_or_refused(text: str) -> None:
    try:
        value = PartialDate.parse(text)
    except ValueError:
        return
    assert str(value) == text
    assert date.min <= value.first_day <= value.last_day <= date.max
