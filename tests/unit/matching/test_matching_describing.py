"""What is known, what is not, and what is known not to be, in words."""

from __future__ import annotations

import pytest

from ndsc.matching.describing import absences_in_words, describe
from ndsc.model.pole import Person


@pytest.mark.parametrize(
    ("born", "said"), [("1987-03-09", "9 March 1987"), ("1987-03", "March 1987"), ("1987", "1987")]
)
def test_a_date_is_said_as_far_as_it_is_known(born: str, said: str) -> None:
    assert describe(Person.model_validate({"surname": "Lee", "date_of_birth": born})) == f"Lee, born {said}"


def test_unknown_is_not_the_same_as_none_or_as_not_recorded() -> None:
    person = Person(surname="Lee", absent={"date_of_birth": "unknown", "home": "none"})
    assert absences_in_words(person) == "date of birth unknown, no home"
    assert absences_in_words(Person(surname="Lee")) == ""
