"""`ndsc search`, `show` and `why` as officers and scripts run them, in processes of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.network import ndsc

from ndsc.embedded.network import Network
from ndsc.synth.story import REFUSED, SIANS_CAR, SIANS_PHONE

BECAUSE = ("--reason", "Named by a witness to a burglary")
SIAN = ("Siân Llewellyn-Price", "--born", "1987-03-09")


@pytest.fixture
def home(network: Network) -> Path:
    """The folder of a network that has records in it; another process serves it at the same time."""
    return network.home


def answer(home: Path, *arguments: str) -> dict[str, Any]:
    done = ndsc(home, *arguments, *BECAUSE, "-o", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def labels(found: dict[str, Any]) -> list[str]:
    return [group["label"] for group in found["groups"]]


def test_a_person_then_one_record_and_the_decision_about_it(home: Path) -> None:
    found = answer(home, "search", "person", *SIAN)
    assert {line["force"]: line["status"] for line in found["forces"]} == {
        "city-of-london": "answered",
        "south-wales": "answered",
    }
    records = [member["record"] for member in found["groups"][0]["members"]]
    (record,) = [each["id"] for each in records if each["force"] == "city-of-london"]
    shown = answer(home, "show", record)
    assert (shown["id"], shown["body"]["kind"]) == (record, "person")
    decision = answer(home, "why", record)
    assert (decision["visible"], decision["agreement"]) == (True, "national-nominals")
    assert decision["sentence"]


@pytest.mark.parametrize(
    ("kind", "what", "label"),
    [
        ("vehicle", str(SIANS_CAR.vrm), "CF01 SLP"),
        ("phone", SIANS_PHONE, SIANS_PHONE),
        ("event", "62/900417/25", "Burglary"),
    ],
)
def test_a_thing(home: Path, kind: str, what: str, label: str) -> None:
    found = answer(home, "search", kind, what)
    assert any(label in one for one in labels(found)), labels(found)


def test_a_place(network: Network, home: Path) -> None:
    with network.node("city-of-london").engine.connect() as connection:
        statement = "SELECT body ->> 'name', body ->> 'area_name' FROM record WHERE kind = 'location' LIMIT 1"
        name, area = connection.exec_driver_sql(statement).one()
    found = answer(home, "search", "location", name, "--area", area)
    assert any(name in one for one in labels(found)), labels(found)


def test_a_forename_alone_is_told_what_is_missing(home: Path) -> None:
    done = ndsc(home, "search", "person", "--given-name", "Sian", *BECAUSE)
    assert done.returncode == 0
    said = " ".join(done.stdout.replace("│", "").split())
    assert "Nothing in this query for a person can be looked up in the index. Add a date of birth, " in said


def test_a_refusal_reads_as_a_sentence_for_the_officer(home: Path) -> None:
    who = REFUSED.records[0][1].person
    done = ndsc(home, "search", "person", f"{who.given_name} {who.surname}", "--born", "1991-11-22", *BECAUSE)
    assert done.returncode == 0
    assert "denied" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", "person", *SIAN), "justification"),
        (("search", "person", *SIAN, *BECAUSE, "--purpose", "idle-curiosity"), "purpose"),
        (("show", "south-wales.p.aaaaaaaaaaaaaaaa", *BECAUSE), "no record"),
    ],
)
def test_an_error_speaks_to_the_officer_and_names_no_part(home: Path, arguments: tuple[str, ...], said: str) -> None:
    done = ndsc(home, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert "gateway" not in done.stderr
    assert "node of" not in done.stderr


def test_shells_can_complete_it(home: Path) -> None:
    done = ndsc(home, "--show-completion", "bash")
    assert done.returncode == 0, done.stderr
    assert "_NDSC_COMPLETE" in done.stdout
    offered = ndsc(home, _NDSC_COMPLETE="complete_bash", COMP_WORDS="ndsc sea", COMP_CWORD="1")
    assert "search" in offered.stdout


@pytest.mark.parametrize("arguments", [("search", "person", *SIAN), ("show", "kent.p.1"), ("why", "kent.p.1")])
def test_where_no_force_is_the_way_on_is_told(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = ndsc(tmp_path, *arguments, *BECAUSE)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "There is no force in" in done.stderr
    told = " ".join(done.stderr.split())
    assert "ndsc demo" in told
    assert "ndsc apply -f" in told


def test_a_short_deadline_gives_an_answer_and_no_error(home: Path) -> None:
    found = answer(home, "search", "person", *SIAN, "--deadline", "0.1")
    assert found["network"] == 4
    assert {line["status"] for line in found["forces"]} <= {"answered", "timed-out", "not-asked"}
    assert found["forces"]
