"""A small network for tests: four forces that hold the people of the story and some hundred more, and who asks them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ndsc.cli.context import Officer
from ndsc.connectors.catalogue import shipped
from ndsc.embedded import scenario
from ndsc.embedded.network import Network
from ndsc.gateway.schemas import SearchAnswer, SearchRequest
from ndsc.model.pole import AnyBody, Person
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Manifest
from ndsc.resources.loader import load_paths
from ndsc.samples import of_force
from ndsc.synth import generate

FORCES = ("south-wales", "city-of-london", "durham", "merseyside")
PEOPLE = 150
SAMPLE_LINES = 120
OFFICER = Officer(sub="pc4417", force="south-wales", roles=("officer",), clearance=1)
GROUNDS = {
    "purpose": "bring-offenders-to-justice",
    "justification": "Named by a witness to a burglary",
    "reference": "62/900417/25",
}


def manifests() -> list[Manifest]:
    """The demonstration's own, of these forces alone."""
    files = load_paths([Path(scenario.__file__).parent / "manifests"])
    return [kept for manifest in files if (kept := _of_these_forces(manifest)) is not None]


def _of_these_forces(manifest: Manifest) -> Manifest | None:
    if not isinstance(manifest, DataSharingAgreement):
        return manifest if manifest.name in FORCES else None
    parties = tuple(party for party in manifest.spec.parties if party.force in FORCES)
    if len(parties) < 2:
        return None
    return manifest.model_copy(update={"spec": manifest.spec.model_copy(update={"parties": parties})})


def trim(path: Path, folder: Path, lines: int = SAMPLE_LINES) -> Path:
    """The first lines of a file, under its own name."""
    kept = folder / path.name
    with path.open("rb") as whole, kept.open("wb") as part:
        part.writelines(line for _, line in zip(range(lines), whole, strict=False))
    return kept


def fill(network: Network, folder: Path) -> None:
    """Load trimmed samples and synthetic people, and bring the index up to them."""
    generate(folder, PEOPLE, FORCES, scenario.SEED, {})
    for force in FORCES:
        node = network.node(force)
        for sample in of_force(force):
            if sample.path.suffix == ".csv":
                node.loader.load(trim(sample.path, folder), shipped(sample.connector))
        node.loader.load(folder / f"{force}.jsonl", shipped("ndsc-synthetic"))
        node.indexer.drain()


def request(query: AnyBody, **changes: Any) -> SearchRequest:
    """A search with all that it needs."""
    return SearchRequest(query=query, **{**GROUNDS, **changes})


def named(person: Person) -> Person:
    """What an officer would type of somebody: names and date of birth."""
    return Person(given_name=person.given_name, surname=person.surname, date_of_birth=person.date_of_birth)


def search(network: Network, query: AnyBody, officer: Officer = OFFICER, **changes: Any) -> SearchAnswer:
    """One search through the gateway."""
    return network.gateway(officer).search(request(query, **changes))


@contextmanager
def agreement(network: Network, name: str, **changes: Any) -> Iterator[DataSharingAgreement]:
    """The network while an agreement says something else."""
    kept = network.resources.get(DataSharingAgreement, name)
    unread = kept.metadata.model_copy(update={"resource_version": None})  # whoever settles it writes it meanwhile
    kept = kept.model_copy(update={"metadata": unread})
    network.apply([kept.model_copy(update={"spec": kept.spec.model_copy(update=changes)})])
    try:
        yield network.resources.get(DataSharingAgreement, name)
    finally:
        network.apply([kept])


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a command is started with: this network, and nothing of the machine's own settings of ndsc."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NDSC_", "PYTHONDONT"))}
    compiled = str(home.parent / "compiled")  # once, not at each command
    return {**kept, "PYTHONPYCACHEPREFIX": compiled, "NDSC_HOME": str(home), "COLUMNS": "100", **more}


def ndsc(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as a script runs it."""
    command = [str(Path(sys.executable).with_name("ndsc")), *arguments]
    return subprocess.run(
        command, env=environment(home, **more), capture_output=True, text=True, check=False, timeout=60
    )
