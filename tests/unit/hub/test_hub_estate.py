"""What the hub makes of the resources of a cluster: all that is valid, and nothing that is not for others to know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.resources import agreement_object, force_object, node_object, signed_object

from ndsc.hub.estate import WATCHED, Estate, network_of
from ndsc.hub.schemas import NetworkState
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.jwk import PublicKey
from ndsc.trust.keys import SMALL_ORDER, SigningKey

KENT, ESSEX, OFFICERS = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
AGREEMENT = signed_object(agreement_object("roads", "kent", "essex"), {"kent": KENT, "essex": ESSEX})


def state_of(*objects: dict[str, Any]) -> NetworkState:
    kinds: dict[str, type[Manifest]] = {kind.__name__: kind for kind in WATCHED}
    estate = Estate()
    for one in objects:
        estate.put(kinds[one["kind"]], one)
    return network_of(estate.known())


def test_it_is_complete_only_when_every_kind_was_listed() -> None:
    estate = Estate()
    for kind in (Force, DataNode):
        estate.replace(kind, [])
        assert not estate.complete
    estate.replace(DataSharingAgreement, [])
    assert estate.complete


def test_the_state_has_what_parts_decide_by() -> None:
    state = state_of(
        force_object("kent", signs=KENT.public, officers=(OFFICERS.public,)),
        force_object("essex", signs=ESSEX.public),
        node_object("kent", hibernated=True, index={"visibility": "silent"}, policy={"withheldCategories": ["crime"]}),
        AGREEMENT,
    )
    assert state.party_keys == {"essex": (PublicKey.of(ESSEX.public),), "kent": (PublicKey.of(KENT.public),)}
    assert state.officer_keys == {"kent": (PublicKey.of(OFFICERS.public),)}
    (node,) = state.nodes
    assert (node.url, node.hibernated, node.index.visibility) == ("https://kent.kent.svc", True, "silent")
    assert node.policy.withheld_categories == ("crime",)
    (agreement,) = state.agreements
    assert {one.force for one in agreement.status.signatures} == {"kent", "essex"}


def test_nothing_of_secrets_and_of_what_controllers_note_is_told() -> None:
    node = node_object(
        "kent", database={"mode": "external", "urlSecretRef": {"name": "hidden-secret", "key": "hidden"}}
    )
    node["metadata"]["annotations"] = {"note": "hidden"}
    node["status"] = {"endpoints": {"api": "https://hidden.example"}}
    force = force_object("kent", signs=KENT.public)
    force["spec"]["contacts"] = [{"role": "security", "email": "hidden@kent.example"}]
    agreement = AGREEMENT | {
        "metadata": {"name": "roads", "annotations": {"note": "hidden"}, "managedFields": [{"a": 1}]}
    }
    told = json.dumps(state_of(force, node, agreement).dump())
    assert "hidden" not in told
    assert "secret" not in told.lower()


@pytest.mark.parametrize(
    "wrong",
    [
        node_object("kent") | {"spec": {"force": "Not A Code"}},
        node_object("kent", replicas={"min": 5, "max": 2}),
        node_object("kent", unknown="a field of a later version"),
        force_object("kent") | {"spec": None},
        force_object("kent") | {"metadata": {"name": "essex"}},
        agreement_object("roads", "kent"),
        agreement_object("roads", "kent", "essex", endsOn="2025-01-01"),
        signed_object(agreement_object("roads", "kent", "essex"), {"kent": KENT}) | {"spec": []},
    ],
)
def test_what_is_not_valid_is_left_out_and_the_rest_stays(wrong: dict[str, Any]) -> None:
    assert state_of(node_object("surrey"), wrong) == state_of(node_object("surrey"))


def test_a_resource_that_becomes_invalid_is_as_good_as_gone() -> None:
    estate = Estate()
    estate.put(DataSharingAgreement, AGREEMENT)
    assert estate.known()
    estate.put(DataSharingAgreement, AGREEMENT | {"spec": {}})
    assert not estate.known()


def test_an_agreement_that_is_being_deleted_is_told_no_more() -> None:
    going = AGREEMENT | {"metadata": {"name": "roads", "deletionTimestamp": "2026-05-01T00:00:00Z"}}
    assert state_of(AGREEMENT, going).agreements == ()


def test_what_is_removed_or_no_longer_listed_is_gone() -> None:
    estate = Estate()
    estate.replace(DataNode, [node_object("kent"), node_object("essex")])
    estate.remove(DataNode, node_object("kent"))
    assert [one.name for one in estate.known()] == ["essex"]
    estate.replace(DataNode, [node_object("surrey")])
    assert [one.name for one in estate.known()] == ["surrey"]


def test_a_node_in_another_force_s_namespace_speaks_for_nobody() -> None:
    assert state_of(node_object("kent", namespace="essex")).nodes == ()


def test_of_a_name_the_node_in_the_force_s_own_namespace_counts() -> None:
    shipped, own = node_object("kent", namespace="default"), node_object("kent", hibernated=True)
    assert [node.hibernated for node in state_of(shipped).nodes] == [False]
    assert [node.hibernated for node in state_of(own, shipped).nodes] == [True]
    assert [node.hibernated for node in state_of(shipped, own).nodes] == [True]


def test_a_key_that_any_signature_fits_is_nobody_s() -> None:
    force = force_object("kent")
    force["status"] = {"publicKey": {"kty": "OKP", "crv": "Ed25519", "x": SMALL_ORDER[0]}}
    assert state_of(force).party_keys == {}


def test_a_force_that_was_merged_is_told_with_who_stands_for_it() -> None:
    successor = force_object("medway", signs=ESSEX.public)
    successor["spec"]["successorOf"] = ["kent"]
    assert state_of(successor, node_object("kent")).successors == {"kent": "medway"}
    assert state_of(successor, node_object("kent"), force_object("kent")).successors == {}


def test_without_mergers_the_state_reads_as_it_did_before_there_were_any() -> None:
    assert "successors" not in state_of(force_object("kent", signs=KENT.public)).dump()
