"""Searches and loads that go on while something is broken, and an account of all that was acknowledged of them.

Two forces share their nominals. Both know one person, whom an officer of the first looks for all the time; meanwhile
each force loads people whom nobody looks for. So every answer can be judged by itself, and every record counted.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import httpx
from sqlalchemy import Engine, select
from tests.e2e import services
from tests.e2e.cluster import PLATFORM, Kubectl

from ndsc.audit.entries import Operation
from ndsc.audit.log import AuditLog
from ndsc.audit.verify import verify
from ndsc.gateway.schemas import ForceStatus, SearchAnswer, SearchRequest
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Kind, Person
from ndsc.model.record import record_id
from ndsc.node.tables import record
from ndsc.storage.database import database_url, engine_for
from ndsc.synth.rows import Row
from ndsc.synth.story import SIAN
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import Officer
from ndsc.web.client import RemoteProblemError, RemoteTimeoutError, RemoteUnreachableError

CONNECTOR = "ndsc-synthetic"
DEADLINE_SECONDS = 5.0
_ON_THE_WAY_SECONDS = 2.0
"""Between officer and gateway, on a machine that is busy with what was broken."""
_SEARCH_EVERY, _LOAD_EVERY = 0.5, 2.0
_ROWS = 5
_UNHEARD = frozenset({ForceStatus.TIMED_OUT, ForceStatus.UNREACHABLE, ForceStatus.NOT_ASKED, ForceStatus.HIBERNATED})
_SIAN = SIAN.records[0][1].person
LOOKED_FOR = SearchRequest(
    query=Person(given_name=_SIAN.given_name, surname=_SIAN.surname, date_of_birth=_SIAN.date_of_birth),
    purpose="bring-offenders-to-justice",
    justification="Named by a witness to a burglary",
    reference="62/900417/25",
    deadline_ms=int(DEADLINE_SECONDS * 1000),
)


def rows_of_the_person(forces: Sequence[str]) -> dict[str, Row]:
    """How each force knows the person who is looked for."""
    return {force: row for force, (_, row) in zip(forces, SIAN.records, strict=False)}


def holding(forces: Sequence[str]) -> dict[str, str]:
    """The record that each force holds of that person: what its answer must have, and nothing else."""
    rows = rows_of_the_person(forces)
    return {force: record_id(force, Kind.PERSON, CONNECTOR, row.ref) for force, row in rows.items()}


@dataclass(frozen=True, slots=True)
class Search:
    """One search: when it began, how long it took, and what came of it."""

    at: float
    took: float
    answer: SearchAnswer | None = None
    problem: str = ""
    """The code of the gateway's problem document, where it gave one."""
    unanswered: str = ""
    """Why there was no answer at all."""

    @property
    def kind(self) -> str:
        """Complete, partial, or what else became of it."""
        if self.answer is not None:
            return "complete" if self.answer.complete else "partial"
        return self.problem or self.unanswered


