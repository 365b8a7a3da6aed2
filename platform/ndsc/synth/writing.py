"""Writing people out: a file of rows for each force and one file of the truth, person by person, at any size.

Nothing is kept between two people but a counter for each force, so memory does not grow with their number.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from ndsc.errors import InvalidInputError
from ndsc.model.base import Model
from ndsc.model.forces import resolve
from ndsc.synth.crimes import CrimePool, CrimeRef
from ndsc.synth.draws import Weighted, one_of, person_chance
from ndsc.synth.identity import Identity, make_identity
from ndsc.synth.recording import make_row
from ndsc.synth.rows import Row
from ndsc.synth.story import STORY
from ndsc.synth.variation import accurate, varied

TRUTH = "truth.csv"
_HOW_MANY_FORCES: Weighted[int] = Weighted([(1, 62), (2, 24), (3, 10), (4, 4)])
_FIRST_RECORD_AMOUNT = 0.35  # the force that knows somebody best errs less


class Summary(Model):
    """What was written."""

    people: int
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """Rows over all forces."""
        return sum(self.rows.values())


def generate(  # one argument a choice of the command
    out: Path,
    people: int,
    forces: Sequence[str],
    seed: int,
    crimes: Mapping[str, Iterable[CrimeRef]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Write ``<force>.jsonl`` for each force and ``truth.csv`` into ``out``; files of those names are replaced.

    The people of the story come first and count on top of ``people``. ``progress`` is called with each person's number.
    Raises ``UnknownForceError`` for a force that is in no list, ``InvalidInputError`` for none or a negative number.
    """
    slugs = tuple(dict.fromkeys(resolve(force).slug for force in forces))
    if not slugs or people < 0:
        raise InvalidInputError("synth needs at least one force, and 0 or more people")
    out.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(slugs, 0)
    with ExitStack() as stack:
        files = {force: stack.enter_context(_opened(out / f"{force}.jsonl")) for force in slugs}
        truth = csv.writer(stack.enter_context(_opened(out / TRUTH)), lineterminator="\n")
        truth.writerow(["force", "ref", "person_id"])
        for force, row, person_id in _everybody(people, slugs, seed, CrimePool(crimes), progress):
            files[force].write(row.line())
            truth.writerow([force, row.ref, person_id])
            counts[force] += 1
    return Summary(people=people + _story_people(slugs), rows=counts)


def _opened(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="")


def _everybody(
    people: int, forces: tuple[str, ...], seed: int, pool: CrimePool, progress: Callable[[int], None] | None
) -> Iterator[tuple[str, Row, str]]:
    for story in STORY:
        for force, row in story.records:
            if force in forces:
                yield force, row, story.person_id
    numbers = dict.fromkeys(forces, 0)
    for index in range(people):
        chance = person_chance(seed, index)
        known_to = _known_to(chance, forces)
        identity = make_identity(chance, index, people, known_to[0], known_to[-1])
        for place, force in enumerate(known_to):
            numbers[force] += 1
            yield force, _row(chance, identity, pool, force, numbers[force], first=place == 0), identity.person_id
        if progress is not None:
            progress(index + 1)


def _known_to(chance: random.Random, forces: tuple[str, ...]) -> list[str]:
    """The forces that know somebody, the one whose area they live in first."""
    return chance.sample(forces, min(_HOW_MANY_FORCES.draw(chance), len(forces)))


def _row(chance: random.Random, identity: Identity, pool: CrimePool, force: str, number: int, *, first: bool) -> Row:
    home = identity.homes[0] if first else one_of(chance, identity.homes)
    details = varied(chance, identity, accurate(identity, home), _FIRST_RECORD_AMOUNT if first else 1.0)
    return make_row(chance, identity, details, pool.draw(chance, force, number), f"SYN-{number:08d}")


def _story_people(forces: tuple[str, ...]) -> int:
    return sum(any(force in forces for force in story.forces) for story in STORY)
