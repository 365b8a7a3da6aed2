"""What a command that died leaves of the index is brought up to date by the next one, without being asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.owning import owning
from typer.testing import CliRunner, Result

from ndsc.audit.checkpoints import open_checkpoint
from ndsc.audit.entries import leaf_data
from ndsc.audit.log import ORIGIN
from ndsc.audit.merkle import Frontier, leaf_hash
from ndsc.cli.main import app
from ndsc.embedded.network import Network
from ndsc.registry import store

HEADER = "Nominal Ref,Forename,Surname,DOB,Recorded\n"
PERPETUA = "N1,Perpetua,Quillfeather,1971-05-14,2025-01-02\n"
LEOPOLD = "N2,Leopold,Larkspur,1962-11-23,2025-01-02\n"
ZEBEDEE = "N3,Zebedee,Oakhampton,1980-05-05,2025-01-02\n"
WANTED = ("Leopold Larkspur", "1962-11-23")
CONNECTOR = """
connector: nominals
version: 1
title: Nominals
format: {type: csv}
source_system: nominals
reference: {columns: [Nominal Ref]}
envelope:
  recorded_at: {column: Recorded, transforms: [{date: yyyy-mm-dd}, day-start]}
  retention_group: {const: "3"}
records:
  - name: person
    kind: person
    fields: {given_name: Forename, surname: Surname, date_of_birth: {column: DOB, transforms: [{date: yyyy-mm-dd}]}}
"""


KENT = "{apiVersion: ndsc.police.uk/v1alpha1, kind: DataNode, metadata: {name: kent}, spec: {force: kent}}"

SURREY = (
    "{apiVersion: ndsc.police.uk/v1alpha1, kind: Force, metadata: {name: surrey}, "
    "spec: {code: surrey, name: Surrey and Kent Police, successorOf: [kent]}}"
)

Export = tuple[str, str, str]


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """A network of its own, a file, and its connector."""
    folder = tmp_path
    (folder / "people.csv").write_text(HEADER + PERPETUA, encoding="utf-8")
    (folder / "nominals.yaml").write_text(CONNECTOR, encoding="utf-8")
    return str(folder / "home"), str(folder / "people.csv"), str(folder / "nominals.yaml")


def run(export: Export, *arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"NDSC_HOME": export[0]})


def load(export: Export, *options: str) -> dict[str, int]:
    _, file, connector = export
    result = run(export, "load", file, "--force", "kent", "--connector", connector, "-o", "json", *options)
    return dict(json.loads(result.stdout))


def found(
    export: Export, name: str = "Perpetua Quillfeather", born: str = "1971-05-14", officer: str = "pc1@kent"
) -> list[str]:
    """The records that an officer finds, of the force itself if not said otherwise."""
    who = ("--as", officer, "--reason", "Gave this name when stopped")
    answer = run(export, "search", "person", name, "--born", born, *who, "-o", "json")
    return [member["record"]["id"] for group in json.loads(answer.stdout)["groups"] for member in group["members"]]


def listed(export: Export) -> set[str]:
    """The forces that the registry knows of."""
    with Network(Path(export[0])) as network, network._databases.engine("registry").connect() as connection:
        return set(store.forces(connection))


def test_a_process_killed_between_load_and_index_is_caught_up_with(export: Export) -> None:
    assert _killed_while_changing(export) == -signal.SIGKILL
    assert len(found(export)) == 1


def test_a_search_finds_what_a_load_left_unindexed(export: Export) -> None:
    Path(export[1]).write_text(HEADER + LEOPOLD, encoding="utf-8")
    assert load(export, "--no-index")["loaded"] == 1
    assert len(found(export, *WANTED)) == 1


def test_a_node_that_is_deleted_lists_nothing_and_applied_again_it_lists_all_that_it_kept(export: Export) -> None:
    Path(export[1]).write_text(HEADER + LEOPOLD, encoding="utf-8")
    load(export)
    manifest = Path(export[0]).parent / "kent.yaml"
    manifest.write_text(KENT, encoding="utf-8")
    assert listed(export) == {"kent"}
    assert run(export, "delete", "datanode", "kent").exit_code == 0
    assert listed(export) == set()
    assert run(export, "apply", "-f", str(manifest)).exit_code == 0
    assert listed(export) == {"kent"}
    assert len(found(export, *WANTED)) == 1


def test_a_force_that_was_merged_answers_on_and_its_successors_officers_see_its_records_as_their_own(
    export: Export,
) -> None:
    Path(export[1]).write_text(HEADER + LEOPOLD, encoding="utf-8")
    load(export)
    own = found(export, *WANTED)
    manifest = Path(export[0]).parent / "surrey.yaml"
    manifest.write_text(SURREY, encoding="utf-8")
    assert run(export, "apply", "-f", str(manifest)).exit_code == 0
    assert found(export, *WANTED, officer="pc1@surrey") == [], "a force that is there stands for itself"
    assert run(export, "delete", "force", "kent").exit_code == 0
    assert found(export, *WANTED, officer="pc1@surrey") == own
    assert own[0].startswith("kent.")
    assert found(export, *WANTED, officer="pc1@essex") == []


def test_an_erased_record_is_found_no_more_and_does_not_come_back(export: Export) -> None:
    Path(export[1]).write_text(HEADER + LEOPOLD, encoding="utf-8")
    assert load(export)["loaded"] == 1
    (record,) = found(export, *WANTED)
    who = ("--reason", "Asked for by the person", "-o", "json")
    assert "is not a record of surrey" in str(run(export, "erase", record, "--as", "records@surrey", *who).exception)
    assert "needs a reason" in str(run(export, "erase", record, "--as", "records@kent").exception)
    assert json.loads(run(export, "erase", record, "--as", "records@kent", *who).stdout) == {"erased": 1}
    assert found(export, *WANTED) == []
    assert load(export)["loaded"] == 0
    assert found(export, *WANTED) == []


def test_a_nodes_status_says_what_it_holds(export: Export) -> None:
    assert load(export)["loaded"] == 1
    status = json.loads(run(export, "get", "datanode", "kent", "-o", "json").stdout)["status"]
    assert (status["records"], status["quarantined"], status["readyReplicas"]) == (1, 0, 1)
    assert (
        status["indexEntries"]
        == json.loads(run(export, "index", "status", "-f", "kent", "-o", "json").stdout)["entries"]
    )


def test_a_legacy_grading_that_stays_in_the_force_is_found_there_as_it_stands(export: Export) -> None:
    graded = CONNECTOR.replace("envelope:", "envelope:\n  grading: Grading")
    Path(export[2]).write_text(graded, encoding="utf-8")
    Path(export[1]).write_text(f"{HEADER.strip()},Grading\n{ZEBEDEE.strip()},B24\n", encoding="utf-8")
    assert load(export)["loaded"] == 1
    asked = (
        "search",
        "person",
        "Zebedee Oakhampton",
        "--born",
        "1980-05-05",
        "--reason",
        "Gave this name when stopped",
    )
    own = run(export, *asked, "--as", "int1@kent", "--role", "intelligence-officer", "-o", "json")
    (group,) = json.loads(own.stdout)["groups"]
    assert group["members"][0]["record"]["grading"]["scheme"] == "5x5x5"
    other = run(export, *asked, "--as", "int1@surrey", "--role", "intelligence-officer", "-o", "json")
    assert json.loads(other.stdout)["groups"] == []


_CHANGING = """
import sys, time
from pathlib import Path
from ndsc.connectors.catalogue import find
from ndsc.embedded.network import Network
from ndsc.web.logging import configure_once

