"""The embedded decider as its callers see it."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import create_engine

from ndsc.gateway.service import Gateway
from ndsc.model.facts import PolicyFacts
from ndsc.model.sharing import Purpose, Treatment
from ndsc.node.service import NodeService
from ndsc.policy.agreements import AgreementTerms
from ndsc.policy.answers import Listing
from ndsc.policy.decider import Decider, Mask, SearchRequest, Subject
from ndsc.policy.embedded import RegopyDecider
from ndsc.policy.explain import explain_record
from ndsc.policy.force_rules import ForceRules
from ndsc.policy.rego import PolicyEngineError

TODAY = 20600
OFFICER = Subject(sub="officer-17", force="gwent", roles=("officer",), clearance=2)
OWN = OFFICER.model_copy(update={"force": "south-wales"})
REQUEST = SearchRequest(purpose="prevent-crime", justification="Stolen car seen in Newport", today=TODAY)
FACTS = PolicyFacts(
    force="south-wales", kind="person", category="nominal", tier=0, sensitive=False, caveated=False, grading="",
    handling="", action="", immunity=False, assessment=False, suspect=True, convicted=False, victim=False,
    witness=False, other_subject=False, born=8000, retention_group=3, review_on=25000, updated_on=20000,
)  # fmt: skip
TERMS = AgreementTerms(
    name="roads",
    consumers=("gwent",),
    providers=("south-wales",),
    purposes=(Purpose.PREVENT_CRIME,),
    categories=("nominal", "vehicle"),
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    masks=(Mask(field="home", treatment=Treatment.AREA_ONLY),),
    delete_after_days=30,
)


def facts(**changes: Any) -> PolicyFacts:
    return PolicyFacts.model_validate({**FACTS.model_dump(), **changes})


@pytest.fixture(scope="module")
def decider() -> Decider:
    return RegopyDecider([TERMS])


def test_an_officer_with_a_reason_may_search(decider: Decider) -> None:
    decision = decider.may_search(OFFICER, REQUEST)
    assert decision.allowed


def test_a_refused_search_says_why_and_is_told(decider: Decider) -> None:
    decision = decider.may_search(OFFICER, REQUEST.model_copy(update={"justification": "  because \n "}))
    assert not decision.allowed
    assert decision.refusal is not None
    assert decision.refusal.tell
    assert decision.refusal.sentence == "A search needs a justification of at least ten characters."


def test_blanks_do_not_make_a_justification(decider: Decider) -> None:
    assert not decider.may_search(OFFICER, REQUEST.model_copy(update={"justification": "a" + " " * 30 + "b"})).allowed


def test_an_agreement_opens_masks_and_binds(decider: Decider) -> None:
    (decision,) = decider.judge(OFFICER, REQUEST, [FACTS])
    assert decision.visible
    assert decision.agreement == "roads"
    assert decision.masks == (Mask(field="home", treatment=Treatment.AREA_ONLY),)
    assert [(duty.name, duty.days) for duty in decision.duties] == [("no-onward-sharing", None), ("delete-by", 30)]
    assert explain_record(decision) == "Shown because agreement roads opens it and the national floor allows it."
    assert [duty.sentence for duty in decision.duties] == [
        "Do not pass this record on: ask the force that holds it.",
        "Delete your copy within 30 days.",
    ]


def test_the_strictest_of_two_masks_holds(decider: Decider) -> None:
    (decision,) = decider.judge(OFFICER, REQUEST, [facts(suspect=False, victim=True)])
    assert {mask.field: mask.treatment for mask in decision.masks}["home"] is Treatment.WITHHELD
    assert len({mask.field for mask in decision.masks}) == len(decision.masks)


def test_a_refusal_names_rule_agreement_and_sentence(decider: Decider) -> None:
    (decision,) = decider.judge(OFFICER, REQUEST.model_copy(update={"purpose": "preserve-order"}), [FACTS])
    assert not decision.visible
    assert decision.refusal is not None
    assert decision.refusal.rule == "agreement/none"
    assert str(decision.refusal.agreement_sought) == "south-wales to gwent, nominal data, for preserve-order"
    assert decision.refusal.tell
    assert explain_record(decision) == (
        "No agreement in force lets south-wales share with gwent for the purpose preserve-order. "
        "(Agreement looked for: south-wales to gwent, nominal data, for preserve-order.)"
    )


def test_to_its_successors_officers_a_merged_forces_records_are_their_own_and_to_nobody_else() -> None:
    merged = RegopyDecider([], {"south-wales": ForceRules(intelligence_roles=("analyst",))}, {"south-wales": "gwent"})
    (before,) = RegopyDecider().judge(OWN, REQUEST, [FACTS])
    (after,) = merged.judge(OFFICER, REQUEST, [FACTS])
    assert after == before
    assert after.visible
    assert not merged.judge(OFFICER.model_copy(update={"force": "kent"}), REQUEST, [FACTS])[0].visible
    both = merged.judge(OFFICER, REQUEST, [FACTS, facts(force="gwent"), facts(force="essex")])
    assert [one.visible for one in both] == [True, True, False]
    # The rules of the force that was merged go on for its records.
    (secret,) = merged.judge(OFFICER, REQUEST, [facts(category="intelligence", grading="A1")])
    assert not secret.visible
    assert merged.revision != RegopyDecider([], {"south-wales": ForceRules(intelligence_roles=("analyst",))}).revision


@pytest.mark.parametrize("changes", [{"immunity": True}, {"tier": 1}, {"handling": "C", "action": "A1"}])
def test_a_refusal_that_would_harm_is_not_told(decider: Decider, changes: dict[str, Any]) -> None:
    (decision,) = decider.judge(OFFICER, REQUEST, [facts(**changes)])
    assert decision.refusal is not None
    assert decision.refusal.rule.startswith("floor/")
    assert not decision.refusal.tell


def test_one_s_own_force_needs_no_agreement() -> None:
    (decision,) = RegopyDecider().judge(OWN, REQUEST, [FACTS])
    assert decision.visible
    assert (decision.agreement, decision.masks, decision.duties) == (None, (), ())
    assert explain_record(decision) == "Shown because it is your own force's record and its rules open it to you."


def test_an_agreement_ends_by_itself(decider: Decider) -> None:
    last, after = 20818, 20819
    assert decider.judge(OFFICER, REQUEST.model_copy(update={"today": last}), [FACTS])[0].visible
    assert not decider.judge(OFFICER, REQUEST.model_copy(update={"today": after}), [FACTS])[0].visible


def test_records_of_several_holders_are_judged_each_by_its_own(decider: Decider) -> None:
    asked = [FACTS, facts(force="kent"), facts(force="gwent"), FACTS]
    assert [decision.visible for decision in decider.judge(OFFICER, REQUEST, asked)] == [True, False, True, True]


def test_the_same_question_has_the_same_answer_from_memory(decider: Decider) -> None:
    asked = [facts(updated_on=day, born=day % 9000) for day in range(300)]
    first = decider.judge(OFFICER, REQUEST, asked)
    assert decider.judge(OFFICER, REQUEST, asked) == first
    assert decider.judge(OFFICER, REQUEST, []) == []


def test_new_agreements_and_force_rules_count_at_once() -> None:
    decider = RegopyDecider()
    assert not decider.judge(OFFICER, REQUEST, [FACTS])[0].visible
    before = decider.revision
    decider.update([TERMS])
    assert decider.revision != before
    assert decider.judge(OFFICER, REQUEST, [FACTS])[0].visible
    decider.update([TERMS], {"south-wales": ForceRules(withheld_categories=("nominal",))})
    (decision,) = decider.judge(OFFICER, REQUEST, [FACTS])
    assert decision.rule == "force/withheld-category"


def test_records_are_listed_as_they_may_be_found() -> None:
    decider = RegopyDecider()
    listed = decider.listings([FACTS, facts(immunity=True), facts(handling="C", action="A1")])
    assert listed == [Listing.VISIBLE, Listing.NEVER, Listing.SILENT]


def test_threads_get_the_answers_that_one_alone_gets() -> None:
    decider = RegopyDecider([TERMS])
    asked = [facts(grading=str(n), tier=n % 3) for n in range(40)]
    alone = RegopyDecider([TERMS]).judge(OFFICER, REQUEST, asked)
    wrong: list[int] = []

    def ask(seed: int) -> None:
        for turn in range(5):
            request = REQUEST.model_copy(update={"today": TODAY + (seed + turn) % 3})
            if decider.judge(OFFICER, request, asked) != alone:
                wrong.append(seed)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_name_identity_or_free_text_reaches_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    from ndsc.policy.rego import RegoProgram  # noqa: PLC0415  # the seam under test

    seen: list[str] = []
    ask = RegoProgram.ask

    def listening(self: RegoProgram, entrypoint: str, document: Any) -> Any:
        seen.append(repr(document))
        return ask(self, entrypoint, document)

    monkeypatch.setattr(RegoProgram, "ask", listening)
    decider = RegopyDecider([TERMS])
    request = REQUEST.model_copy(update={"reference": "OP-LINDEN-9", "legal_basis": "Children Act 1989"})
    decider.may_search(OFFICER, request)
    decider.judge(OFFICER, request, [FACTS])
    assert len(seen) == 3
    for private in ("officer-17", "Newport", "LINDEN", "Children Act"):
        assert private not in "".join(seen)


def test_rules_that_do_not_answer_show_nothing(tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    answer = '{"allowed": true, "rule": "mine", "ask_everyone": false, "ask_own_force": false}'
    (tmp_path / "search" / "search.rego").write_text(f"package ndsc.search\n\nimport rego.v1\n\ndecision := {answer}\n")
    decider = RegopyDecider([TERMS], policies=tmp_path)
    assert decider.may_search(OFFICER, REQUEST).rule == "mine"
    (decision,) = decider.judge(OFFICER, REQUEST, [FACTS])
    assert decision.rule == "policy/no-answer"
    assert decision.refusal is not None
    assert not decision.refusal.tell
    assert decider.listings([FACTS]) == [Listing.NEVER]


def test_no_service_starts_with_rules_that_do_not_compile(tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "search.rego").write_text("package ndsc.search\n\nimport rego.v1\n\ndecision := {\n")
    broken, unused = RegopyDecider(policies=tmp_path), cast("Any", None)
    with pytest.raises(PolicyEngineError):
        NodeService(create_engine("postgresql+psycopg://"), "kent", broken, unused)
    with pytest.raises(PolicyEngineError):
        Gateway(decider=broken, evaluator=unused, registry=unused, directory=unused, audit=unused)
