"""The searches of the measurement: people drawn from the synthetic ones, held by several forces, by one, or by none."""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ndsc.gateway.schemas import SearchRequest
from ndsc.index.keys import keys_of
from ndsc.model.pole import Person
from ndsc.synth import generate
from ndsc.synth.writing import TRUTH

SEVERAL, ONE, NONE = "held by several forces", "held by one force", "nothing held"
SORTS = (SEVERAL, ONE, NONE)
"""A third of the searches each, in turn."""

Known = list[tuple[str, dict[str, Any]]]
"""The forces that know somebody, each with what it says of them."""


class Query(NamedTuple):
    """One search, and which sort it is of."""

    sort: str
    request: SearchRequest


def draw(people: Path, strangers: Path, forces: Sequence[str], count: int, seed: int) -> list[Query]:
    """``count`` searches, the same for the same seed.

    ``people`` is what the forces were filled from; ``strangers`` a folder for people of another seed, whom none holds.
    """
    chance = random.Random(seed)  # noqa: S311  # a measurement that can be repeated
    generate(strangers, count, forces, seed + 1)
    known = _everybody(people)
    pools = {
        SEVERAL: [one for one in known if len({force for force, _ in one}) > 1],
        ONE: [one for one in known if len(one) == 1],
        NONE: _everybody(strangers),
    }
    return [_query(sort, pools[sort], chance) for sort in (SORTS[number % len(SORTS)] for number in range(count))]


def one_of_each(people: Path, forces: Sequence[str], times: int, seed: int) -> list[Query]:
    """Searches that lead to every force ``times`` times at least: what a working day has behind it at nine o'clock."""
    chance = random.Random(seed)  # noqa: S311  # see above
    held: dict[str, list[Known]] = {force: [] for force in forces}
    for known in _everybody(people):
        if len(known) == 1:
            held[known[0][0]].append(known)
    return [_query(ONE, held[force], chance) for _ in range(times) for force in forces if held[force]]


def _query(sort: str, pool: Sequence[Known], chance: random.Random) -> Query:
    while True:
        _, person = chance.choice(chance.choice(pool))
        asked = _typed(person)
        if keys_of(asked):  # a forename alone is asked of nobody
            return Query(sort, _request(asked))


def _typed(person: dict[str, Any]) -> Person:
    """What an officer types: the name and the date of birth, or the town where that is not known."""
    names = {name: person.get(name) for name in ("given_name", "surname")}
    if person.get("date_of_birth"):
        return Person(**names, date_of_birth=person["date_of_birth"])
    town = (person.get("home") or {}).get("town")
    return Person.model_validate({**names, "home": {"town": town} if town else None})


def _request(person: Person) -> SearchRequest:
    return SearchRequest(
        query=person,
        purpose="bring-offenders-to-justice",
        justification="Named by a witness to a burglary",
        reference="62/900417/25",
        deadline_ms=20_000,
    )


def _everybody(folder: Path) -> list[Known]:
    with (folder / TRUTH).open(encoding="utf-8", newline="") as stream:
        owner = {(row["force"], row["ref"]): row["person_id"] for row in csv.DictReader(stream)}
    found: dict[str, Known] = defaultdict(list)
    for file in sorted(folder.glob("*.jsonl")):
        with file.open(encoding="utf-8") as stream:
            for line in stream:
                row = json.loads(line)
                found[owner[file.stem, row["ref"]]].append((file.stem, row["person"]))
    return [known for person, known in sorted(found.items()) if not person.startswith("STORY")]
