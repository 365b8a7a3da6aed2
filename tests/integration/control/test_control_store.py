"""The store behaves as an API server does, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from tests.owning import owning

from ndsc.control.errors import HeldError, ResourceChangedError, ResourceNotFoundError
from ndsc.control.events import KEPT, EventType, events_of, record_event
from ndsc.control.store import Outcome, ResourceStore
from ndsc.control.tables import metadata
from ndsc.resources.agreement import AgreementState, DataSharingAgreement
from ndsc.resources.base import Condition, Manifest
from ndsc.resources.datanode import DataNode
from ndsc.resources.errors import ManifestError
from ndsc.resources.force import Force
from ndsc.resources.validation import parse_manifest

ENVELOPE = {"apiVersion": "ndsc.police.uk/v1alpha1"}


@pytest.fixture(scope="module")
def engine(service_engine: Callable[[str], Engine]) -> Engine:
    """The resources' database."""
    return service_engine("control")


@pytest.fixture
def store(engine: Engine) -> ResourceStore:
    made = ResourceStore(engine)
    with owning(engine) as connection:
        connection.execute(text("TRUNCATE resource, resource_event"))
    return made


def force(code: str = "kent", *, labels: dict[str, str] | None = None, **spec: Any) -> Force:
    plain = {**ENVELOPE, "kind": "Force", "metadata": {"name": code}, "spec": {"code": code, "name": code, **spec}}
    plain["metadata"] = {"name": code, "labels": labels or {}}
    manifest = parse_manifest(plain)
    assert isinstance(manifest, Force)
    return manifest


def node(name: str = "kent", namespace: str | None = None, **spec: Any) -> DataNode:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    plain = {**ENVELOPE, "kind": "DataNode", "metadata": metadata, "spec": {"force": "kent", **spec}}
    manifest = parse_manifest(plain)
    assert isinstance(manifest, DataNode)
    return manifest


def agreement(**spec: Any) -> DataSharingAgreement:
    terms = {
        "title": "An example",
        "parties": [{"force": "kent"}, {"force": "essex"}],
        "legalBasis": {"statute": "An Act", "gateway": "An example."},
        "purposes": ["prevent-crime"],
        "categories": ["nominal"],
        "startsOn": "2026-01-01",
        "endsOn": "2099-12-31",
        "reviewOn": "2027-01-01",
        "dpia": "EXAMPLE",
        **spec,
    }
    plain = {**ENVELOPE, "kind": "DataSharingAgreement", "metadata": {"name": "example"}, "spec": terms}
    manifest = parse_manifest(plain)
    assert isinstance(manifest, DataSharingAgreement)
    return manifest


