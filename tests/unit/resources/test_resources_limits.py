"""A force signs without a person only what keeps to its own limits, and says why not otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.force import Force
from ndsc.resources.limits import objections


def agreement(role: str = "both", **spec: Any) -> DataSharingAgreement:
    terms: dict[str, Any] = {
        "title": "An example",
        "parties": [{"force": "kent", "role": role}, {"force": "essex"}],
        "legalBasis": {"statute": "An Act", "gateway": "An example."},
        "purposes": ["prevent-crime"],
        "categories": ["nominal"],
        "startsOn": "2026-01-31",
        "endsOn": "2030-12-31",
        "reviewOn": "2026-02-28",
        "dpia": "EXAMPLE",
    }
    return DataSharingAgreement.model_validate({"metadata": {"name": "example"}, "spec": {**terms, **spec}})


def force(**limits: Any) -> Force:
    spec = {"code": "kent", "name": "Kent Police", "agreementDefaults": limits}
    return Force.model_validate({"metadata": {"name": "kent"}, "spec": spec})


def test_within_the_limits_there_is_nothing_to_say() -> None:
    assert objections(agreement(), force(reviewAfterMonths=1)) == ()


@pytest.mark.parametrize(
    ("terms", "limits", "said"),
    [
        ({}, {"minimumClearance": "sc"}, "kent asks for sc at least"),
        ({"retention": {"deleteAfterDays": 91}}, {"deleteAfterDays": 90}, "for 91 days; kent allows 90"),
        ({"reviewOn": "2026-03-01"}, {"reviewAfterMonths": 1}, "first reviewed on 2026-03-01"),
        ({"reviewOn": "2027-02-01"}, {"reviewAfterMonths": 12}, "first reviewed on 2027-02-01"),
    ],
)
def test_each_limit_is_told_by_its_own_sentence(terms: dict[str, Any], limits: dict[str, Any], said: str) -> None:
    (sentence,) = objections(agreement(**terms), force(**limits))
    assert said in sentence


def test_limits_on_its_records_do_not_bind_a_force_that_gives_none() -> None:
    strict = force(minimumClearance="dv", deleteAfterDays=1)
    assert objections(agreement(role="consumer"), strict) == ()
    assert len(objections(agreement(role="provider"), strict)) == 2
