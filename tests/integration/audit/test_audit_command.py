"""`ndsc audit` on real logs: reading leaves its own entry, verifying keeps heads, proofs stand by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, text
from typer.testing import CliRunner

import ndsc.cli.context
from ndsc.audit.checkpoints import verify_proof
from ndsc.audit.entries import Entry, Operation
from ndsc.audit.errors import BadProofError, DamagedLogError
from ndsc.audit.log import AuditLog
from ndsc.audit.tables import audit_tables
from ndsc.cli.audit import app, moment
from ndsc.errors import InvalidInputError
from ndsc.storage.database import engine_for
from ndsc.trust.keys import SigningKey

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = ("gateway", "node/kent")


class Logs:
    """Two services' logs, as the embedded network hands them to the command."""

    def __init__(self, engines: list[Engine]) -> None:
        self.engines = dict(zip(NAMES, engines, strict=True))
        self.key = SigningKey.generate()

    def audit_logs(self) -> Mapping[str, AuditLog]:
        return {name: AuditLog(engine, f"ndsc.police.uk/audit/{name}") for name, engine in self.engines.items()}

    def audit_key(self) -> SigningKey:
        return self.key

    def spoil(self, name: str, statement: str) -> None:
        with self.engines[name].begin() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="module")
def engines(database_factory: Callable[[], str]) -> Iterator[list[Engine]]:
    made = [engine_for(database_factory()) for _ in NAMES]
    yield made
    for engine in made:
        engine.dispose()


