"""When an agreement is looked at again, whom it wakes, and what a force counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from ndsc.resources.force import Force
from ndsc.resources.holding import Merging, holders
from ndsc.resources.validation import parse_manifest
from ndsc.trust.keys import SigningKey
from ndsc_operator import signing
from ndsc_operator.agreements import Agreements, bonds_of, in_force_of, until_tomorrow
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell
from ndsc_operator.settings import Settings


def kent() -> Force:
    manifest = {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": "Force",
        "metadata": {"name": "kent"},
        "spec": {"code": "kent", "name": "Kent Police"},
    }
    made = parse_manifest(manifest)
    assert isinstance(made, Force)
    return made


@pytest.mark.parametrize("moment", ["2026-03-28T23:59:59", "2026-03-29T00:00:00", "2028-02-28T12:00:00"])
def test_it_is_looked_at_again_when_the_date_changes(moment: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    then = now + timedelta(seconds=until_tomorrow(now))
    assert then.date() == now.date() + timedelta(days=1)
    assert then - timedelta(seconds=1) < datetime.combine(then.date(), datetime.min.time(), UTC)


def test_a_change_of_a_force_wakes_its_agreements_and_the_end_of_one_its_parties() -> None:
    woken: list[str] = []
    agreements = Agreements(cast("Api", None), Settings(), woken.append)
    agreements.heard("one", frozenset({"kent", "essex"}))
    agreements.heard("two", frozenset({"kent", "dorset"}))
    assert set(agreements.of_party("kent")) == {"one", "two"}
    assert agreements.of_party("dorset") == ("two",)
    agreements.forget("two")
    assert set(woken) == {"kent", "dorset"}
    assert agreements.of_party("dorset") == ()


def test_a_force_counts_the_agreements_in_force_that_it_is_a_party_to() -> None:
    def one(status: str, *codes: str) -> dict[str, Any]:
        condition = {"type": "Ready", "status": status}
        return {"spec": {"parties": [{"force": code} for code in codes]}, "status": {"conditions": [condition]}}

    listed = [one("True", "kent", "essex"), one("False", "kent"), one("True", "essex"), {"spec": {}}]
    assert in_force_of("kent", listed) == 1
    assert in_force_of("essex", listed) == 2
    listed[0]["spec"]["onMerge"] = "CarryOver"
    assert in_force_of("medway", listed, {"kent": "medway", "essex": "medway"}) == 1


@pytest.mark.parametrize(
    ("state", "ends_on", "terminated_by", "held"),
    [
        ("FINALIZED", "2026-11-25", [], True),
        ("SUSPENDED", "2026-11-25", [], True),
        ("VERIFIED", "2026-12-31", [], False),
        ("REQUESTED", "2026-12-31", [], False),
        ("FINALIZED", "2026-11-24", [], False),
        ("FINALIZED", "2026-12-31", ["essex"], False),
    ],
)
def test_a_force_is_held_by_what_binds_it(state: str, ends_on: str, terminated_by: list[str], held: bool) -> None:
    spec = {"parties": [{"force": "kent"}, {"force": "essex"}], "endsOn": ends_on, "terminatedBy": terminated_by}
    listed = [{"metadata": {"name": "pact"}, "spec": spec, "status": {"state": state}}]
    listed.append({"metadata": {"name": "new"}, "spec": spec})
    today, unmerged = date(2026, 11, 25), Merging({}, None)
    assert holders("kent", bonds_of(listed), unmerged, today) == (["pact"] if held else [])
    assert holders("surrey", bonds_of(listed), unmerged, today) == []


def test_a_signing_key_is_read_as_it_was_written() -> None:
    key = SigningKey.generate()
    secret = signing.secret(kent(), key)
    assert secret["metadata"]["namespace"] == "kent"
    assert signing.read(secret).public == key.public


@pytest.mark.parametrize("data", [{}, {"signing.key": "%"}, {"signing.key": "ZGFtYWdlZA=="}, {"other": "eA=="}])
def test_what_is_no_signing_key_is_told_in_words_that_hold_nothing_of_it(data: dict[str, str]) -> None:
    with pytest.raises(Unwell) as caught:
        signing.read({"data": data})
    assert caught.value.reason.name == "SigningKeyMalformed"
    assert "damaged" not in str(caught.value)
    assert caught.value.permanent
