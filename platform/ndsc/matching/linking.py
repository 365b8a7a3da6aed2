"""Links the people of two files, or finds the duplicates of one: candidates by shared index key, then the model.

Which keys a record has is the caller's to say, so this package needs to know nothing of the index.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from ndsc.matching.features import features_of
from ndsc.matching.mapping import LinkInputError, Row
from ndsc.matching.score import probability_of, weight_of
from ndsc.matching.scorer import Scorer, person_scorer
from ndsc.model.pole import Person

MOST_PAIRS = 20_000_000
"""Pairs compared at most, counted once for each key that a pair shares."""

_ROUNDS = 12
"""Rounds of fitting the prior: it moves by less than a hundredth of a bit after five or so."""
_MOST_LIKELY = 0.02
"""Highest prior that is fitted: in a file of a few rows, a handful of pairs must not make every pair a match."""

KeysOf = Callable[[Person], Iterable[Hashable]]
Progress = Callable[[int], None]


class Pair(NamedTuple):
    """Places of two rows: in the left and the right file, or both in the one file."""

    left: int
    right: int


class Linked(NamedTuple):
    """Two rows' identifiers, and the probability (0 to 1) that both are one person."""

    left_id: str
    right_id: str
    probability: float


def candidate_pairs(left: Sequence[Row], right: Sequence[Row] | None, keys_of: KeysOf) -> list[Pair]:
    """Every pair that shares a key, once each, in order; ``right`` is ``None`` to find duplicates inside ``left``.

    Raises :class:`LinkInputError` when so many rows share keys that the pairs would fill the memory.
    """
    mine = _places_by_key(left, keys_of)
    theirs = mine if right is None else _places_by_key(right, keys_of)
    expected = sum(len(places) * len(theirs.get(key, ())) for key, places in mine.items())
    if expected > MOST_PAIRS:
        raise LinkInputError(
            f"the rows share keys so often that {expected:,} pairs would have to be compared, more than {MOST_PAIRS:,}",
            hint="Look for a value that most rows have in common, such as a placeholder date of birth.",
        )
    pairs: set[tuple[int, int]] = set()
    for key, places in mine.items():
        if right is None:
            pairs.update((one, other) for at, one in enumerate(places) for other in places[at + 1 :])
        else:
            pairs.update((one, other) for one in places for other in theirs.get(key, ()))
    return [Pair(*pair) for pair in sorted(pairs)]


def _places_by_key(rows: Sequence[Row], keys_of: KeysOf) -> dict[Hashable, list[int]]:
    held: dict[Hashable, list[int]] = {}
    for place, row in enumerate(rows):
        for key in set(keys_of(row.person)):
            held.setdefault(key, []).append(place)
    return held


def score_pairs(
    left: Sequence[Row],
    right: Sequence[Row] | None,
    pairs: Sequence[Pair],
    scorer: Scorer | None = None,
    progress: Progress | None = None,
) -> list[Linked]:
    """Score each pair, in order. ``progress`` is told every so often how many more were done.

    How likely any two records are one person depends on the files: in a small one whose people come back often it is
    far likelier than in a national set. So the model's prior gives way to one fitted to these files.
    """
    scorer = scorer or person_scorer()
    mine = [features_of(row.person) for row in left]
    theirs, others = (mine, left) if right is None else ([features_of(row.person) for row in right], right)
    weights = []
    for done, (one, other) in enumerate(pairs, start=1):
        weights.append(scorer.score(mine[one], theirs[other]).match_weight)
        if progress is not None and (done % 1_000 == 0 or done == len(pairs)):
            progress(done % 1_000 or 1_000)
    possible = len(left) * (len(left) - 1) // 2 if right is None else len(left) * len(right)
    shift = fitted_prior(weights, scorer.prior, possible) - scorer.prior
    return [
        Linked(left[one].id, others[other].id, probability_of(weight + shift))
        for (one, other), weight in zip(pairs, weights, strict=True)
    ]


def fitted_prior(weights: Sequence[float], prior: float, possible: int) -> float:
    """The prior, in bits, under which the expected matches among all ``possible`` pairs are as many as it says.

    ``weights`` are the match weights of the candidates with ``prior`` in them; pairs that are no candidates count as
    no match. This is the expectation-maximisation step of Fellegi-Sunter for that one parameter.
    """
    fitted = prior
    for _ in range(_ROUNDS):
        expected = sum(probability_of(weight - prior + fitted) for weight in weights)
        share = min(max(expected, 0.5) / max(possible, 1), _MOST_LIKELY)
        fitted = weight_of(share)
    return fitted
