"""What a signature covers, whose it may be, and what it takes for an agreement to open anything."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ndsc.resources.agreement import AgreementState, DataSharingAgreement
from ndsc.resources.errors import NotAPartyError
from ndsc.resources.signing import canonical, digest, in_force, settled, sign, unsigned, verified, with_signature
from ndsc.trust.keys import SigningKey

KENT, ESSEX, STRANGER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3))
KEYS = {"kent": [KENT.public], "essex": [ESSEX.public]}
NOW = datetime(2026, 6, 1, tzinfo=UTC)
TODAY = NOW.date()


def agreement(**spec: Any) -> DataSharingAgreement:
    terms: dict[str, Any] = {
        "title": "An example",
        "parties": [{"force": "kent"}, {"force": "essex"}],
        "legalBasis": {"statute": "An Act, section 1", "gateway": "Übung – “quoted”"},
        "purposes": ["prevent-crime"],
        "categories": ["nominal"],
        "startsOn": "2026-01-01",
        "endsOn": "2026-12-31",
        "reviewOn": "2026-06-30",
        "dpia": "EXAMPLE",
    }
    return DataSharingAgreement.model_validate({"metadata": {"name": "example"}, "spec": {**terms, **spec}})


def signed(one: DataSharingAgreement) -> DataSharingAgreement:
    one = with_signature(one, sign(one, "kent", KENT, NOW))
    return with_signature(one, sign(one, "essex", ESSEX, NOW))


class TestWhatIsSigned:
    def test_the_canonical_form_is_sorted_compact_and_utf_8(self) -> None:
        text = canonical(agreement()).decode()
        assert text.startswith(
            '{"apiVersion":"ndsc.police.uk/v1alpha1","name":"example","spec":{"categories":["nominal"],'
        )
        assert '"gateway":"Übung – “quoted”"' in text
        assert digest(agreement()) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def test_a_default_written_out_is_the_same_terms(self) -> None:
        assert digest(agreement(onMerge="End", ceiling={"tier": "OFFICIAL"})) == digest(agreement())

    @pytest.mark.parametrize(
        "change",
        [
            {"title": "Another"},
            {"parties": [{"force": "kent"}, {"force": "essex", "role": "consumer"}]},
            {"legalBasis": {"statute": "An Act, section 2", "gateway": "x"}},
            {"purposes": ["prevent-crime", "preserve-order"]},
            {"categories": ["nominal", "vehicle"]},
            {"ceiling": {"sensitive": True}},
            {"conditions": {"roles": ["officer"]}},
            {"retention": {"deleteAfterDays": 91}},
            {"startsOn": "2026-01-02"},
            {"endsOn": "2027-12-31"},
            {"reviewOn": "2026-07-01"},
            {"dpia": "ANOTHER"},
            {"onMerge": "CarryOver"},
        ],
    )
    def test_every_term_is_covered(self, change: dict[str, Any]) -> None:
        assert digest(agreement(**change)) != digest(agreement())
        ready = signed(agreement())
        altered = agreement(**change).model_copy(update={"status": ready.status})
        assert in_force(ready, TODAY, KEYS)
        assert not in_force(altered, TODAY, KEYS)

    def test_the_name_is_covered_so_that_signatures_cannot_move_to_a_copy(self) -> None:
        copy = agreement().model_copy(update={"metadata": agreement().metadata.model_copy(update={"name": "copy"})})
        assert digest(copy) != digest(agreement())

    def test_closing_an_agreement_needs_no_new_signature(self) -> None:
        assert digest(agreement(suspendedBy=["kent"], terminatedBy=["essex"])) == digest(agreement())


class TestWhoMaySign:
    def test_only_a_party_can_sign(self) -> None:
        with pytest.raises(NotAPartyError, match="surrey is not a party"):
            sign(agreement(), "surrey", STRANGER)

    def test_a_signature_by_another_key_does_not_count(self) -> None:
        one = agreement()
        one = with_signature(one, sign(one, "kent", STRANGER, NOW))
        assert unsigned(one, KEYS) == ("kent", "essex")

    def test_one_party_cannot_sign_for_another(self) -> None:
        one = agreement()
        own = sign(one, "kent", KENT, NOW)
        forged = own.model_copy(update={"force": "essex"})
        assert not verified(one, forged, {"essex": [KENT.public]})
        assert not verified(one, forged, KEYS)

    def test_an_earlier_key_counts_while_both_are_trusted(self) -> None:
        ready = signed(agreement())
        assert in_force(ready, TODAY, {"kent": [STRANGER.public, KENT.public], "essex": [ESSEX.public]})
        assert not in_force(ready, TODAY, {"kent": [STRANGER.public], "essex": [ESSEX.public]})

    def test_a_party_has_one_signature_the_last(self) -> None:
        one = signed(agreement())
        again = with_signature(one, sign(one, "kent", KENT, NOW))
        assert len(again.status.signatures) == 2

    @pytest.mark.parametrize("damage", ["A" * 86, "-" * 86])
    def test_a_damaged_signature_does_not_count(self, damage: str) -> None:
        one = signed(agreement())
        broken = one.status.signatures[0].model_copy(update={"signature": damage})
        assert not in_force(with_signature(one, broken), TODAY, KEYS)


class TestWhenItOpens:
    def test_first_and_last_day_count(self) -> None:
        ready = signed(agreement())
        days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
        assert [in_force(ready, day, KEYS) for day in days] == [False, True, True, False]

    def test_unsigned_half_signed_suspended_and_terminated_ones_open_nothing(self) -> None:
        half = with_signature(agreement(), sign(agreement(), "kent", KENT, NOW))
        assert not in_force(agreement(), TODAY, KEYS)
        assert not in_force(half, TODAY, KEYS)
        assert not in_force(signed(agreement(suspendedBy=["kent"])), TODAY, KEYS)
        assert not in_force(signed(agreement(terminatedBy=["kent"])), TODAY, KEYS)
        assert not in_force(signed(agreement()), TODAY, {})

    def test_a_status_that_claims_force_opens_nothing_by_itself(self) -> None:
        claimed = agreement()
        status = claimed.status.model_copy(update={"state": AgreementState.FINALIZED, "digest": digest(claimed)})
        assert not in_force(claimed.model_copy(update={"status": status}), TODAY, KEYS)


class TestItsStatus:
    def test_it_records_each_step_with_its_time(self) -> None:
        one = settled(signed(agreement()), TODAY, KEYS, NOW)
        assert one.status.state is AgreementState.FINALIZED
        assert [change.state for change in one.status.history] == ["AGREED", "VERIFIED", "FINALIZED"]
        assert one.status.history[0].at == NOW
        assert settled(one, TODAY, KEYS, NOW) is one

    def test_changed_terms_start_again(self) -> None:
        one = settled(signed(agreement()), TODAY, KEYS, NOW)
        amended = agreement(title="Another").model_copy(update={"status": one.status})
        assert settled(amended, TODAY, KEYS, NOW).status.state is AgreementState.REQUESTED
        assert settled(signed(amended), TODAY, KEYS, NOW).status.state is AgreementState.FINALIZED

    def test_termination_is_for_good(self) -> None:
        ended = settled(signed(agreement(terminatedBy=["kent"])), TODAY, KEYS, NOW)
        revived = signed(agreement()).model_copy(update={"status": ended.status})
        assert not in_force(revived, TODAY, KEYS)
        assert settled(revived, TODAY, KEYS, NOW).status.state is AgreementState.TERMINATED
