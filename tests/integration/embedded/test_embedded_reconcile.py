"""What the resources say is what the network does: who signs, what is in force, what the index may know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.owning import owning
from tests.resources import agreement_object

from ndsc.control.errors import HeldError
from ndsc.control.events import events_about, events_of
from ndsc.control.store import ResourceStore
from ndsc.embedded.identities import Identities
from ndsc.embedded.reconcile import implied_manifests, reconcile
from ndsc.model.facts import PolicyFacts
from ndsc.model.sharing import Purpose
from ndsc.node.listing import NodeLister
from ndsc.policy.agreements import AgreementTerms
from ndsc.policy.answers import Listing
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.force_rules import ForceRules
from ndsc.resources.agreement import AgreementState, DataSharingAgreement
from ndsc.resources.datanode import DataNode, Index
from ndsc.resources.force import Force
from ndsc.resources.jwk import PublicKey
from ndsc.resources.validation import parse_manifest
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import KeyBinding

FACTS = PolicyFacts(
    force="kent",
    kind="person",
    category="nominal",
    tier=0,
    sensitive=False,
    caveated=False,
    grading="",
    handling="",
    action="",
    immunity=False,
    assessment=False,
    suspect=True,
    convicted=False,
    victim=False,
    witness=False,
    other_subject=False,
    born=0,
    retention_group=3,
    review_on=40_000,
    updated_on=20_000,
)

AGREEMENT = AgreementTerms(
    name="roads",
    consumers=("essex",),
    providers=("kent",),
    purposes=(Purpose.PREVENT_CRIME,),
    categories=("nominal",),
    starts_on=date(2026, 1, 1),
    ends_on=date(2095, 12, 31),
)


@pytest.fixture(scope="module")
def engine(service_engine: Callable[[str], Engine]) -> Engine:
    """The resources' database."""
    return service_engine("control")


@pytest.fixture
def store(engine: Engine) -> Iterator[ResourceStore]:
    made = ResourceStore(engine)
    yield made
    with owning(engine) as connection:
        connection.execute(text("TRUNCATE resource, resource_event"))


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "keys")


def join(store: ResourceStore, *forces: str, **spec: Any) -> None:
    for force in forces:
        for manifest in implied_manifests(force, force.title()):
            plain = manifest.dump()
            if isinstance(manifest, Force):
                plain["spec"] |= spec
            store.apply(parse_manifest(plain))


def agree(store: ResourceStore, *forces: str, **spec: Any) -> None:
    store.apply(parse_manifest(agreement_object("both-ways", *forces, **spec)))


def agreement_after(store: ResourceStore, identities: Identities) -> DataSharingAgreement:
    reconcile(store, identities, RegopyDecider())
    return store.get(DataSharingAgreement, "both-ways")


def test_an_agreement_of_forces_that_all_joined_is_signed_by_each_and_comes_into_force(
    store: ResourceStore, identities: Identities
) -> None:
    join(store, "kent", "essex")
    agree(store, "kent", "essex")
    now = agreement_after(store, identities)
    assert {signature.force for signature in now.status.signatures} == {"kent", "essex"}
    assert now.status.state is AgreementState.FINALIZED
    assert now.status.is_true("Ready")
    assert store.get(Force, "kent").status.agreements == 1


def test_a_party_that_has_not_joined_leaves_it_unsigned_and_the_status_says_who_is_missing(
    store: ResourceStore, identities: Identities
) -> None:
    join(store, "kent", "essex")
    agree(store, "kent", "essex")
    store.delete(Force, "essex")  # before it could sign
    now = agreement_after(store, identities)
    ready = now.status.condition("Ready")
    assert ready is not None
    assert ready.reason == "Unsigned"
    assert "essex" in ready.message
    assert store.get(Force, "kent").status.agreements == 0


@pytest.mark.parametrize(
    ("on_merge", "reason", "state"),
    [("CarryOver", "InForce", AgreementState.FINALIZED), ("End", "Unsigned", AgreementState.AGREED)],
)
def test_an_agreement_binds_a_partys_successor_only_where_its_text_says_so(
    store: ResourceStore, identities: Identities, on_merge: str, reason: str, state: AgreementState
) -> None:
    join(store, "kent", "essex")
    agree(store, "kent", "essex", onMerge=on_merge)
    agreement_after(store, identities)
    spec = {"code": "surrey", "name": "Kent and Surrey Police", "successorOf": ["kent"]}
    heir = {"apiVersion": "ndsc.police.uk/v1alpha1", "kind": "Force", "metadata": {"name": "surrey"}, "spec": spec}
    store.apply(parse_manifest(heir))
    if on_merge == "End":
        with pytest.raises(HeldError):
            store.delete(Force, "kent")
        with owning(store.engine) as connection:
            connection.execute(text("DELETE FROM resource WHERE kind = 'Force' AND name = 'kent'"))
    else:
        store.delete(Force, "kent")
    now = agreement_after(store, identities)
    ready = now.status.condition("Ready")
    assert ready is not None
    assert (ready.reason, now.status.state) == (reason, state)
    held = ("both-ways",) if on_merge == "CarryOver" else ()
    assert store.get(Force, "surrey").status.agreements == len(held)
    assert store.get(Force, "surrey").status.held_by == held
    assert store.holders("surrey") == tuple(f"datasharingagreement.ndsc.police.uk/{name}" for name in held)


