"""`ndsc apply|get|describe|delete|diff|explain` have kubectl's manners: words, tables, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, text
from tests.owning import owning
from typer.testing import CliRunner, Result

from ndsc.cli import resources as commands
from ndsc.control.events import record_event
from ndsc.control.store import ResourceStore
from ndsc.errors import InvalidInputError, NdscError
from ndsc.resources.agreement import AgreementState, DataSharingAgreement
from ndsc.resources.base import Condition, ConditionStatus
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force

FORCE_AND_NODE = """\
apiVersion: ndsc.police.uk/v1alpha1
kind: Force
metadata:
  name: gwent
  labels: {region: wales}
spec:
  code: gwent
  name: Gwent Police
  country: GB-WLS
---
apiVersion: ndsc.police.uk/v1alpha1
kind: DataNode
metadata:
  name: gwent
spec:
  force: gwent
"""


class Settling:
    """A network of which only the resources are there: counts how often it was asked to settle."""

    def __init__(self, store: ResourceStore) -> None:
        self.resources = store
        self.settled = 0

    def reconcile(self) -> None:
        self.settled += 1

    def follow(self) -> None:
        """No node, no index."""


@pytest.fixture(scope="module")
def engine(service_engine: Callable[[str], Engine]) -> Engine:
    """The resources' database."""
    return service_engine("control")


