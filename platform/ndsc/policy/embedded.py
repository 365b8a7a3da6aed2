"""The embedded decider: the shipped Rego rules, run inside this process by ``regopy``.

Each distinct question is put to the engine once. Whatever goes wrong there (undefined, odd shape, an engine error) is
"no", is logged without the question, and is not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import structlog

from ndsc.model.facts import PolicyFacts
from ndsc.policy import answers
from ndsc.policy.agreements import AgreementTerms, agreements_data
from ndsc.policy.answers import NO_ANSWER, Listing
from ndsc.policy.bundle import load_bundle
from ndsc.policy.decider import RecordDecision, SearchDecision, SearchRequest, Subject
from ndsc.policy.force_rules import ForceRules, force_rules_data
from ndsc.policy.memory import Memory
from ndsc.policy.questions import NO_CUTS, Cuts, Question, reduced_facts
from ndsc.policy.rego import PolicyEngineError, ProgramPool

SEARCH, RECORDS, LISTINGS, CUTS = (
    "ndsc/search/decision",
    "ndsc/record/decisions",
    "ndsc/listing/listings",
    "ndsc/cuts/all",
)
_REMEMBERED = 20_000
_AT_ONCE = 500  # records in one question to the engine

_log = structlog.get_logger(__name__)

Key = tuple[Question, str, tuple[Any, ...]]
A = TypeVar("A")


@dataclass(frozen=True)
class _InForce:
    """Rules and data of one revision with what was answered under them; replaced as a whole."""

    revision: str
    force_rules: Mapping[str, Any]
    successors: Mapping[str, str]
    programs: ProgramPool
    records: Memory[Key, RecordDecision] = field(default_factory=lambda: Memory(_REMEMBERED))
    listings: Memory[Key, Listing] = field(default_factory=lambda: Memory(_REMEMBERED))
    searches: Memory[Question, SearchDecision] = field(default_factory=lambda: Memory(_REMEMBERED))
    cuts: Memory[int, Cuts] = field(default_factory=lambda: Memory(8))

    def ask(self, entrypoint: str, document: Mapping[str, Any]) -> Any:
        """The rules' raw answer, or ``None``."""
        try:
            with self.programs.lend() as program:
                return program.ask(entrypoint, document)
        except PolicyEngineError as error:
            _log.error("policy engine gave no answer", entrypoint=entrypoint, revision=self.revision, exc_info=error)
            return None


class RegopyDecider:
    """A :class:`~ndsc.policy.decider.Decider` without any other process; safe to share between threads.

    Rules are compiled when they are first asked; ones that do not compile open nothing.
    """

    def __init__(
        self,
        agreements: Sequence[AgreementTerms] = (),
        force_rules: Mapping[str, ForceRules] | None = None,
        successors: Mapping[str, str] | None = None,
        *,
        policies: Path | None = None,
    ) -> None:
        self._bundle = load_bundle(policies)
        self.update(agreements, force_rules, successors)

    def update(
        self,
        agreements: Sequence[AgreementTerms],
        force_rules: Mapping[str, ForceRules] | None = None,
        successors: Mapping[str, str] | None = None,
    ) -> None:
        """Judge by these agreements and force rules from now on; questions under way keep the old ones.

        ``successors`` says, by the code of a force that was merged, whose officers are its own now.
        """
        data = {"agreements": agreements_data(agreements), "force_rules": force_rules_data(force_rules or {})}
        programs = ProgramPool(self._bundle.rules, data, [SEARCH, RECORDS, LISTINGS, CUTS])
        revision = self._bundle.revision(data | ({"successors": dict(successors)} if successors else {}))
        self._in_force = _InForce(revision, data["force_rules"], successors or {}, programs)

    def compile(self) -> None:
        """Compile the rules now rather than at the first question: whoever serves learns at once that they do not.

        Raises :class:`PolicyEngineError`.
        """
        self._in_force.programs.compile()

    @property
    def revision(self) -> str:
        """Digest of rules, agreements and force rules in use."""
        return self._in_force.revision

    def listing_revision(self, force: str) -> str:
        """Digest of all that :meth:`listings` of a force's records hang on: the rules, and the force's own."""
        return self._bundle.revision({"force_rules": self._in_force.force_rules.get(force)})

    def may_search(self, subject: Subject, request: SearchRequest) -> SearchDecision:
        """Whether this person may search for this purpose."""
        state = self._in_force
        question = Question.of(subject, request, _cuts(state, request.today))
        known = state.searches.recall([question])
        if question in known:
            return known[question]
        decision = answers.search_decision(state.ask(SEARCH, question.document()))
        if decision.rule != NO_ANSWER.rule:
            state.searches.keep([(question, decision)])
        return decision

    def judge(self, subject: Subject, request: SearchRequest, facts: Sequence[PolicyFacts]) -> list[RecordDecision]:
        """One decision for each record, in their order."""
        state = self._in_force
        cuts = _cuts(state, request.today)
        question = Question.of(subject, request, cuts)
        # To its successor's officers a force that was merged is their own: they are judged as its officers would be.
        own = {old: replace(question, force=old) for old, now in state.successors.items() if now == subject.force}
        keys = [(own.get(one.force, question), one.force, reduced_facts(one, cuts)) for one in facts]
        return _answered(state, RECORDS, keys, state.records, _read_records)

    def listings(self, facts: Sequence[PolicyFacts]) -> list[Listing]:
        """How each record is listed in the registry of who holds what."""
        state = self._in_force
        cuts = _cuts(state, 1)
        keys = [(_NOBODY, one.force, reduced_facts(one, cuts)) for one in facts]
        return _answered(state, LISTINGS, keys, state.listings, answers.listings)


_NOBODY = Question("", (), 0, "", 0, has_legal_basis=False, has_reference=False, kinds=(), today=1)


def _answered(
    state: _InForce,
    entrypoint: str,
    keys: Sequence[Key],
    memory: Memory[Key, A],
    read: Callable[[Any, int], list[A]],
) -> list[A]:
    known = memory.recall(set(keys))
    for holder in dict.fromkeys(holder for _, holder, _ in keys):
        new = [key for key in dict.fromkeys(keys) if key[1] == holder and key not in known]
        for start in range(0, len(new), _AT_ONCE):
            asked = new[start : start + _AT_ONCE]
            raw = state.ask(entrypoint, asked[0][0].document(holder, tuple(record for _, _, record in asked)))
            given = list(zip(asked, read(raw, len(asked)), strict=True))
            known.update(given)
            if raw is not None:
                memory.keep(pair for pair in given if not _is_no_answer(pair[1]))
    return [known[key] for key in keys]


def _is_no_answer(answer: object) -> bool:
    return isinstance(answer, RecordDecision) and answer.rule == NO_ANSWER.rule


def _read_records(raw: Any, count: int) -> list[RecordDecision]:
    return answers.record_decisions(raw, count)


def _cuts(state: _InForce, today: int) -> Cuts:
    """Where the rules cut numbers on this day; none known means that every number counts as it stands."""
    kept = state.cuts.recall([today])
    if today in kept:
        return kept[today]
    raw = state.ask(CUTS, {"request": {"today": today}})
    cuts = _read_cuts(raw)
    state.cuts.keep([(today, cuts)])
    return cuts


def _read_cuts(raw: Any) -> Cuts:
    try:
        both = {**raw["record"], **raw["request"]}
        return {str(name): tuple(sorted(int(value) for value in values)) for name, values in both.items()}
    except (TypeError, KeyError, ValueError):
        return NO_CUTS