class TestApply:
    def test_created_then_unchanged_then_configured(self, store: ResourceStore) -> None:
        outcomes = [
            store.apply(force()).outcome,
            store.apply(force()).outcome,
            store.apply(force(country="GB-ENG")).outcome,
        ]
        assert outcomes == [Outcome.CREATED, Outcome.UNCHANGED, Outcome.CONFIGURED]
        assert str(store.apply(force(country="GB-ENG"))) == "force.ndsc.police.uk/kent unchanged"

    def test_the_server_fills_in_its_own_metadata(self, store: ResourceStore) -> None:
        made = store.apply(force()).manifest
        assert made.metadata.uid
        assert made.metadata.generation == 1
        assert made.metadata.creation_timestamp is not None
        assert store.get(Force, "kent") == made

    def test_only_a_change_of_the_spec_bumps_the_generation(self, store: ResourceStore) -> None:
        first = store.apply(force()).manifest.metadata
        labelled = store.apply(force(labels={"region": "south-east"})).manifest.metadata
        changed = store.apply(force(country="GB-ENG", labels={"region": "south-east"})).manifest.metadata
        assert (first.generation, labelled.generation, changed.generation) == (1, 1, 2)
        versions = [int(one.resource_version or 0) for one in (first, labelled, changed)]
        assert versions == sorted(set(versions))
        assert first.uid == changed.uid

    def test_an_apply_never_writes_the_status(self, store: ResourceStore) -> None:
        made = store.apply(force()).manifest
        plain = made.dump() | {"status": {"agreements": 7}}
        applied = store.apply(parse_manifest(plain))
        assert applied.outcome is Outcome.UNCHANGED
        assert store.get(Force, "kent").status.agreements == 0

    def test_what_was_printed_can_be_applied_until_somebody_else_changes_it(self, store: ResourceStore) -> None:
        printed = store.apply(force()).manifest
        assert store.apply(printed).outcome is Outcome.UNCHANGED
        store.apply(force(country="GB-ENG"))
        with pytest.raises(ResourceChangedError, match="no longer the one that was read"):
            store.apply(printed)

    def test_a_dry_run_says_what_would_happen_and_changes_nothing(self, store: ResourceStore) -> None:
        assert store.apply(force(), dry_run=True).outcome is Outcome.CREATED
        assert store.find(Force, "kent") is None

    def test_a_change_that_a_rule_forbids_is_refused_and_nothing_is_written(self, store: ResourceStore) -> None:
        store.apply(node())
        plain = node().dump()
        plain["spec"]["force"] = "essex"
        with pytest.raises(ManifestError, match="cannot be given to another force"):
            store.apply(parse_manifest(plain))
        assert store.get(DataNode, "kent").spec.force == "kent"

    def test_a_code_that_is_no_force_is_refused_unless_the_network_made_it(self, store: ResourceStore) -> None:
        south_east = force("south-east", successorOf=["kent", "essex"])
        plain = node("south-east").dump()
        plain["spec"]["force"] = "south-east"
        with pytest.raises(ManifestError, match="'south-east' is not the code of a force"):
            store.apply(parse_manifest(plain))
        store.apply(south_east)
        assert store.apply(parse_manifest(plain)).outcome is Outcome.CREATED

    def test_of_many_at_once_one_creates_and_the_others_see_it(self, store: ResourceStore) -> None:
        outcomes: list[Outcome] = []
        threads = [threading.Thread(target=lambda: outcomes.append(store.apply(force()).outcome)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [Outcome.CREATED] + [Outcome.UNCHANGED] * 5


class TestSuspension:
    def test_a_file_that_says_nothing_of_it_does_not_lift_it(self, store: ResourceStore) -> None:
        store.apply(agreement())
        store.apply(agreement(suspendedBy=["kent"]))
        assert store.apply(agreement()).outcome is Outcome.UNCHANGED
        assert store.get(DataSharingAgreement, "example").spec.suspended_by == ("kent",)
        assert store.apply(agreement(suspendedBy=[])).outcome is Outcome.CONFIGURED
        assert store.get(DataSharingAgreement, "example").spec.suspended_by == ()

    def test_nor_can_it_bring_back_what_was_terminated(self, store: ResourceStore) -> None:
        store.apply(agreement(terminatedBy=["essex"]))
        assert store.apply(agreement()).outcome is Outcome.UNCHANGED
        with pytest.raises(ManifestError, match="stays terminated"):
            store.apply(agreement(terminatedBy=[]))
        with pytest.raises(ManifestError, match="terms of a terminated agreement cannot be changed"):
            store.apply(agreement(title="Another"))

    def test_a_party_that_suspends_it_cannot_leave_it_unsaid(self, store: ResourceStore) -> None:
        store.apply(agreement(suspendedBy=["kent"]))
        with pytest.raises(ManifestError, match="suspendedBy must name parties"):
            store.apply(agreement(parties=[{"force": "surrey"}, {"force": "essex"}]))


class TestReading:
    def test_what_is_not_there_is_not_found_in_kubectl_s_words(self, store: ResourceStore) -> None:
        with pytest.raises(ResourceNotFoundError, match=r'forces\.ndsc\.police\.uk "kent" not found'):
            store.get(Force, "kent")

    def test_names_are_unique_in_a_namespace_and_not_beyond(self, store: ResourceStore) -> None:
        store.apply(node())
        store.apply(node(namespace="elsewhere"))
        assert [one.metadata.namespace for one in store.list(DataNode)] == ["default", "elsewhere"]
        assert len(store.list(DataNode, namespace="elsewhere")) == 1
        assert store.get(DataNode, "kent").metadata.namespace == "default"

    def test_labels_select(self, store: ResourceStore) -> None:
        store.apply(force("kent", labels={"region": "south-east"}))
        store.apply(force("durham", labels={"region": "north-east"}))
        assert [one.name for one in store.list(Force, selector="region=south-east")] == ["kent"]
        assert [one.name for one in store.list(Force)] == ["durham", "kent"]


class TestStatus:
    def test_it_is_written_apart_and_leaves_the_generation_alone(self, store: ResourceStore) -> None:
        made = store.apply(force()).manifest
        assert isinstance(made, Force)
        condition = Condition(type="Ready", status="True", reason="AllWell", last_transition_time=datetime.now(UTC))
        seen = store.update_status(made, made.status.with_condition(condition))
        assert seen.status.is_true("Ready")
        assert seen.metadata.generation == 1
        assert seen.metadata.resource_version != made.metadata.resource_version
        again = store.update_status(seen, seen.status)
        assert again.metadata.resource_version == seen.metadata.resource_version

    def test_a_resource_that_went_has_no_status(self, store: ResourceStore) -> None:
        with pytest.raises(ResourceNotFoundError):
            store.update_status(force(), force().status)


class TestDelete:
    def test_deleted_is_gone_and_applied_again_is_another_one(self, store: ResourceStore) -> None:
        first = store.apply(force()).manifest
        store.delete(Force, "kent")
        assert store.find(Force, "kent") is None
        assert store.apply(force()).manifest.metadata.uid != first.metadata.uid

    def test_a_dry_run_deletes_nothing(self, store: ResourceStore) -> None:
        store.apply(force())
        assert store.delete(Force, "kent", dry_run=True).name == "kent"
        assert store.find(Force, "kent") is not None

    @pytest.mark.parametrize(
        ("state", "stands"), [(AgreementState.FINALIZED, "in force"), (AgreementState.SUSPENDED, "suspended")]
    )
    def test_a_force_that_an_agreement_binds_says_what_holds_it_and_how_that_stands(
        self, store: ResourceStore, state: AgreementState, stands: str
    ) -> None:
        store.apply(force())
        held = store.apply(agreement()).manifest
        store.update_status(held, held.status.model_copy(update={"state": state}))
        with pytest.raises(HeldError, match=f"held by agreements: .*/example .{stands}.") as caught:
            store.delete(Force, "kent")
        assert caught.value.holders == ("datasharingagreement.ndsc.police.uk/example",)
        assert store.find(Force, "kent") is not None
        store.apply(agreement(terminatedBy=["essex"]))
        assert store.delete(Force, "kent").name == "kent"

    def test_one_that_is_not_in_force_any_more_or_not_yet_holds_nothing(self, store: ResourceStore) -> None:
        store.apply(force())
        made = store.apply(agreement()).manifest
        assert store.holders("kent") == ()
        store.update_status(made, made.status.model_copy(update={"state": AgreementState.FINALIZED}))
        assert store.holders("kent", today=date(2100, 1, 1)) == ()
        assert store.holders("surrey") == ()


class TestEvents:
    def test_the_same_again_counts_up(self, store: ResourceStore) -> None:
        made = store.apply(force()).manifest
        for _ in range(3):
            record_event(store, made, "DatabaseReady", "The database answers.")
        record_event(store, made, "LoadFailed", "A row is too long.", EventType.WARNING)
        assert [(event.reason, event.times) for event in events_of(store, made)] == [
            ("DatabaseReady", 3),
            ("LoadFailed", 1),
        ]

    def test_only_the_latest_are_kept(self, store: ResourceStore) -> None:
        made = store.apply(force()).manifest
        for number in range(KEPT + 5):
            record_event(store, made, "Step", f"Step {number}.")
        kept = events_of(store, made)
        assert len(kept) == KEPT
        assert kept[-1].message == f"Step {KEPT + 4}."


def test_the_tables_are_those_that_the_migrations_make(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        different = compare_metadata(context, metadata)
    assert [one for one in different if "alembic_version" not in str(one)] == []


def test_every_kind_comes_back_as_it_went_in(store: ResourceStore) -> None:
    for manifest in (force(), node(), agreement(suspendedBy=["kent"])):
        stored: Manifest = store.apply(manifest).manifest
        assert store.get(type(manifest), manifest.name).spec == manifest.spec == stored.spec
