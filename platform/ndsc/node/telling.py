"""What a match tells by itself: a record that is met only through what is masked is not met at all.

Finding is telling. Whoever knows a victim's name could ask it with one postcode after another until the record comes
up, and so read a withheld home off the index. A date that is shown by its year still lets its record be found by who
knows the whole of it, as a name and a date of birth are how people are asked for; that it fitted is not said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ndsc.index.facets import FACETS
from ndsc.index.keys import KEY_RULES
from ndsc.model.sharing import Treatment
from ndsc.node.finding import Candidate
from ndsc.policy.decider import Mask, RecordDecision, Refusal

Judged = tuple[Candidate, RecordDecision]

_HIDES = frozenset({Treatment.WITHHELD, Treatment.AREA_ONLY})
"""Treatments that take away what an asker could otherwise confirm by guessing: something, or where somebody is."""

_READS: Mapping[tuple[str, str], frozenset[str]] = {
    (rule.kind.value, rule.name): frozenset(
        attribute.partition(".")[0] for facet in rule.facets for attribute in FACETS[rule.kind][facet].attributes
    )
    for rule in KEY_RULES
}
"""The attributes that each index key is made of, by kind and rule."""

_MET_BY_WHAT_IS_MASKED = RecordDecision(
    visible=False,
    rule="mask/met-by-what-is-masked",
    refusal=Refusal(
        rule="mask/met-by-what-is-masked",
        sentence="The search met this record only through what it may not show.",
        tell=False,
    ),
)


def without_what_masks_hide(judged: Sequence[Judged], named: Collection[str] = ()) -> list[Judged]:
    """The same records, each told of only by keys that its masks leave open.

    The order is by those keys as well: by the others it would say which of two records a masked value fits. ``named``
    are the attributes of a search without keys: what is found by them comes in the order in which it was found.
    """
    known = [_judged_again(candidate, decision, named) for candidate, decision in judged]
    return known if named else sorted(known, key=lambda one: (-len(one[0].matched), one[0].id))


def _judged_again(candidate: Candidate, decision: RecordDecision, named: Collection[str]) -> Judged:
    if not decision.visible or not decision.masks:
        return candidate, decision
    hidden = {mask.field for mask in decision.masks if mask.treatment in _HIDES}
    met = [rule for rule in candidate.matched if hidden.isdisjoint(_reads(candidate, rule))]
    if (candidate.matched and not met) or not hidden.isdisjoint(named):
        return candidate, _MET_BY_WHAT_IS_MASKED
    return candidate._replace(matched=_sayable(candidate, met, decision.masks)), decision


def _sayable(candidate: Candidate, rules: Sequence[str], masks: Sequence[Mask]) -> tuple[str, ...]:
    masked = {mask.field for mask in masks}
    return tuple(rule for rule in rules if masked.isdisjoint(_reads(candidate, rule)))


def _reads(candidate: Candidate, rule: str) -> frozenset[str]:
    return _READS.get((candidate.facts.kind, rule), frozenset())