def test_a_force_does_not_sign_what_goes_beyond_its_own_limits_and_an_event_says_why(
    store: ResourceStore, identities: Identities
) -> None:
    join(store, "essex")
    join(store, "kent", agreementDefaults={"deleteAfterDays": 30})
    agree(store, "kent", "essex", retention={"deleteAfterDays": 90})
    now = agreement_after(store, identities)
    assert [signature.force for signature in now.status.signatures] == ["essex"]
    assert not now.status.is_true("Ready")
    assert any("kent allows 30" in event.message for event in events_of(store, now))


def test_a_suspended_agreement_is_no_longer_ready_and_counts_for_no_force(
    store: ResourceStore, identities: Identities
) -> None:
    join(store, "kent", "essex")
    agree(store, "kent", "essex")
    agreement_after(store, identities)
    agree(store, "kent", "essex", suspendedBy=["kent"])
    now = agreement_after(store, identities)
    assert now.status.state is AgreementState.SUSPENDED
    assert not now.status.is_true("Ready")
    assert store.get(Force, "essex").status.agreements == 0


def test_what_becomes_of_a_force_and_its_node_is_written_down_once(
    store: ResourceStore, identities: Identities
) -> None:
    join(store, "kent")
    for _ in range(2):
        reconcile(store, identities, RegopyDecider())
    said = [(event.reason, event.times) for event in events_about(store, store.get(Force, "kent"))]
    assert sorted(said) == [("Joined", 1), ("Served", 1)]


def test_a_sleeping_node_is_not_ready_and_says_how_to_wake_it(store: ResourceStore, identities: Identities) -> None:
    join(store, "kent")
    node = store.get(DataNode, "kent").dump()
    node["spec"]["hibernated"] = True
    del node["metadata"]["resourceVersion"]
    store.apply(parse_manifest(node))
    reconcile(store, identities, RegopyDecider())
    ready = store.get(DataNode, "kent").status.condition("Ready")
    assert ready is not None
    assert (ready.status, ready.reason) == ("False", "Hibernated")
    assert "hibernated" in ready.message


@pytest.mark.parametrize("visibility", ["silent", "never"])
def test_a_force_s_own_manifest_can_hide_records_from_the_index_and_never_show_more(visibility: str) -> None:
    decider = RegopyDecider()
    assert NodeLister(decider, "kent", Index).listings([FACTS]) == [Listing.VISIBLE]
    hidden = Index.model_validate({"rules": [{"category": "nominal", "visibility": visibility}]})
    assert NodeLister(decider, "kent", lambda: hidden).listings([FACTS]) == [Listing(visibility)]
    immune = FACTS.model_copy(update={"immunity": True})
    assert NodeLister(decider, "kent", Index).listings([immune]) == decider.listings([immune]) != [Listing.VISIBLE]


def test_what_a_node_lists_by_changes_with_its_manifest_and_its_rules_and_not_with_agreements() -> None:
    decider, index = RegopyDecider(), Index()
    lister = NodeLister(decider, "kent", lambda: index)
    before = lister.revision
    decider.update([AGREEMENT])
    assert lister.revision == before
    decider.update([AGREEMENT], {"essex": ForceRules(withheld_categories=("custody",))})
    assert lister.revision == before
    decider.update([AGREEMENT], {"kent": ForceRules(withheld_categories=("custody",))})
    withheld = lister.revision
    index = Index.model_validate({"visibility": "silent"})
    assert len({before, withheld, lister.revision}) == 3


def test_officers_are_believed_by_their_force_s_own_provider_until_its_key_is_taken_out(
    store: ResourceStore, identities: Identities
) -> None:
    key = SigningKey.generate()
    provider = {"issuer": "https://login.kent.example", "keys": [PublicKey.of(key.public).model_dump()]}
    join(store, "kent", identityProvider=provider)
    reconcile(store, identities, RegopyDecider())
    believed = identities.officers[key.kid]
    assert isinstance(believed, KeyBinding)
    assert believed.speaks_for("kent")
    assert not believed.speaks_for("essex")
    join(store, "kent", identityProvider=provider | {"keys": []})
    reconcile(store, identities, RegopyDecider())
    assert key.kid not in identities.officers
    assert len(identities.officers) == 1, "the development issuer stays"


def test_a_force_s_status_tells_the_key_that_its_signatures_are_verified_by(
    store: ResourceStore, identities: Identities
) -> None:
    join(store, "kent")
    reconcile(store, identities, RegopyDecider())
    told = store.get(Force, "kent").status
    assert told.public_key == PublicKey.of(identities.join("kent").public)
    assert told.key_id == identities.join("kent").kid
