"""A journey of loads and searches: every step is in an audit log, and no log line holds anybody's data."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.network import FORCES, named, ndsc, search
from tests.owning import owning

from ndsc.audit.entries import Operation
from ndsc.audit.heads import KeptHeads
from ndsc.cli.audit import verify_all
from ndsc.connectors.catalogue import shipped
from ndsc.embedded.network import Network
from ndsc.model.pole import Object, Person
from ndsc.synth import generate
from ndsc.synth.story import SIAN, SIANS_CAR, SIANS_PHONE
from ndsc.web.client import RemoteProblemError
from ndsc.web.logging import configure

NEWCOMERS = 40
LOADED = "merseyside"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of people whom nobody has loaded yet."""
    folder = tmp_path_factory.mktemp("newcomers")
    generate(folder, NEWCOMERS, FORCES, 7, {})
    return folder / f"{LOADED}.jsonl"


@pytest.fixture(scope="module")
def lines(network: Network, people: Path) -> Iterator[list[str]]:
    """Every log line, at debug level, of a load and of searches that go well, badly and nowhere."""
    stream = io.StringIO()
    kept = structlog.get_config()
    configure(level="debug", stream=stream)
    try:
        node = network.node(LOADED)
        node.loader.load(people, shipped("ndsc-synthetic"))
        broken = people.with_name("broken.jsonl")
        broken.write_text(people.read_text(encoding="utf-8").replace('"sex": "1"', '"sex": "Llewellyn"')[:-40])
        node.loader.load(broken, shipped("ndsc-synthetic"))
        node.indexer.drain()
        for row in people.read_text(encoding="utf-8").splitlines()[:5]:
            person = json.loads(row)["person"]
            search(network, Person(**{name: person.get(name) for name in ("given_name", "surname", "date_of_birth")}))
        search(network, Object(category="phone", phone_number=SIANS_PHONE))
        search(network, Object(category="vehicle", vrm=SIANS_CAR.vrm))
        with network.down("city-of-london"):
            search(network, named(SIAN.records[0][1].person))
        with pytest.raises(RemoteProblemError):
            search(network, named(SIAN.records[0][1].person), purpose="idle-curiosity")
        yield [line for line in stream.getvalue().splitlines() if line]
    finally:
        structlog.configure(**kept)


def test_no_log_line_holds_personal_data(lines: list[str], people: Path) -> None:
    said = "\n".join(lines).casefold()
    words = set(re.findall(r"[\w+/-]+", said))
    rows = [json.loads(row) for row in people.read_text(encoding="utf-8").splitlines()]
    everybody = [row["person"] for row in rows] + [row.person.model_dump(mode="json") for _, row in SIAN.records]
    for person in everybody:
        for name in (person.get("given_name"), person.get("surname")):
            assert str(name).casefold() not in words, f"{name} is in a log line"
        spelt = [*person.get("phones", ()), person.get("pnc_id"), person.get("cro_number"), person.get("date_of_birth")]
        for text in filter(None, spelt):
            assert str(text).casefold() not in words, f"{text} is in a log line"
    plates = [row["vehicle"]["vrm"] for row in rows if row.get("vehicle")] + [str(SIANS_CAR.vrm)]
    for plate in plates:
        assert plate.casefold() not in said
        assert plate.replace(" ", "").casefold() not in said


def test_there_are_lines_and_each_is_json_with_a_request_id_where_there_was_a_request(lines: list[str]) -> None:
    events = [json.loads(line) for line in lines]
    requests = [event for event in events if event["event"] == "request"]
    assert {event["service"] for event in requests} == {"evaluator", "registry", "gateway", "node"}
    assert all(event["request_id"] for event in requests)


def test_one_search_has_one_request_id_in_all_lines(lines: list[str]) -> None:
    events = [json.loads(line) for line in lines]
    searches = [event["request_id"] for event in events if event.get("service") == "gateway" and event.get("route")]
    for identity in searches[:3]:
        services = {event.get("service") for event in events if event.get("request_id") == identity}
        assert {"gateway", "evaluator", "registry"} <= services


def test_what_was_loaded_is_in_its_forces_log_as_collection(network: Network, lines: list[str]) -> None:
    assert lines
    entries = [stored.entry for stored in network.node(LOADED).audit.entries(newest=True)]
    collected = [entry for entry in entries if entry.operation is Operation.COLLECTION]
    assert collected
    assert all(entry.subject.count and entry.actor_force == LOADED for entry in collected)


def test_every_log_is_well_and_a_changed_row_is_found(network: Network, tmp_path: Path) -> None:
    search(network, named(SIAN.records[0][1].person))
    kept = KeptHeads(tmp_path / "heads.json")
    reports = verify_all(network.audit_logs(), kept, network.audit_key())
    assert {name: report.intact for name, report in reports.items()} == dict.fromkeys(network.audit_logs(), True)

    engine = network.node("city-of-london").engine
    one = "SELECT seq, entry FROM audit_entry ORDER BY seq DESC LIMIT 1"
    with owning(engine) as connection:
        seq, entry = connection.exec_driver_sql(one).one()
        change = "UPDATE audit_entry SET entry = replace(entry, 'disclosure', 'consultation') WHERE seq = %s"
        connection.exec_driver_sql(change, (seq,))
    try:
        done = ndsc(network.home, "audit", "verify", "-o", "json")
        assert done.returncode == 1
        found = {log["log"]: log["intact"] for log in json.loads(done.stdout)["logs"]}
        assert [name for name, intact in found.items() if not intact] == ["node/city-of-london"]
    finally:
        with owning(engine) as connection:
            connection.exec_driver_sql("UPDATE audit_entry SET entry = %s WHERE seq = %s", (entry, seq))
    done = ndsc(network.home, "audit", "verify", "-o", "json")
    assert done.returncode == 0, done.stdout