@pytest.fixture
def logs(engines: list[Engine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Logs:
    audit_tables(metadata := MetaData())
    for engine in engines:
        metadata.drop_all(engine)
        metadata.create_all(engine)
    made = Logs(engines)
    for number in range(6):
        operation = Operation.CONSULTATION if number % 2 else Operation.DISCLOSURE
        made.audit_logs()[NAMES[number % 2]].append(
            Entry(
                at=START + timedelta(minutes=number),
                operation=operation,
                actor=f"pc-{number % 3}",
                actor_force="gwent",
                purpose="prevent-crime",
                subject=[f"kent.p.{number}"],
            )
        )

    @contextmanager
    def network() -> Iterator[Logs]:
        yield made

    monkeypatch.setattr(ndsc.cli.context, "network", network)
    monkeypatch.setenv("NDSC_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return made


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result.stdout


def test_show_tells_the_story_of_all_logs_in_the_order_of_time(logs: Logs) -> None:
    lines = json.loads(run("show", "--purpose", "lawfulness", "-o", "json"))
    assert [line["subject"]["records"] for line in lines] == [[f"kent.p.{number}"] for number in range(6)]
    assert lines[0]["sentence"] == "pc-0 of gwent was given record kent.p.0 to prevent crime."
    assert "pc-0 of gwent was given record kent.p.0 to prevent crime." in " ".join(
        run("show", "-p", "lawfulness").split()
    )


def test_reading_a_log_is_entered_in_it_with_reader_purpose_and_provision(logs: Logs) -> None:
    run("show", "-p", "criminal-proceedings", "--log", "gateway", "--as", "auditor", "-r", "for the defence")
    (newest,) = logs.audit_logs()["gateway"].entries(newest=True, limit=1)
    assert (newest.entry.actor, newest.entry.purpose) == ("auditor", "criminal-proceedings")
    assert newest.entry.legal_basis == "Data Protection Act 2018 s.62(4)(d)"
    assert newest.entry.justification == "for the defence"
    assert logs.audit_logs()["node/kent"].head().size == 3, "a log that was not read says nothing"
    assert "auditor consulted the audit log of gateway for criminal proceedings" in " ".join(
        run("show", "-p", "lawfulness").split()
    )


def test_without_a_purpose_nothing_is_read(logs: Logs) -> None:
    result = CliRunner().invoke(app, ["show"])
    assert isinstance(result.exception, InvalidInputError)
    assert logs.audit_logs()["gateway"].head().size == 3
    assert CliRunner().invoke(app, ["show", "--purpose", "curiosity"]).exit_code == 2


def test_show_narrows_by_log_time_actor_and_number(logs: Logs) -> None:
    def seen(*arguments: str) -> list[str]:
        lines = json.loads(run("show", "-p", "lawfulness", "-o", "json", *arguments))
        return [line["subject"]["records"][0][-1] for line in lines if "log" not in line["detail"]]

    assert seen("--log", "node/kent") == ["1", "3", "5"]
    assert seen("--actor", "pc-1") == ["1", "4"]
    assert seen("--since", "2026-03-02T09:04", "--actor", "pc-2") == ["5"]
    assert seen("--actor", "nobody") == []


def test_the_limit_is_of_the_newest_over_all_logs(logs: Logs) -> None:
    lines = json.loads(run("show", "-p", "lawfulness", "-o", "json", "--limit", "2"))
    assert [line["subject"]["records"][0] for line in lines] == ["kent.p.4", "kent.p.5"]


@pytest.mark.parametrize("scribble", ["'scribble'", "'{}'", "repeat('[', 5000)"])
@pytest.mark.parametrize("narrowed", [(), ("--actor", "pc-1"), ("--since", "2026-03-01")])
def test_an_entry_that_cannot_be_read_any_more_points_to_verify(
    logs: Logs, scribble: str, narrowed: tuple[str, ...]
) -> None:
    logs.spoil("gateway", f"UPDATE audit_entry SET entry = {scribble} WHERE seq = 1")
    result = CliRunner().invoke(app, ["show", "-p", "lawfulness", "--log", "gateway", *narrowed])
    if scribble == "'{}'" and narrowed:
        assert result.exit_code == 0, "it has no time and no actor, so nobody asked for it"
    else:
        assert isinstance(result.exception, DamagedLogError)
        assert "ndsc audit verify" in result.exception.hint
    run("verify", code=1)


def test_a_log_that_is_not_there_is_named_among_those_that_are(logs: Logs) -> None:
    result = CliRunner().invoke(app, ["show", "-p", "lawfulness", "--log", "node/gwent"])
    assert isinstance(result.exception, InvalidInputError)
    assert result.exception.hint == "One of gateway, node/kent."


def test_verify_passes_intact_logs_and_keeps_their_heads(logs: Logs, tmp_path: Path) -> None:
    report = json.loads(run("verify", "-o", "json"))
    assert report["intact"]
    assert [(log["log"], log["size"], log["kept_heads"]) for log in report["logs"]] == [
        ("gateway", 3, 0),
        ("node/kent", 3, 0),
    ]
    assert (tmp_path / "audit-heads.json").exists()
    logs.audit_logs()["gateway"].append(Entry(operation=Operation.ERASURE, actor="pc-1"))
    again = json.loads(run("verify", "-o", "json"))
    assert again["intact"]
    assert [log["kept_heads"] for log in again["logs"]] == [1, 1]
    assert "intact" in run("verify")


def test_verify_says_which_entry_was_changed_and_fails(logs: Logs) -> None:
    logs.spoil("gateway", "UPDATE audit_entry SET entry = replace(entry, 'gwent', 'kent') WHERE seq = 1")
    report = json.loads(run("verify", "-o", "json", code=1))
    assert not report["intact"]
    assert report["logs"][0]["findings"] == [
        {"fault": "changed", "first": 1, "last": 1, "sentence": "Entry 1 was changed."}
    ]
    assert report["logs"][1]["intact"]
    assert "gateway: Entry 1 was changed." in run("verify", code=1)


def test_a_tail_cut_off_with_its_head_is_found_against_the_heads_kept_elsewhere(logs: Logs, tmp_path: Path) -> None:
    heads = str(tmp_path / "elsewhere" / "heads.json")
    run("verify", "--heads", heads)
    logs.spoil("node/kent", "DELETE FROM audit_entry")
    logs.spoil("node/kent", "UPDATE audit_head SET size = 0, frontier = ''")
    findings = json.loads(run("verify", "--heads", heads, "-o", "json", code=1))["logs"][1]["findings"]
    assert [finding["fault"] for finding in findings] == ["shrunk"]
    assert json.loads(run("verify", "--heads", heads, "-o", "json", code=1))["logs"][1]["findings"] == findings


def test_a_log_that_went_missing_altogether_is_found(logs: Logs) -> None:
    run("verify")
    gone = logs.engines.pop("node/kent")
    report = json.loads(run("verify", "-o", "json", code=1))
    assert report["lost"] == ["ndsc.police.uk/audit/node/kent"]
    assert "is gone" in run("verify", code=1)
    assert gone is not None


def test_a_printed_proof_is_verified_with_the_entry_and_the_key_alone(logs: Logs) -> None:
    leaf = json.loads(run("show", "-p", "lawfulness", "--log", "gateway", "-o", "json"))[1]["leaf"]
    proof = run("prove", "1", "--log", "gateway")
    head = verify_proof(proof, leaf.encode(), "ndsc.police.uk/audit/gateway", logs.key.public)
    assert head == logs.audit_logs()["gateway"].head()
    as_json = json.loads(run("prove", "1", "--log", "gateway", "-o", "json"))
    assert as_json["proof"] == proof
    assert as_json["key"] == logs.key.public.jwk()


def test_no_proof_is_given_of_an_entry_whose_leaf_was_changed(logs: Logs) -> None:
    logs.spoil("gateway", "UPDATE audit_entry SET leaf = sha256(leaf) WHERE seq = 1")
    result = CliRunner().invoke(app, ["prove", "1", "--log", "gateway"])
    assert isinstance(result.exception, BadProofError)
    assert result.stdout == ""


def test_a_proof_needs_one_log_to_be_named(logs: Logs) -> None:
    assert isinstance(CliRunner().invoke(app, ["prove", "1"]).exception, InvalidInputError)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("90m", START - timedelta(minutes=90)),
        ("24h", START - timedelta(hours=24)),
        ("7d", START - timedelta(days=7)),
        ("2w", START - timedelta(weeks=2)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:30+01:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_date_or_so_long_ago(given: str, expected: datetime) -> None:
    assert moment(given, now=START) == expected


@pytest.mark.parametrize("given", ["yesterday", "7y", "-3d", "2026-13-01", "999999w"])
def test_a_moment_that_is_neither_is_refused(given: str) -> None:
    with pytest.raises(InvalidInputError):
        moment(given, now=START)