@pytest.fixture
def net(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Settling:
    store = ResourceStore(engine)
    with owning(engine) as connection:
        connection.execute(text("TRUNCATE resource, resource_event"))
    network = Settling(store)

    @contextmanager
    def opened() -> Iterator[Settling]:
        yield network

    monkeypatch.setattr(commands, "_network", opened)
    return network


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gwent.yaml"
    path.write_text(FORCE_AND_NODE)
    return path


def run(*arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(commands.app, [str(argument) for argument in arguments], input=text)


def well(*arguments: str | Path, text: str | None = None) -> str:
    result = run(*arguments, text=text)
    assert result.exit_code == 0, result.output
    return result.stdout


class TestApply:
    def test_it_says_what_it_did_and_does_it_once(self, net: Settling, file: Path) -> None:
        assert well("apply", "-f", file).splitlines() == [
            "force.ndsc.police.uk/gwent created",
            "datanode.ndsc.police.uk/gwent created",
        ]
        assert net.settled == 1
        assert well("apply", "-f", file).splitlines() == [
            "force.ndsc.police.uk/gwent unchanged",
            "datanode.ndsc.police.uk/gwent unchanged",
        ]
        assert net.settled == 1

    def test_standard_input_and_folders(self, net: Settling, file: Path) -> None:
        assert "created" in well("apply", "-f", "-", text=FORCE_AND_NODE)
        assert "unchanged" in well("apply", "-f", file.parent)

    def test_a_file_without_a_manifest_is_an_error(self, net: Settling, tmp_path: Path) -> None:
        empty, remark = tmp_path / "empty.yaml", tmp_path / "remark.yaml"
        empty.touch()
        remark.write_text("# nothing yet\n---\n")
        for given in (empty, remark, tmp_path):
            result = run("apply", "-f", given)
            assert isinstance(result.exception, InvalidInputError), result.output
            assert result.exception.message == "no objects passed to apply"
            assert given.name in result.exception.hint
        assert isinstance(run("apply", "-f", "-", text="").exception, InvalidInputError)
        assert net.settled == 0

    def test_a_dry_run_changes_nothing(self, net: Settling, file: Path) -> None:
        assert "force.ndsc.police.uk/gwent created (dry run)" in well("apply", "-f", file, "--dry-run")
        assert net.resources.list(Force) == ()
        assert net.settled == 0

    def test_a_file_with_a_mistake_changes_nothing_at_all(self, net: Settling, file: Path) -> None:
        file.write_text(FORCE_AND_NODE.replace("force: gwent", "forse: gwent"))
        result = run("apply", "-f", file)
        assert isinstance(result.exception, NdscError)
        assert "gwent.yaml, document 2, line 16: spec.forse: unknown field" in result.exception.message
        assert net.resources.list(Force) == ()

    def test_one_that_the_store_refuses_does_not_stop_the_others(self, net: Settling, file: Path) -> None:
        well("apply", "-f", file)
        net.resources.apply(DataNode.model_validate({"metadata": {"name": "other"}, "spec": {"force": "kent"}}))
        moved = FORCE_AND_NODE.replace("name: gwent\nspec:\n  force", "name: other\nspec:\n  force")
        file.write_text(moved.replace("Gwent Police", "Heddlu Gwent"))
        result = run("apply", "-f", file)
        assert result.exit_code == 1
        assert "force.ndsc.police.uk/gwent configured" in result.stdout
        assert "cannot be given to another force" in result.stderr

    def test_what_get_prints_goes_back_in(self, net: Settling, file: Path) -> None:
        well("apply", "-f", file)
        printed = well("get", "ndsc", "-o", "yaml")
        assert [line.split()[-1] for line in well("apply", "-f", "-", text=printed).splitlines()] == ["unchanged"] * 2

    def test_the_demonstration_s_manifests_are_accepted(self, net: Settling) -> None:
        with resources.as_file(resources.files("ndsc.embedded") / "manifests") as folder:
            lines = well("apply", "-f", folder).splitlines()
            per_file = {path.name: path.read_text() for path in folder.glob("*.yaml")}
        assert len(lines) == 8 + 8 + 3
        forces = {name: text for name, text in per_file.items() if not name.startswith("agreement-")}
        assert len(forces) == 8
        assert all(len(text.splitlines()) <= 20 for text in forces.values())


class TestGet:
    @pytest.fixture(autouse=True)
    def _applied(self, net: Settling, file: Path) -> None:
        well("apply", "-f", file)

    @pytest.mark.parametrize("name", ["force", "forces", "fc", "Force", "forces.ndsc.police.uk"])
    def test_every_name_of_a_kind_is_known(self, name: str) -> None:
        head, row = well("get", name).splitlines()
        assert head.split() == ["NAME", "TITLE", "COUNTRY", "NODES", "AGREEMENTS", "READY", "AGE"]
        assert row.startswith("gwent   Gwent Police   GB-WLS")

    def test_wide_shows_more(self) -> None:
        assert "DATABASE" in well("get", "dn", "-o", "wide")
        assert "DATABASE" not in well("get", "dn")

    def test_all_kinds_at_once_name_their_kind(self) -> None:
        text = well("get", "forces,datanodes")
        assert "force.ndsc.police.uk/gwent" in text
        assert "datanode.ndsc.police.uk/gwent" in text
        assert "\n\n" in text

    def test_name_json_and_yaml_for_scripts(self) -> None:
        assert well("get", "force/gwent", "dn/gwent", "-o", "name") == (
            "force.ndsc.police.uk/gwent\ndatanode.ndsc.police.uk/gwent\n"
        )
        one = json.loads(well("get", "force", "gwent", "-o", "json"))
        assert one["spec"]["quota"]["memory"] == "16Gi"
        assert yaml.safe_load(well("get", "forces", "-o", "yaml"))["kind"] == "List"

    def test_labels_select(self) -> None:
        assert "gwent" in well("get", "forces", "-l", "region=wales")
        result = run("get", "forces", "-l", "region!=wales")
        assert (result.exit_code, result.stdout) == (0, "")
        assert "No resources found" in result.stderr

    def test_namespaces_separate_nodes(self) -> None:
        assert "No resources found in elsewhere namespace." in run("get", "dn", "-n", "elsewhere").stderr
        assert well("get", "dn", "-A").split()[0] == "NAMESPACE"

    def test_a_name_that_is_not_there_is_an_error_and_the_others_are_printed(self) -> None:
        result = run("get", "forces", "gwent", "kent")
        assert result.exit_code == 1
        assert "Gwent Police" in result.stdout
        assert 'forces.ndsc.police.uk "kent" not found' in result.stderr

    def test_a_kind_that_is_none_is_named_with_the_nearest(self) -> None:
        error = run("get", "fources").exception
        assert isinstance(error, NdscError)
        assert error.message == "the server does not have a resource type 'fources'"
        assert error.hint == "Did you mean forces?"


class TestDescribe:
    def test_fields_conditions_and_events_in_words(self, net: Settling, file: Path) -> None:
        well("apply", "-f", file)
        node = net.resources.get(DataNode, "gwent")
        condition = Condition(
            type="Ready",
            status=ConditionStatus.FALSE,
            reason="DatabaseDown",
            message="Start it.",
            last_transition_time=datetime.now(UTC),
        )
        net.resources.update_status(node, node.status.with_condition(condition))
        record_event(net.resources, node, "DatabaseMade", "The database was made.")
        record_event(net.resources, node, "DatabaseMade", "The database was made.")
        text = well("describe", "datanode", "gwent")
        assert text.startswith("Name:         gwent\nNamespace:    default\n")
        assert "  Replicas:\n    Min: 1\n    Max: 3\n" in text
        assert "Ready   False" in text
        assert "DatabaseDown" in text
        assert "(x2 over" in text
        assert "The database was made." in text

    def test_a_force_shows_what_happened_to_it_and_to_its_nodes(self, net: Settling, file: Path) -> None:
        well("apply", "-f", file)
        record_event(net.resources, net.resources.get(DataNode, "gwent"), "Hibernated", "It sleeps.")
        record_event(net.resources, net.resources.get(Force, "gwent"), "Joined", "It takes part.")
        events = well("describe", "force", "gwent").partition("Events:")[2]
        assert events.index("DataNode gwent: It sleeps.") < events.index("It takes part.")


class TestDiff:
    def test_it_shows_what_an_apply_would_change_and_says_so_by_its_exit_code(self, net: Settling, file: Path) -> None:
        new = run("diff", "-f", file)
        assert new.exit_code == 1
        assert "+  code: gwent" in new.stdout
        assert net.resources.list(Force) == ()
        well("apply", "-f", file)
        assert run("diff", "-f", file).exit_code == 0
        file.write_text(FORCE_AND_NODE.replace("GB-WLS", "GB"))
        changed = run("diff", "-f", file)
        assert changed.exit_code == 1
        assert [line for line in changed.stdout.splitlines() if line[0] in "+-"] == [
            "--- live/force.ndsc.police.uk/gwent",
            "+++ merged/force.ndsc.police.uk/gwent",
            "-  country: GB-WLS",
            "+  country: GB",
        ]

    def test_what_would_be_refused_is_an_error_of_its_own(self, net: Settling, file: Path) -> None:
        file.write_text("kind: Nonsense\n")
        assert run("diff", "-f", file).exit_code == 2


class TestDelete:
    @pytest.fixture(autouse=True)
    def _applied(self, net: Settling, file: Path) -> None:
        well("apply", "-f", file)

    def test_by_name_and_by_file(self, net: Settling, file: Path) -> None:
        assert well("delete", "dn", "gwent") == 'datanode.ndsc.police.uk "gwent" deleted\n'
        well("apply", "-f", file)
        assert well("delete", "-f", file).splitlines() == [
            'datanode.ndsc.police.uk "gwent" deleted',
            'force.ndsc.police.uk "gwent" deleted',
        ]
        assert net.resources.list(Force) == ()

    def test_nothing_is_deleted_without_being_named(self) -> None:
        assert "name what to delete" in str(run("delete", "forces").exception)
        assert "say what to delete" in str(run("delete").exception)
        assert 'force.ndsc.police.uk "gwent" deleted' in well("delete", "forces", "--all")

    def test_what_is_not_there_is_an_error_unless_that_is_fine(self) -> None:
        assert run("delete", "force", "kent").exit_code == 1
        assert run("delete", "force", "kent", "--ignore-not-found").exit_code == 0

    def test_a_dry_run_deletes_nothing(self, net: Settling) -> None:
        assert "deleted (dry run)" in well("delete", "force", "gwent", "--dry-run")
        assert len(net.resources.list(Force)) == 1

    def test_a_force_that_agreements_hold_says_which(self, net: Settling) -> None:
        terms = {
            "title": "An example",
            "parties": [{"force": "gwent"}, {"force": "kent"}],
            "legalBasis": {"statute": "An Act", "gateway": "An example."},
            "purposes": ["prevent-crime"],
            "categories": ["nominal"],
            "startsOn": "2025-01-01",
            "endsOn": "2099-12-31",
            "reviewOn": "2099-12-31",
            "dpia": "EXAMPLE",
        }
        made = net.resources.apply(
            DataSharingAgreement.model_validate({"metadata": {"name": "example"}, "spec": terms})
        ).manifest
        net.resources.update_status(made, made.status.model_copy(update={"state": AgreementState.FINALIZED}))
        result = run("delete", "force", "gwent")
        assert result.exit_code == 1
        assert "held by agreements: datasharingagreement.ndsc.police.uk/example (in force)" in " ".join(
            result.stderr.split()
        )


class TestExplain:
    def test_a_kind_a_field_and_what_may_stand_there(self) -> None:
        text = well("explain", "datanode.spec.replicas.min")
        assert "KIND:       DataNode" in text
        assert "FIELD: min <integer>" in text
        assert "default: 1" in text
        assert "Fewest copies while the node is awake." in text
        listed = well("explain", "dsa.spec")
        assert "  parties <[]Object> -required-" in listed
        assert "endsOn must not be before startsOn" in listed
        assert "enum: protect-life-and-property" in well("explain", "dsa.spec.purposes")

    def test_recursively_every_field_is_there(self) -> None:
        text = well("explain", "force", "--recursive")
        assert "      searchesPerMinute <integer>" in text
        assert text.count("\n") > 60

    def test_a_field_that_is_not_there_is_named_with_the_nearest(self) -> None:
        error = run("explain", "force.spec.qouta").exception
        assert isinstance(error, NdscError)
        assert error.hint == "Did you mean quota?"
