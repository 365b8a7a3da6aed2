package ndsc.record_test

import rego.v1

import data.ndsc.cases
import data.ndsc.record

shown_to(given, facts) if record.visible(facts) with input as given

shown(given, changes) if shown_to(given, cases.but(changes))

filtered(given) if record.filter with input as given

answers(given) := found if found := record.decisions with input as given

first(given) := answers(given)[0]

duties_on(answer) := {duty.name | some duty in answer.duties}

masked_on(answer) := {mask.field | some mask in answer.masks}

about(question, changes) := cases.changed(question, {"records": [cases.but(changes)]})

test_an_agreement_opens_what_the_floor_allows if {
	given := cases.across
	shown(given, {})
}

test_it_does_not_open_what_the_floor_closes if {
	given := cases.across
	each := [{"immunity": true}, {"tier": 1}, {"review_on": 0}, {"handling": "C", "action": "A1"}]
	count([true | some facts in each; shown(given, facts)]) == 0
}

test_nor_what_the_holder_withholds if {
	given := cases.at_avon
	shown_to(given, cases.but({"force": "avon"}))
	not shown_to(given, cases.but({"force": "avon", "category": "custody"}))
}

test_without_an_agreement_nothing_crosses if {
	given := cases.asking({"subject": {"force": "kent"}})
	not shown_to(given, cases.record)
}

test_one_s_own_force_needs_none if {
	given := cases.own
	shown_to(given, cases.record)
}

test_without_leave_to_search_nothing_is_visible if {
	given := cases.changed(cases.own, {"request": {"purpose": "curiosity"}})
	not shown_to(given, cases.record)
}

test_without_a_justification_nothing_is_visible if {
	given := cases.asking({"request": {"justification_length": 0}})
	not shown_to(given, cases.record)
}

test_only_the_kinds_asked_for if {
	given := cases.asking({"request": {"kinds": ["event"]}})
	not shown_to(given, cases.record)
}

test_the_filter_is_the_same_rule if {
	given := cases.asking({"record": cases.record})
	filtered(given)
}

test_the_filter_closes_what_the_rule_closes if {
	given := cases.asking({"record": cases.but({"tier": 1})})
	not filtered(given)
}

test_a_shown_record_says_by_which_agreement_and_how if {
	given := about(cases.across, {})
	first(given).visible == true
	first(given).agreement == "roads"
	first(given).masks == [{"field": "nationality", "treatment": "withheld"}]
	duties_on(first(given)) == {"no-onward-sharing", "delete-by"}
}

test_an_agreement_s_masks_are_added_to_the_national_ones if {
	given := about(cases.across, {"suspect": false, "victim": true})
	masked_on(first(given)) == {"home", "phones", "emails", "nationality"}
}

test_a_refusal_by_the_floor_names_its_rule if {
	given := about(cases.across, {"immunity": true})
	first(given).refusal.rule == "floor/immunity"
}

test_a_refusal_for_want_of_cover_names_its_rule if {
	given := about(cases.across, {"category": "custody"})
	first(given).refusal.rule == "agreement/not-covered"
}

test_a_refusal_says_that_it_may_not_be_told if {
	given := about(cases.across, {"immunity": true})
	first(given).tell == false
}

test_a_refusal_says_that_it_may_be_told if {
	given := about(cases.across, {"category": "custody"})
	first(given).tell == true
}

test_the_holder_s_refusals_are_named if {
	given := about(cases.at_avon, {"category": "custody"})
	first(given).refusal.rule == "force/withheld-category"
}

test_own_refusals_are_named if {
	given := about(cases.own, {"category": "intelligence"})
	first(given).refusal.rule == "force/own-access"
}

test_who_may_not_search_learns_only_that if {
	given := about(cases.asking({"subject": {"roles": []}}), {})
	first(given).refusal.rule == "search/role"
}

test_what_was_not_asked_for_is_refused_as_such if {
	given := about(cases.across, {"kind": "rumour"})
	first(given).refusal.rule == "search/kind"
}

test_every_record_gets_one_answer if {
	given := cases.asking({"records": [cases.record, cases.but({"tier": 2}), cases.record, {}]})
	found := answers(given)
	{one.at | some one in found; one.visible} == {0, 2}
	{one.at | some one in found; not one.visible} == {1, 3}
}

test_one_s_own_force_is_under_the_floor_too if {
	given := cases.own
	not shown(given, {"tier": 1})
}

test_one_s_own_force_shows_the_kinds_asked_for if {
	given := cases.changed(cases.own, {"request": {"kinds": ["event"]}})
	not shown(given, {})
}
