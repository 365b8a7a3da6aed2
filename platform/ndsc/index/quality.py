"""How good the keys are: of the pairs of records that are one person, how many share a key, and of those that share
one, how many are one person.

Pure and exact: no sampling, no model. ``followed`` counts a pair too when a third record shares a key with both, which
is what a search finds that asks once more with what its first answer taught it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ndsc.index.keys import IndexKey, keys_of
from ndsc.model.pole import Body

Pair = tuple[int, int]
KeysOf = Callable[[Body], Sequence[IndexKey]]

CROWD = 500
"""A key that more records share is useless and is counted, not paired."""


@dataclass(frozen=True, slots=True)
class Share:
    """Pairs found against pairs true."""

    true: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """Of the true pairs, how many were found; 1 where there is none."""
        return self.right / self.true if self.true else 1.0

    @property
    def precision(self) -> float:
        """Of the found pairs, how many are true; 1 where none was found."""
        return self.right / self.found if self.found else 1.0


@dataclass(frozen=True, slots=True)
class RuleShare:
    """One rule by itself, and what would be lost without it."""

    rule: str
    share: Share
    right_by_it_alone: int
    wrong_by_it_alone: int


@dataclass(frozen=True, slots=True)
class Quality:
    """The measurement of one set of records."""

    records: int
    keys_a_record: float
    crowded_keys: int
    direct: Share
    followed: Share
    rules: tuple[RuleShare, ...]


def measure(records: Sequence[tuple[Hashable, Body]], keys: KeysOf = keys_of) -> Quality:
    """Measure keys on records of which it is known who is who: ``(entity, body)`` for each."""
    truth = _true_pairs([entity for entity, _ in records])
    blocks, count = _blocks((body for _, body in records), keys)
    crowded = sum(len(rows) > CROWD for rows in blocks.values())
    by_rule: dict[str, set[Pair]] = defaultdict(set)
    for (rule, _), rows in blocks.items():
        if 1 < len(rows) <= CROWD:
            by_rule[rule].update(itertools.combinations(rows, 2))
    found: set[Pair] = set().union(*by_rule.values())
    return Quality(
        records=len(records),
        keys_a_record=count / len(records) if records else 0.0,
        crowded_keys=crowded,
        direct=_share(found, truth),
        followed=_share(follow(found), truth),
        rules=_rule_shares(by_rule, truth),
    )


def follow(pairs: Iterable[Pair]) -> set[Pair]:
    """The pairs, and those that one record in between joins."""
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        near[one].add(other)
        near[other].add(one)
    reached = {row: others.union(*(near[other] for other in others)) for row, others in near.items()}
    return {(row, other) for row, others in reached.items() for other in others if row < other}


def _true_pairs(entities: Sequence[Hashable]) -> set[Pair]:
    rows: dict[Hashable, list[int]] = defaultdict(list)
    for row, entity in enumerate(entities):
        rows[entity].append(row)
    return {pair for members in rows.values() for pair in itertools.combinations(members, 2)}


def _blocks(bodies: Iterable[Body], keys: KeysOf) -> tuple[dict[tuple[str, bytes], list[int]], int]:
    blocks: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    count = 0
    for row, body in enumerate(bodies):
        for key in keys(body):
            blocks[(key.rule, key.canonical)].append(row)
            count += 1
    return blocks, count


def _share(found: set[Pair], truth: set[Pair]) -> Share:
    return Share(true=len(truth), found=len(found), right=len(found & truth))


def _rule_shares(by_rule: Mapping[str, set[Pair]], truth: set[Pair]) -> tuple[RuleShare, ...]:
    times: dict[Pair, int] = defaultdict(int)
    for pair in itertools.chain.from_iterable(by_rule.values()):
        times[pair] += 1
    shares = []
    for rule, pairs in by_rule.items():
        alone = {pair for pair in pairs if times[pair] == 1}
        right = len(alone & truth)
        shares.append(RuleShare(rule, _share(pairs, truth), right, len(alone) - right))
    return tuple(sorted(shares, key=lambda share: -share.share.right))
