"""Exports over the network: who may send them, what becomes of them, and what is said when they cannot be taken in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from tests.national import FORCE, National
from tests.openapi import Asked, attempts, keeps_to_document

import ndsc
from ndsc.audit.entries import Operation
from ndsc.audit.log import AuditLog
from ndsc.embedded.serving import Sockets
from ndsc.node import loads_app
from ndsc.node.app import create
from ndsc.node.holdings import HoldingsCount
from ndsc.node.indexing import Indexer
from ndsc.node.loading import Loader
from ndsc.node.loads import Loads
from ndsc.node.quarantine import Quarantine
from ndsc.node.upkeep import IndexUpkeep
from ndsc.policy.embedded import RegopyDecider
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import issue_service

KEY = SigningKey.generate()
HEADER = "ref,day,given,surname,born,event,part"
ROWS = [f"R{n},2025-01-01,Ann{n},Archer{n},1980-01-{n % 28 + 1:02},," for n in range(20)]
EXPORT = "\n".join([HEADER, *ROWS, "R90,not a day,Bad,Row,,,"]).encode()
MOST = 100_000


@dataclass
class Node:
    """A node that takes exports, served."""

    app: FastAPI
    engine: Engine
    audit: AuditLog
    upkeep: IndexUpkeep
    http: httpx.Client

    def post(self, content: Any = EXPORT, *, connector: str = "register", token: str = "", **query: str) -> Any:
        shown = {"Authorization": f"Bearer {token or loaders_token()}"}
        query = {"connector": connector, "file": "nominals.csv"} | query
        return self.http.post("/v1/loads", params=query, content=content, headers=shown)

    def holdings(self, token: str) -> Any:
        return self.http.get("/v1/holdings", headers={"Authorization": f"Bearer {token}"})

    def count(self, table: str) -> int:
        with self.engine.connect() as connection:
            found: int = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        return found


def loaders_token(service: str = "loader", force: str | None = FORCE, audience: str = f"node:{FORCE}") -> str:
    return issue_service(KEY, service, force, audience)


@pytest.fixture
def node(
    node_engine: Engine,
    national: National,
    connector_text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Node]:
    monkeypatch.setitem(loads_app.BODIES, "/v1/loads", MOST)
    national.registry.rebuild(FORCE, [])
    (tmp_path / "register.yaml").write_text(connector_text)
    audit, decider = AuditLog(node_engine, "test/node"), RegopyDecider()
    indexer = Indexer(node_engine, FORCE, national.evaluator, national.registry, decider)
    upkeep = IndexUpkeep(indexer, FORCE, look=0.1)
    trusted = {KEY.kid: KEY.public}
    app = create(
        engine=node_engine,
        force=FORCE,
        decider=decider,
        trusted=dict,
        audit=audit,
        bodies=loads_app.BODIES,
    )
    loads_app.add_loads(
        app,
        force=FORCE,
        loads=Loads(Loader(node_engine, FORCE, audit), FORCE, connectors=tmp_path, loaded=upkeep.wake),
        count=HoldingsCount(
            node_engine,
            FORCE,
            indexer,
            Quarantine(node_engine, FORCE, audit, decider),
            lambda: decider.revision,
        ),
        services=lambda: trusted,
    )
    sockets = Sockets()
    sockets.start("node", app)
    with sockets.client("node", timeout=60) as http:
        yield Node(app, node_engine, audit, upkeep, http)
    upkeep.close()
    sockets.close()


def test_an_export_is_taken_in_and_its_rows_are_counted(node: Node) -> None:
    report = node.post().json()
    named = ("read", "loaded", "changed", "unchanged", "quarantined", "file", "connector", "force")
    assert [report[name] for name in named] == [21, 20, 0, 0, 1, "nominals.csv", "register@1", FORCE]
    again = node.post().json()
    assert [again[name] for name in named[:5]] == [21, 0, 0, 20, 1]
    assert node.count("record") == 20


def test_the_log_says_what_a_load_collected_as_it_does_of_a_command(node: Node) -> None:
    request = "request-of-a-test"
    node.http.headers["X-Request-ID"] = request
    node.post()
    (entry,) = [one.entry for one in node.audit.entries() if one.entry.operation is Operation.COLLECTION]
    assert (entry.actor, entry.actor_force, entry.subject.count, entry.request_id) == ("loader", FORCE, 21, request)


def test_what_is_streamed_without_a_length_is_taken_in_too(node: Node) -> None:
    parts = [EXPORT[start : start + 100] for start in range(0, len(EXPORT), 100)]
    assert node.post(iter(parts)).json()["loaded"] == 20


def test_a_shipped_connector_is_found_by_its_name(node: Node) -> None:
    head = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type"
    head += ",Last outcome category,Context"
    row = ",2025-01,South Wales Police,South Wales Police,-3.18,51.48,On or near High Street,,,Burglary,,"
    report = node.post(f"{head}\n{row}\n".encode(), connector="police-uk-street").json()
    assert (report["read"], report["loaded"]) == (1, 1)


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("x", 401),
        (loaders_token(audience="node:kent"), 401),
        (issue_service(SigningKey.generate(), "loader", FORCE, f"node:{FORCE}"), 401),
        (loaders_token("node"), 403),
        (loaders_token("gateway", None), 403),
        (loaders_token("operator", None), 403),
        (loaders_token("loader", "kent"), 403),
        (loaders_token("loader", None), 403),
    ],
)
def test_only_the_force_s_own_loader_loads(node: Node, token: str, status: int) -> None:
    assert node.post(token=token).status_code == status
    assert node.count("load") == 0


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"connector": "nobody-knows-it"}, 404, "unknown-connector"),
        ({"connector": "../register"}, 422, "invalid-input"),
        ({"connector": "register.yaml"}, 422, "invalid-input"),
        ({"file": "../../etc/passwd"}, 422, "invalid-input"),
        ({"file": ".hidden"}, 422, "invalid-input"),
    ],
)
def test_a_name_leads_to_no_other_file(node: Node, query: dict[str, str], status: int, code: str) -> None:
    answer = node.post(**query)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:ndsc:problem:{code}")


def test_what_is_no_export_of_that_format_is_refused_and_leaves_nothing(node: Node) -> None:
    answer = node.post(b"no,such,columns\n1,2,3\n")
    assert answer.json()["type"] == "urn:ndsc:problem:unreadable-file"
    assert node.count("load") == 0


@pytest.mark.parametrize("streamed", [True, False])
def test_an_export_over_the_bound_is_refused_and_leaves_nothing(node: Node, streamed: bool) -> None:
    large = b"x" * (MOST + 1)
    answer = node.post(iter([large[:50_000], large[50_000:]]) if streamed else large)
    assert answer.status_code == 413
    assert str(MOST) in answer.json()["detail"]
    assert node.count("load") == 0
    assert node.post().status_code == 200


def test_other_paths_keep_the_usual_bound(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = node.http.post("/v1/search", content=b"x" * (4 * 1024 * 1024 + 1))
    assert answer.status_code == 413


def test_one_load_at_a_time_and_the_second_is_told_at_once(node: Node) -> None:
    begun, go_on = threading.Event(), threading.Event()
    answers: list[Any] = []

    def slowly() -> Iterator[bytes]:
        yield EXPORT[:100]
        begun.set()
        go_on.wait(20)
        yield EXPORT[100:]

    first = threading.Thread(target=lambda: answers.append(node.post(slowly())))
    first.start()
    assert begun.wait(20)
    refused = retry_while(node.post, lambda answer: answer.status_code == 200)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:ndsc:problem:load-running")
    go_on.set()
    first.join(60)
    assert answers[0].json()["read"] == 21


def retry_while(ask: Callable[[], Any], wrong: Callable[[Any], bool]) -> Any:
    """The first bytes of the other request may not have come yet."""
    for _ in range(50):
        answer = ask()
        if not wrong(answer):
            return answer
    return answer


def test_a_load_in_another_copy_of_the_node_is_told_too(node: Node) -> None:
    with node.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7390215002)"))
        answer = node.post()
        connection.execute(text("SELECT pg_advisory_unlock(7390215002)"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:ndsc:problem:load-running")
    assert node.post().status_code == 200


def test_the_index_follows_by_itself_and_holdings_say_how_far(node: Node) -> None:
    node.post()
    before = node.holdings(loaders_token()).json()
    assert (before["records"], before["quarantined"], before["records_waiting"]) == (20, 1, 20)
    assert (before["listing_revision"], before["version"]) == (None, ndsc.__version__)
    node.upkeep.start()
    for _ in range(200):
        if node.count("outbox") + node.count("registry_due") == 0 and node.count("index_token"):
            break
        threading.Event().wait(0.05)
    threading.Event().wait(5.5)  # what was counted is given again for so long
    after = node.holdings(loaders_token("operator", None)).json()
    assert (after["records"], after["records_waiting"], after["registry_waiting"]) == (20, 0, 0)
    assert after["index_entries"] > 20
    assert after["listing_revision"]


@pytest.mark.parametrize(("service", "force"), [("node", FORCE), ("gateway", None), ("loader", "kent")])
def test_only_the_operator_and_the_force_s_loader_are_told_what_there_is(
    node: Node, service: str, force: str | None
) -> None:
    assert node.holdings(loaders_token(service, force)).status_code == 403


def test_every_operation_keeps_to_its_document(node: Node) -> None:
    def shown(_: Asked) -> dict[str, str]:
        return {"Authorization": f"Bearer {loaders_token()}"}

    for attempt in attempts(node.app):
        if attempt[1] in ("/v1/loads", "/v1/holdings"):
            keeps_to_document(node.app, attempt, shown, examples=8)
