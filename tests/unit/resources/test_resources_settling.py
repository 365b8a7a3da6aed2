"""An agreement is carried on alike wherever it is: who signs, who does not, and what is said of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ndsc.resources.agreement import AgreementState, DataSharingAgreement
from ndsc.resources.base import ConditionStatus
from ndsc.resources.force import Force
from ndsc.resources.settling import settlement
from ndsc.trust.keys import SigningKey

TODAY = date(2026, 6, 1)
SIGNING = {code: SigningKey.generate() for code in ("kent", "essex")}
KEYS = {code: (key.public,) for code, key in SIGNING.items()}


def agreement(**spec: Any) -> DataSharingAgreement:
    terms: dict[str, Any] = {
        "title": "An example",
        "parties": [{"force": "kent", "role": "both"}, {"force": "essex"}],
        "legalBasis": {"statute": "An Act", "gateway": "An example."},
        "purposes": ["prevent-crime"],
        "categories": ["nominal"],
        "startsOn": "2026-01-31",
        "endsOn": "2030-12-31",
        "reviewOn": "2027-02-28",
        "dpia": "EXAMPLE",
    }
    metadata = {"name": "example", "generation": 3}
    return DataSharingAgreement.model_validate({"metadata": metadata, "spec": {**terms, **spec}})


def forces(*codes: str, **limits: Any) -> dict[str, Force]:
    return {
        code: Force.model_validate(
            {"metadata": {"name": code}, "spec": {"code": code, "name": "Example", "agreementDefaults": limits}}
        )
        for code in codes
    }


def test_when_all_have_joined_it_is_signed_and_in_force() -> None:
    found = settlement(agreement(), forces("kent", "essex"), SIGNING.__getitem__, KEYS, TODAY)
    assert found.ready
    assert found.changed
    assert found.agreement.status.state is AgreementState.FINALIZED
    condition = found.condition()
    assert (condition.status, condition.reason, condition.observed_generation) == (ConditionStatus.TRUE, "InForce", 3)


def test_a_second_look_changes_nothing() -> None:
    first = settlement(agreement(), forces("kent", "essex"), SIGNING.__getitem__, KEYS, TODAY)

    def no_key(force: str) -> SigningKey:
        pytest.fail(f"{force} has signed already")

    second = settlement(first.agreement, forces("kent", "essex"), no_key, KEYS, TODAY)
    assert second.agreement is first.agreement
    assert not second.changed


def test_a_party_that_has_not_joined_does_not_sign() -> None:
    found = settlement(agreement(), forces("kent"), SIGNING.__getitem__, KEYS, TODAY)
    assert (found.ready, found.reason) == (False, "Unsigned")
    assert found.message == "Not signed by essex: it opens nothing."


def test_a_party_whose_limits_object_does_not_sign_and_its_words_are_kept() -> None:
    found = settlement(agreement(), forces("kent", "essex", deleteAfterDays=1), SIGNING.__getitem__, KEYS, TODAY)
    assert not found.ready
    assert any("kent allows 1" in sentence for sentence in found.objections)


def test_one_that_a_party_closed_says_its_state() -> None:
    found = settlement(agreement(suspendedBy=["kent"]), forces("kent", "essex"), SIGNING.__getitem__, KEYS, TODAY)
    assert (found.ready, found.reason, found.message) == (False, "NotInForce", "It is SUSPENDED.")
