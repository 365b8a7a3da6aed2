"""What is known, what is not, and what is known not to be, in words."""

from __future__ import annotations

import pytest

from ndsc.matching.describing import absences_in_words, describe, describe_query
from ndsc.model.pole import Address, AnyBody, Location, Person


@pytest.mark.parametrize(
    ("born", "said"), [("1987-03-09", "9 March 1987"), ("1987-03", "March 1987"), ("1987", "1987")]
)
def test_a_date_is_said_as_far_as_it_is_known(born: str, said: str) -> None:
    assert describe(Person.model_validate({"surname": "Lee", "date_of_birth": born})) == f"Lee, born {said}"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (Person(pnc_id="2014/9000417Z"), "PNC 2014/9000417Z"),
        (Person(cro_number="900417/14A", date_of_birth="1987"), "CRO 900417/14A, born 1987"),
        (Person(phones=("+447700900417",), emails=("sian@example.org",)), "+447700900417, sian@example.org"),
        (Person(home=Address(town="Cardiff")), "Cardiff"),
        (Person(date_of_birth="1987-03"), "born March 1987"),
        (Person(surname="Lee", pnc_id="2014/9000417Z"), "Lee"),
        (Location(area_name="Cardiff 001A"), "Cardiff 001A"),
    ],
)
def test_a_query_is_named_by_what_it_asks_for(query: AnyBody, said: str) -> None:
    assert describe_query(query) == said


def test_unknown_is_not_the_same_as_none_or_as_not_recorded() -> None:
    person = Person(surname="Lee", absent={"date_of_birth": "unknown", "home": "none"})
    assert absences_in_words(person) == "date of birth unknown, no home"
    assert absences_in_words(Person(surname="Lee")) == ""
