"""No agreement ever opens a record that the floor closes; and what follows from it, over random records and agreements.

The floor is written here a second time, in Python and from its description alone, so that rule and test do not share a
mistake.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndsc.model.facts import PolicyFacts
from ndsc.model.pole import SubjectCategory
from ndsc.model.sharing import DataCategory, Purpose, Role, Treatment
from ndsc.policy import answers
from ndsc.policy.agreements import AgreementTerms, agreements_data
from ndsc.policy.answers import STRICTEST_FIRST
from ndsc.policy.bundle import load_bundle
from ndsc.policy.decider import Mask, RecordDecision, SearchRequest, Subject
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.force_rules import ForceRules
from ndsc.policy.questions import NO_CUTS, Question, reduced_facts
from ndsc.policy.rego import RegoProgram

TODAY = 20600
FORCES = ("gwent", "south-wales", "kent")
CATEGORIES = tuple(category.value for category in DataCategory)
DECIDER = RegopyDecider()
MODERATE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

days = st.sampled_from([-1_000_000, 0, TODAY - 6576, TODAY - 6575, TODAY - 6574, TODAY - 1, TODAY, TODAY + 1, 25_000])
handlings = st.sampled_from(
    [("", ""), ("P", ""), ("C", "A1"), ("C", "A2"), ("C", "A3"), ("1", ""), ("4", ""), ("5", "")]
)


@st.composite
def facts(draw: st.DrawFn) -> PolicyFacts:
    handling, action = draw(handlings)
    flags = ("sensitive", "caveated", "immunity", "assessment", *SUBJECTS)
    return PolicyFacts.model_validate(
        {
            "force": draw(st.sampled_from(FORCES)),
            "kind": draw(st.sampled_from(["person", "object", "location", "event"])),
            "category": draw(st.sampled_from([*CATEGORIES, "gossip"])),
            "tier": draw(st.sampled_from([0, 0, 0, 1, 2])),
            "grading": draw(st.sampled_from(["", "1AP", "2EC", "B24"])),
            "handling": handling,
            "action": action,
            "born": draw(days),
            "retention_group": draw(st.integers(1, 4)),
            "review_on": draw(days),
            "updated_on": draw(days),
            **{flag: draw(st.booleans()) for flag in flags},
        }
    )


SUBJECTS = ("suspect", "convicted", "victim", "witness", "other_subject")
masks = st.lists(
    st.builds(Mask, field=st.sampled_from(["home", "summary", "phones"]), treatment=st.sampled_from(Treatment)),
    max_size=2,
).map(tuple)


def widest(**changes: Any) -> AgreementTerms:
    """An agreement that opens all that an agreement can say, between all forces."""
    terms: dict[str, Any] = {
        "name": "widest", "consumers": FORCES, "providers": FORCES, "purposes": tuple(Purpose),
        "categories": (*CATEGORIES, "gossip"), "starts_on": date(1971, 1, 1), "ends_on": date(2200, 1, 1),
        "roles": tuple(Role), "clearance": 1, "highest_tier": 2, "sensitive": True, "handling_conditions": True,
    }  # fmt: skip
    return AgreementTerms.model_validate({**terms, **changes})


agreements = st.lists(
    st.builds(
        widest,
        name=st.sampled_from(["a", "b", "c"]),
        consumers=st.lists(st.sampled_from(FORCES), min_size=1, unique=True).map(tuple),
        providers=st.lists(st.sampled_from(FORCES), min_size=1, unique=True).map(tuple),
        categories=st.lists(st.sampled_from([*CATEGORIES, "gossip"]), min_size=1, unique=True).map(tuple),
        starts_on=st.sampled_from([date(1971, 1, 1), date(2026, 5, 27), date(2026, 5, 28)]),
        highest_tier=st.integers(0, 2),
        sensitive=st.booleans(),
        excluded_subjects=st.lists(st.sampled_from(SubjectCategory), max_size=2).map(tuple),
        masks=masks,
    ),
    max_size=3,
)
subjects = st.builds(
    Subject,
    sub=st.just("x"),
    force=st.sampled_from(FORCES),
    roles=st.lists(st.sampled_from(Role), max_size=2).map(lambda roles: tuple(role.value for role in roles)),
    clearance=st.integers(0, 5),
)
requests = st.builds(
    SearchRequest,
    purpose=st.sampled_from([*(purpose.value for purpose in Purpose), "curiosity"]),
    justification=st.sampled_from(["Stolen car seen in Newport"] * 3 + ["because"]),
    legal_basis=st.sampled_from([None, "Children Act 1989 section 47"]),
    today=st.just(TODAY),
)


def floor_closes(subject: Subject, record: PolicyFacts) -> bool:
    """The floor for records that cross, as its description says."""
    tiers_allowed = {1: 0, 2: 0, 3: 1, 4: 2}.get(subject.clearance, -1)
    return (
        record.immunity
        or record.tier > 0
        or record.tier > tiers_allowed
        or ((record.sensitive or record.caveated) and subject.clearance < 2)
        or record.action == "A1"
        or (record.action == "A2" and "intelligence-officer" not in subject.roles)
        or record.handling == "4"
        or record.category not in CATEGORIES
        or (record.category == "intelligence" and not {"analyst", "intelligence-officer"} & set(subject.roles))
        or record.review_on < TODAY
    )


@MODERATE
@given(agreements, subjects, requests, st.lists(facts(), min_size=1, max_size=12))
def test_no_agreement_ever_opens_a_record_that_the_floor_closes(
    terms: list[AgreementTerms], subject: Subject, request: SearchRequest, records: list[PolicyFacts]
) -> None:
    DECIDER.update([*terms, widest()])
    for record, decision in zip(records, DECIDER.judge(subject, request, records), strict=True):
        if record.force != subject.force and floor_closes(subject, record):
            assert not decision.visible, record
        assert decision.visible == (decision.refusal is None)


@MODERATE
@given(subjects, requests, st.lists(facts(), min_size=1, max_size=12))
def test_the_widest_agreement_opens_all_that_the_floor_leaves_open(
    subject: Subject, request: SearchRequest, records: list[PolicyFacts]
) -> None:
    DECIDER.update([widest()])
    allowed = DECIDER.may_search(subject, request).allowed
    for record, decision in zip(records, DECIDER.judge(subject, request, records), strict=True):
        if record.force != subject.force:
            assert decision.visible == (allowed and not floor_closes(subject, record)), record


@MODERATE
@given(agreements, subjects, requests, st.lists(facts(), min_size=1, max_size=12))
def test_who_may_not_search_sees_nothing_and_is_told_of_nothing(
    terms: list[AgreementTerms], subject: Subject, request: SearchRequest, records: list[PolicyFacts]
) -> None:
    DECIDER.update(terms)
    if not DECIDER.may_search(subject, request).allowed:
        for decision in DECIDER.judge(subject, request, records):
            assert not decision.visible
            assert decision.refusal is not None
            assert not decision.refusal.tell


@MODERATE
@given(agreements, subjects, requests, st.lists(facts(), min_size=1, max_size=12))
def test_a_refusal_that_would_harm_is_never_told(
    terms: list[AgreementTerms], subject: Subject, request: SearchRequest, records: list[PolicyFacts]
) -> None:
    DECIDER.update(terms)
    for record, decision in zip(records, DECIDER.judge(subject, request, records), strict=True):
        harmful = (
            record.immunity or record.tier > 0 or record.category == "intelligence" or record.action in {"A1", "A2"}
        )
        if decision.refusal is not None and harmful:
            assert not decision.refusal.tell, record


def exactness(decision: RecordDecision) -> dict[str, int]:
    return {mask.field: STRICTEST_FIRST.index(mask.treatment) for mask in decision.masks}


@MODERATE
@given(masks, subjects, requests, st.lists(facts(), min_size=1, max_size=12))
def test_an_agreement_s_masks_only_ever_hide_more(
    added: tuple[Mask, ...], subject: Subject, request: SearchRequest, records: list[PolicyFacts]
) -> None:
    DECIDER.update([widest()])
    national = DECIDER.judge(subject, request, records)
    DECIDER.update([widest(masks=added)])
    for before, after in zip(national, DECIDER.judge(subject, request, records), strict=True):
        assert before.visible == after.visible
        shown = exactness(after)
        for field, rank in exactness(before).items():
            assert shown[field] <= rank
        if after.agreement:
            assert {mask.field for mask in added} <= set(shown)


@MODERATE
@given(agreements, subjects, requests, st.lists(facts(), min_size=1, max_size=12))
def test_a_force_s_rules_only_ever_close_more(
    terms: list[AgreementTerms], subject: Subject, request: SearchRequest, records: list[PolicyFacts]
) -> None:
    DECIDER.update(terms)
    before = DECIDER.judge(subject, request, records)
    rules = ForceRules(
        withheld_categories=("nominal", "custody"), silent_categories=("vehicle",), intelligence_roles=()
    )
    DECIDER.update(terms, dict.fromkeys(FORCES, rules))
    for open_before, open_after in zip(before, DECIDER.judge(subject, request, records), strict=True):
        assert open_before.visible or not open_after.visible


@MODERATE
@given(agreements, subjects, requests, st.lists(facts(), min_size=1, max_size=12))
def test_records_reduced_to_what_rules_see_are_decided_as_they_stand(
    terms: list[AgreementTerms], subject: Subject, request: SearchRequest, records: list[PolicyFacts]
) -> None:
    DECIDER.update(terms)
    data = {"agreements": agreements_data(terms), "force_rules": {}}
    program = RegoProgram(load_bundle().rules, data, ["ndsc/record/decisions"])
    question = Question.of(subject, request)
    for record, decision in zip(records, DECIDER.judge(subject, request, records), strict=True):
        document = question.document(record.force, (reduced_facts(record, NO_CUTS),))
        assert answers.record_decisions(program.ask("ndsc/record/decisions", document), 1) == [decision]
