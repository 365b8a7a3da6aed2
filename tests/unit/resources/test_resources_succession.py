"""Who stands for a force that was merged, and whom an agreement binds then."""

from __future__ import annotations

from datetime import date

import pytest
from tests.resources import agreement_object, force_object, signed_object

from ndsc.policy.from_resources import terms_in_force
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.force import Force
from ndsc.resources.holding import Bond, Merging, holders
from ndsc.resources.succession import acting_for, disputed, heir, keys_of_parties, successors
from ndsc.resources.validation import parse_manifest
from ndsc.trust.keys import SigningKey

TODAY = date(2026, 6, 1)
KENT, ESSEX, HEIR = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
MERGED = {"kent": "medway"}
KEYS = {"essex": (ESSEX.public,), "medway": (HEIR.public,)}


def force(code: str, *predecessors: str) -> Force:
    made = force_object(code)
    made["spec"] |= {"successorOf": list(predecessors)}
    found = parse_manifest(made)
    assert isinstance(found, Force)
    return found


def agreement(on_merge: str = "CarryOver", **signed_by: SigningKey) -> DataSharingAgreement:
    made = agreement_object("roads", "kent", "essex", onMerge=on_merge)
    made["status"] = {"state": "FINALIZED"}
    found = parse_manifest(signed_object(made, signed_by))
    assert isinstance(found, DataSharingAgreement)
    return found


class TestSuccessors:
    def test_a_code_whose_force_is_gone_is_its_successors(self) -> None:
        assert successors([force("medway", "kent", "surrey"), force("essex")]) == {"kent": "medway", "surrey": "medway"}

    def test_a_force_that_is_there_stands_for_itself(self) -> None:
        assert successors([force("medway", "kent"), force("kent")]) == {}

    def test_a_code_that_two_claim_is_nobodys(self) -> None:
        claims = [force("medway", "kent"), force("essex", "kent")]
        assert successors(claims) == {}
        assert disputed(claims[0], claims) == {"kent": "essex"}
        assert heir("kent", claims) is None

    def test_two_that_name_each_other_stand_each_for_itself(self) -> None:
        both = [force("medway", "kent"), force("kent", "medway")]
        assert successors(both) == {}

    def test_who_takes_over_is_known_before_the_force_is_gone(self) -> None:
        both = [force("medway", "kent"), force("kent")]
        assert heir("kent", both) == "medway"
        assert heir("medway", both) is None

    def test_a_successor_acts_under_the_old_code_with_its_own_name_and_wishes(self) -> None:
        acting = acting_for(force("medway", "kent"), "kent")
        assert (acting.spec.code, acting.name) == ("kent", "medway")


class TestAgreements:
    def test_one_that_carries_over_is_in_force_by_the_successors_signature(self) -> None:
        (terms,) = terms_in_force([agreement(kent=HEIR, essex=ESSEX)], TODAY, KEYS, MERGED)
        assert terms.consumers == ("medway", "essex")
        assert terms.providers == ("kent", "medway", "essex")

    def test_the_predecessors_own_signature_does_not_bind_the_successor(self) -> None:
        assert terms_in_force([agreement(kent=KENT, essex=ESSEX)], TODAY, KEYS, MERGED) == []

    @pytest.mark.parametrize("signer", [KENT, HEIR])
    def test_one_that_ends_by_a_merger_opens_nothing_whoever_signs_it(self, signer: SigningKey) -> None:
        assert terms_in_force([agreement("End", kent=signer, essex=ESSEX)], TODAY, KEYS, MERGED) == []

    def test_without_a_successor_nobody_stands_for_a_party(self) -> None:
        assert "kent" not in keys_of_parties(agreement(), KEYS, {})
        assert terms_in_force([agreement(kent=HEIR, essex=ESSEX)], TODAY, KEYS) == []

    def test_while_the_party_is_there_its_own_key_counts(self) -> None:
        keys = KEYS | {"kent": (KENT.public,)}
        (terms,) = terms_in_force([agreement(kent=KENT, essex=ESSEX)], TODAY, keys)
        assert terms.consumers == terms.providers == ("kent", "essex")


class TestHolders:
    @pytest.mark.parametrize(("on_merge", "held"), [("CarryOver", []), ("End", ["roads"])])
    def test_a_force_is_let_go_to_its_heir_by_what_carries_over_alone(self, on_merge: str, held: list[str]) -> None:
        merging = Merging.of("kent", [force("kent"), force("medway", "kent")])
        assert holders("kent", [Bond.of(agreement(on_merge))], merging, TODAY) == held

    def test_a_successor_is_held_by_what_it_took_over(self) -> None:
        merging = Merging.of("medway", [force("medway", "kent"), force("essex")])
        assert holders("medway", [Bond.of(agreement())], merging, TODAY) == ["roads"]
        assert holders("medway", [Bond.of(agreement("End"))], merging, TODAY) == []