def faults(answer: SearchAnswer, held: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with an answer. That a force could not be heard is not; that one which was says less is."""
    given: dict[str, set[str]] = {}
    for group in answer.groups:
        for member in group.members:
            given.setdefault(member.record.force, set()).add(member.record.id)
    lines = {line.force: line for line in answer.forces}
    for force, its in held.items():
        line = lines.get(force)
        if line is None:
            yield f"{force} is not named, as if it held nothing"
        elif line.status is ForceStatus.ANSWERED:
            if given.get(force) != {its}:
                yield f"{force} gave {given.get(force)}"
        elif line.status not in _UNHEARD:
            yield f"{force} is said to be {line.status.value}"
        elif force in given:
            yield f"{force} was not heard, and gave {given[force]}"
    yield from (f"{force} holds nothing, and gave {its}" for force, its in given.items() if force not in held)


@dataclass
class Traffic:
    """What was asked and loaded while it ran; more is added by other threads until it is over."""

    kubectl: Kubectl
    forces: Sequence[str]
    searches: list[Search] = field(default_factory=list)
    loaded: dict[str, set[str]] = field(default_factory=dict)
    """Ids of the records that a node said it had taken in."""
    refused_loads: int = 0

    def counts(self) -> Counter[str]:
        """How many searches came to what, and how many records were taken in."""
        told = Counter(search.kind for search in self.searches)
        told["records"] = sum(map(len, self.loaded.values()))
        told["loads tried again"] = self.refused_loads
        return told

    def verify(self) -> None:
        """Every answer was right and in time; all that was acknowledged is there. Raises AssertionError."""
        assert self.searches
        held = holding(self.forces)
        for search in self.searches:
            assert not search.unanswered, search
            assert search.took <= DEADLINE_SECONDS + _ON_THE_WAY_SECONDS, search
            assert search.answer is None or not list(faults(search.answer, held)), search
        self.verify_kept()

    def verify_kept(self) -> None:
        """No acknowledged record and no entry about an acknowledged search is lost."""
        answers = [search.answer for search in self.searches if search.answer]
        entries = Entries.of(self.kubectl, PLATFORM, "gateway-db")
        assert {answer.request_id for answer in answers} <= entries.requests
        for force in self.forces:
            answered = {answer.request_id for answer in answers if _answered(answer, force)}
            entries = Entries.of(self.kubectl, force, f"{force}-db")
            assert answered <= entries.requests
            loaded = self.loaded.get(force, set())
            assert loaded <= entries.collected
            with database(self.kubectl, force, f"{force}-db") as engine, engine.connect() as connection:
                there = set(connection.execute(select(record.c.id).where(record.c.id.in_(loaded))).scalars())
            assert loaded == there


def _answered(answer: SearchAnswer, force: str) -> bool:
    return any(line.force == force and line.status is ForceStatus.ANSWERED for line in answer.forces)


@contextmanager
def database(kubectl: Kubectl, namespace: str, name: str) -> Iterator[Engine]:
    """A database as its owner, at the address of its Service."""
    owner = services.secret(kubectl, f"{name}-app", namespace)
    url = database_url(owner["uri"].decode())
    address = kubectl.get("service", f"{name}-rw", "-n", namespace)["spec"]["clusterIP"]
    engine = engine_for(url.set(host=address))
    try:
        yield engine
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Entries:
    """An audit log that was verified: the requests that it tells of, and the records that it says were collected."""

    requests: frozenset[str]
    collected: frozenset[str]

    @classmethod
    def of(cls, kubectl: Kubectl, namespace: str, name: str) -> Entries:
        """Of the log in a database. Raises AssertionError where the log does not verify."""
        with database(kubectl, namespace, name) as engine:
            log = AuditLog(engine, name)
            report = verify(log)
            assert report.intact, report.findings
            entries = [stored.entry for stored in log.entries()]
        collected = (one.subject.records for one in entries if one.operation is Operation.COLLECTION)
        return cls(
            frozenset(one.request_id for one in entries if one.request_id),
            frozenset(itertools.chain.from_iterable(collected)),
        )


@contextmanager
def running(kubectl: Kubectl, issuer: SigningKey, forces: Sequence[str]) -> Iterator[Traffic]:
    """Searches and loads for as long as the block lasts; the search that is on its way at its end is waited for."""
    traffic, over = Traffic(kubectl, forces), threading.Event()
    workers = [_Worker(lambda: _search(traffic, issuer, over))]
    workers += [_Worker(lambda force=force: _load(traffic, force, over)) for force in forces]  # type: ignore[misc]
    for worker in workers:
        worker.start()
    try:
        yield traffic
    finally:
        over.set()
        for worker in workers:
            worker.join()
    for worker in workers:
        if worker.failed is not None:
            raise worker.failed


class _Worker(threading.Thread):
    """A thread whose error is not lost."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # raised again by who waits for it
            self.failed = error


def search_once(kubectl: Kubectl, issuer: SigningKey, forces: Sequence[str]) -> Search:
    """One search, answered or not."""
    with services.gateway(kubectl, issuer, _officer(forces)) as gateway:
        return _asked(lambda: gateway.search(LOOKED_FOR), time.monotonic())


def _officer(forces: Sequence[str]) -> Officer:
    return Officer(sub="pc4417", name="pc4417", force=forces[0], roles=("officer",), clearance=1)


def _search(traffic: Traffic, issuer: SigningKey, over: threading.Event) -> None:
    started = time.monotonic()
    officer = _officer(traffic.forces)
    seconds = DEADLINE_SECONDS + _ON_THE_WAY_SECONDS
    with services.gateway(traffic.kubectl, issuer, officer, seconds=seconds) as gateway:
        while not over.wait(_SEARCH_EVERY):
            traffic.searches.append(_asked(lambda: gateway.search(LOOKED_FOR), started))


def _asked(search: Callable[[], SearchAnswer], started: float) -> Search:
    at = time.monotonic()

    def done(answer: SearchAnswer | None = None, *, problem: str = "", unanswered: str = "") -> Search:
        return Search(at - started, time.monotonic() - at, answer, problem, unanswered)

    try:
        return done(search())
    except RemoteProblemError as refused:
        return done(problem=refused.code)
    except (RemoteUnreachableError, RemoteTimeoutError) as error:
        return done(unanswered=f"{error.code}: {error}")


def _load(traffic: Traffic, force: str, over: threading.Event) -> None:
    """Each batch is sent until the node says that it has it."""
    began = int(time.time())
    with services.loader(traffic.kubectl, force, force, seconds=20) as send:
        for number in itertools.count():
            rows = [somebody(f"SYN-{began}-{number}-{each}") for each in range(_ROWS)]
            content = "".join(row.line() for row in rows).encode()
            while not over.wait(_LOAD_EVERY):
                try:
                    counts = send(CONNECTOR, f"{began}-{number}.jsonl", content)
                except (httpx.HTTPError, services.LoadRefusedError):
                    traffic.refused_loads += 1
                    continue
                assert counts["read"] == counts["loaded"] + counts["unchanged"] == _ROWS, counts
                ids = (record_id(force, Kind.PERSON, CONNECTOR, row.ref) for row in rows)
                traffic.loaded.setdefault(force, set()).update(ids)
                break
            if over.is_set():
                return


def somebody(reference: str) -> Row:
    """Somebody whom nobody looks for."""
    moment = datetime(2025, 3, 1, 12, tzinfo=UTC)
    letters = "".join(chr(ord("a") + int(one)) for one in reference if one.isdigit())
    person = Person(given_name="Test", surname=f"Nobody{letters}", date_of_birth=PartialDate.parse("1951-01-31"))
    return Row(ref=reference, recorded=moment, updated=moment, person=person, review_on=date(2031, 3, 1))
