"""Groups the records that forces gave into people and things, and ranks them by how well they fit what was asked.

Two groups become one when their closest records are very likely the same, and all their records, taken together, are
more likely the same than not: so a chain of half-likely pairs never drags strangers into one person. Nor does a shared
home make one person of a family, see :func:`are_kin`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ndsc.matching.comparing import Prepared, compare, prepare
from ndsc.matching.conflicts import Conflict, conflicts_of
from ndsc.matching.describing import describe, names_told
from ndsc.matching.reasons import reasons_of
from ndsc.matching.score import Score, weight_of
from ndsc.matching.scorer import Scorer
from ndsc.model.pole import AnyBody, Kind, Person

SAME = weight_of(0.95)
"""Match weight, in bits, from which two records may bring their groups together."""
MOST_GROUPED = 120
"""Records compared with each other at most, the best-fitting ones; any beyond stand by themselves."""


def are_kin(score: Score) -> bool:
    """Whether a pair looks like two of one family: another given name, and another sex or identifier.

    The model adds up what each comparison says as though they were independent. Twins are why they are not: one date of
    birth, one surname and one address outweigh everything that tells them apart.
    """
    different = {compared.name for compared in score.comparisons if compared.level == 0}
    return "given_name" in different and not different.isdisjoint(("sex", "identifier"))


class Candidate(NamedTuple):
    """A record that a force gave."""

    id: str
    body: AnyBody


class Member(NamedTuple):
    """A record of a group: how well it fits the query, and why it is in this group."""

    id: str
    body: AnyBody
    score: Score
    reasons: tuple[str, ...]
    bond: Score | None
    """The score with the group's record that it is closest to; ``None`` for a record alone in its group."""
    bond_with: str | None
    bond_reasons: tuple[str, ...]


class Group(NamedTuple):
    """Records about one person or thing, the best-fitting first."""

    label: str
    kind: Kind
    members: tuple[Member, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def probability(self) -> float:
        """The probability of its best member that it is whom or what was asked for."""
        return self.members[0].score.probability


def group(query: AnyBody, candidates: Sequence[Candidate], scorer: Scorer | None = None) -> list[Group]:
    """Score the candidates against the query and group them, likeliest group first; each candidate is in one group.

    Candidates of another kind than the query are left out: they come as links of what was found.
    """
    asked = prepare(query)
    pool = _Pool(asked, [one for one in candidates if one.body.kind is query.kind], scorer)
    groups = [pool.finish(cluster) for cluster in pool.clusters()]
    return sorted(groups, key=lambda one: (-one.members[0].score.match_weight, one.members[0].id))


def _add(together: list[list[float]], first: int, second: int) -> None:
    """Add the second cluster's weights with every other to the first's."""
    mine, theirs = together[first], together[second]
    for other, row in enumerate(together):
        mine[other] += theirs[other]
        row[first] = mine[other]


def _label(bodies: Sequence[AnyBody]) -> str:
    """What the best-fitting record is about; of people, the best-fitting one that says a whole name, or any of it."""
    return describe(max(bodies, key=lambda body: isinstance(body, Person) and names_told(body)))


class _Pool:
    """The candidates of one search, their scores, and the scores between them, worked out when first needed."""

    def __init__(self, query: Prepared, candidates: Sequence[Candidate], scorer: Scorer | None) -> None:
        scored = [(candidate, prepare(candidate.body)) for candidate in candidates]
        ranked = [(compare(query, prepared, scorer), candidate, prepared) for candidate, prepared in scored]
        ranked.sort(key=lambda one: (-one[0].match_weight, one[1].id))
        self._query = query
        self._scores = [score for score, _, _ in ranked]
        self._candidates = [candidate for _, candidate, _ in ranked]
        self._prepared = [prepared for _, _, prepared in ranked]
        self._scorer = scorer
        self._between: dict[tuple[int, int], Score] = {}

    def clusters(self) -> list[list[int]]:
        """The places of the candidates, grouped."""
        count = min(len(self._candidates), MOST_GROUPED)
        together = self._weights(count)
        likely = [
            (weight, left, right)
            for left, row in enumerate(together)
            for right, weight in enumerate(row[:left])
            if weight >= SAME
        ]
        cluster_of = list(range(count))
        members = {place: [place] for place in range(len(self._candidates))}
        for _, left, right in sorted(likely, key=lambda pair: (-pair[0], pair[1], pair[2])):
            first, second = cluster_of[left], cluster_of[right]
            if first != second and together[first][second] >= 0:
                for place in members[second]:
                    cluster_of[place] = first
                members[first] += members.pop(second)
                _add(together, first, second)
        return list(members.values())

    def _weights(self, count: int) -> list[list[float]]:
        """The match weight of each pair; that of kin can never be outweighed."""
        together = [[0.0] * count for _ in range(count)]
        for left in range(count):
            for right in range(left):
                score = self._score(left, right)
                weight = -math.inf if are_kin(score) else score.match_weight
                together[left][right] = together[right][left] = weight
        return together

    def _score(self, one: int, other: int) -> Score:
        pair = (one, other) if one < other else (other, one)
        score = self._between.get(pair)
        if score is None:
            score = self._between[pair] = compare(self._prepared[pair[0]], self._prepared[pair[1]], self._scorer)
        return score

    def finish(self, cluster: list[int]) -> Group:
        """A cluster as a group, with reasons and conflicts."""
        members = [self._member(place, cluster) for place in sorted(cluster)]
        kind = members[0].body.kind
        conflicts = conflicts_of(kind, [(member.id, member.body) for member in members])
        return Group(_label([member.body for member in members]), kind, tuple(members), conflicts)

    def _member(self, place: int, cluster: list[int]) -> Member:
        candidate, score = self._candidates[place], self._scores[place]
        reasons = reasons_of(score, self._query.body, candidate.body)
        others = [other for other in cluster if other != place]
        if not others:
            return Member(candidate.id, candidate.body, score, reasons, None, None, ())
        closest = max(others, key=lambda other: self._score(place, other).match_weight)
        bond, other = self._score(place, closest), self._candidates[closest]
        return Member(
            candidate.id, candidate.body, score, reasons, bond, other.id, reasons_of(bond, other.body, candidate.body)
        )