configure_once()  # as every command does: the log is not what a program says
with Network(Path(sys.argv[1])) as network, network.changing("kent") as node:
    node.loader.load(Path(sys.argv[2]), find(sys.argv[3]))
    print("loaded", flush=True)
    time.sleep(60)
"""


def _killed_while_changing(export: Export) -> int:
    with subprocess.Popen([sys.executable, "-c", _CHANGING, *export], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loaded\n"
        os.kill(process.pid, signal.SIGKILL)
        return process.wait()


NODE = """
apiVersion: ndsc.police.uk/v1alpha1
kind: DataNode
metadata: {name: kent}
spec: {force: kent, index: {visibility: %s}}
"""


def test_a_manifest_that_is_applied_changes_what_the_index_knows_there_and_then(export: Export) -> None:
    assert load(export)["loaded"] == 1
    apply_visibility(export, "visible")
    shown, held = registry_before(export)
    hidden = apply_visibility(export, "never")
    assert hidden not in {None, shown}
    assert registry_before(export) == (hidden, 0)
    assert apply_visibility(export, "visible") == shown
    assert registry_before(export) == (shown, held)
    assert held > 0


def apply_visibility(export: Export, visibility: str) -> str | None:
    """What everything is listed by, as the status has it as soon as the manifest is applied."""
    manifest = Path(export[1]).with_name("node.yaml")
    manifest.write_text(NODE % visibility, encoding="utf-8")
    assert run(export, "apply", "-f", str(manifest)).exit_code == 0
    return listing_revision(export)


def listing_revision(export: Export) -> str | None:
    status = json.loads(run(export, "get", "datanode", "kent", "-o", "json").stdout)["status"]
    revision: str | None = status.get("listingRevision")
    return revision


def registry_before(export: Export) -> tuple[str | None, int]:
    """The same, with the registry's entries as a rebuild finds them."""
    rebuilt = json.loads(run(export, "index", "rebuild", "-f", "kent", "-o", "json").stdout)
    assert rebuilt["before"] == rebuilt["after"]
    return listing_revision(export), rebuilt["before"]["entries"]


