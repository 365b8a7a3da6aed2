"""The demonstration: which forces, whose data, and the four searches, as data and as steps to get there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from ndsc.connectors.catalogue import shipped
from ndsc.embedded.network import Network
from ndsc.gateway.schemas import SearchRequest
from ndsc.model.pole import Person
from ndsc.node.ledger import LoadReport
from ndsc.resources.loader import load_paths
from ndsc.samples import SAMPLES
from ndsc.synth import generate, read_crimes
from ndsc.synth.story import NOBODY, REFUSED, SIAN

FORCES = (
    "south-wales",
    "city-of-london",
    "northern-ireland",
    "btp",
    "merseyside",
    "derbyshire",
    "durham",
    "leicestershire",
)
PEOPLE = 1_200
SEED = 20_250_118

Step = Callable[[str, float], None]
"""Told what is being done and how much of it is done, from 0 to 1."""


@dataclass(frozen=True)
class Story:
    """One search of the demonstration: who asks what, and what is down meanwhile."""

    title: str
    text: str
    officer: str
    role: str
    clearance: str
    request: SearchRequest
    down: str | None = None


def _asks_for(person: Person, reason: str, reference: str) -> SearchRequest:
    asked = Person(given_name=person.given_name, surname=person.surname, date_of_birth=person.date_of_birth)
    return SearchRequest(
        query=asked, purpose="bring-offenders-to-justice", justification=reason, reference=reference, deadline_ms=5000
    )


_SIAN, _REFUSED = SIAN.records[0][1].person, REFUSED.records[0][1].person
_LOOK_FOR_SIAN = _asks_for(_SIAN, "Named by a witness to a burglary in Cardiff", "62/900417/25")

SEARCHES: tuple[Story, ...] = (
    Story(
        title="found in several forces",
        text="PC 4417 of South Wales Police types a name and a date of birth, once.",
        officer="pc4417@south-wales",
        role="officer",
        clearance="bpss",
        request=_LOOK_FOR_SIAN,
    ),
    Story(
        title="nothing held",
        text="DC 208 of Durham asks for somebody whom no force has met: no node is troubled.",
        officer="dc208@durham",
        role="officer",
        clearance="bpss",
        request=_asks_for(NOBODY, "Gave this name when stopped", "11/900102/25"),
    ),
    Story(
        title="refused, with the reason",
        text="DC 93 of City of London Police asks for somebody on whom Merseyside holds intelligence.",
        officer="dc93@city-of-london",
        role="officer",
        clearance="sc",
        request=_asks_for(_REFUSED, "Named in a fraud complaint", "48/900311/25"),
    ),
    Story(
        title="one force down, the others still answer",
        text="The first search again, with the node of the British Transport Police switched off.",
        officer="pc4417@south-wales",
        role="officer",
        clearance="bpss",
        request=_LOOK_FOR_SIAN,
        down="btp",
    ),
)


def apply_manifests(network: Network) -> None:
    """Apply the eight forces and their agreements; applying them again changes nothing."""
    with resources.as_file(resources.files("ndsc.embedded") / "manifests") as folder:
        network.apply(load_paths([folder]))


def load_everything(network: Network, step: Step) -> dict[str, list[LoadReport]]:
    """Load the samples and the synthetic people into their forces; what was loaded before is left as it is."""
    reports: dict[str, list[LoadReport]] = {force: [] for force in FORCES}
    with TemporaryDirectory(prefix="ndsc-synth-") as folder:
        for force, file, name in files_to_load(Path(folder)):
            loader = network.node(force).loader
            known = loader.completed(file, shipped(name))
            report = known or loader.load(file, shipped(name), partial(_tell, step, f"{force}: {file.name}"))
            step(f"{force}: {file.name}", 1.0)
            reports[force].append(report)
    return reports


def index_everything(network: Network, step: Step) -> None:
    """Bring the index up to the records of all forces."""
    for force in FORCES:
        indexer = network.node(force).indexer
        waiting = indexer.waiting().records
        done = 0

        def tell(more: int, force: str = force, waiting: int = waiting) -> None:
            nonlocal done
            done += more
            step(force, min(done / max(waiting, 1), 1.0))

        indexer.drain(tell)
        step(force, 1.0)


def _tell(step: Step, what: str, rows: int, part: float) -> None:
    step(what, part)


def files_to_load(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Force, file and connector of everything there is to load; what is made up is written into ``folder``."""
    for sample in SAMPLES:
        if sample.force in FORCES:
            yield sample.force, sample.path, sample.connector
    crimes = {
        sample.force: list(read_crimes(sample.path)) for sample in SAMPLES if sample.connector == "police-uk-street"
    }
    generate(folder, PEOPLE, FORCES, SEED, crimes)
    for force in FORCES:
        yield force, folder / f"{force}.jsonl", "ndsc-synthetic"