UNKEPT = (
    "{apiVersion: ndsc.police.uk/v1alpha1, kind: Force, metadata: {name: kent}, "
    "spec: {code: kent, name: Kent Police, deletionPolicy: Delete}}"
)


def holds(export: Export) -> bool:
    with Network(Path(export[0])) as network:
        return network.holds("kent")


@pytest.fixture
def unkept(export: Export) -> Export:
    """A force whose data is not to outlive its node."""
    Path(export[1]).write_text(HEADER + LEOPOLD, encoding="utf-8")
    load(export)
    for name, text in (("force.yaml", UNKEPT), ("kent.yaml", KENT)):
        (Path(export[0]).parent / name).write_text(text, encoding="utf-8")
    assert run(export, "apply", "-f", str(Path(export[0]).parent / "force.yaml")).exit_code == 0
    return export


def test_where_the_policy_is_delete_the_database_goes_with_its_node_and_the_audit_log_stays_in_a_file(
    unkept: Export,
) -> None:
    with Network(Path(unkept[0])) as network:
        log = network.audit_logs()["node/kent"]
        before, key = [(one.seq, one.canonical) for one in log.entries()], network.audit_key().public
    result = run(unkept, "delete", "datanode", "kent")
    assert result.exit_code == 0
    assert 'database of force "kent" deleted; its audit log is in ' in result.stdout
    assert listed(unkept) == set()
    assert not holds(unkept)
    assert "DatabaseDeleted" in run(unkept, "describe", "force", "kent").stdout

    [file] = (Path(unkept[0]) / "archive").glob("kent-*.log")
    lines = file.read_bytes().splitlines()
    # What was withdrawn and archived in the end is in it too.
    assert lines[: len(before)] == [leaf_data(*one) for one in before]
    tree = Frontier()
    for line in lines:
        tree.append(leaf_hash(line))
    assert open_checkpoint(file.with_suffix(".head").read_text(), f"{ORIGIN}/node/kent", key) == tree.head()
    assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}

    assert run(unkept, "apply", "-f", str(Path(unkept[0]).parent / "kent.yaml")).exit_code == 0
    assert found(unkept, *WANTED) == []
    assert load(unkept)["loaded"] == 1


def test_an_archived_log_is_neither_lost_nor_the_log_that_begins_after_it(unkept: Export) -> None:
    def verify() -> int:
        return run(unkept, "audit", "verify").exit_code

    assert verify() == 0
    run(unkept, "delete", "datanode", "kent")
    assert verify() == 0
    run(unkept, "apply", "-f", str(Path(unkept[0]).parent / "kent.yaml"))
    load(unkept)
    assert verify() == 0, "a log that begins anew is not compared with the heads of the archived one"
    [file] = (Path(unkept[0]) / "archive").glob("kent-*.log")
    file.write_bytes(file.read_bytes().replace(b"kent", b"surrey"))
    assert "is not what its head says" in str(run(unkept, "audit", "verify").exception)
    for part in (file, file.with_suffix(".head")):
        part.unlink()
    assert verify() == 1


def test_while_only_its_force_is_gone_nothing_is_deleted(unkept: Export) -> None:
    assert run(unkept, "delete", "force", "kent").exit_code == 0
    assert holds(unkept)
    assert not (Path(unkept[0]) / "archive").exists()


def test_a_retained_database_is_not_deleted_by_a_policy_that_comes_later(export: Export) -> None:
    Path(export[1]).write_text(HEADER + LEOPOLD, encoding="utf-8")
    load(export)
    assert run(export, "delete", "datanode", "kent").exit_code == 0
    manifest = Path(export[0]).parent / "force.yaml"
    manifest.write_text(UNKEPT, encoding="utf-8")
    assert run(export, "apply", "-f", str(manifest)).exit_code == 0
    assert holds(export)


def test_an_audit_log_that_was_changed_keeps_its_database(unkept: Export) -> None:
    with (
        Network(Path(unkept[0])) as network,
        owning(network._databases.engine("node", "node_kent")) as connection,
    ):
        changed = connection.exec_driver_sql("UPDATE audit_entry SET entry = replace(entry, 'kent', 'surrey')")
        assert changed.rowcount
    result = run(unkept, "delete", "datanode", "kent")
    assert result.exit_code == 1
    assert "The database of kent stays" in result.stderr
    assert holds(unkept)
    assert list((Path(unkept[0]) / "archive").iterdir()) == []
