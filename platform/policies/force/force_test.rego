package ndsc.force_test

import rego.v1

import data.ndsc.cases
import data.ndsc.force

shared(given, facts) if force.shares(facts) with input as given

shown_own(given, facts) if force.shows_own(facts) with input as given

silences(given) := categories if categories := force.silent with input as given

custody := cases.but({"category": "custody"})

report := cases.but({"category": "intelligence"})

analyst_of(question) := cases.changed(question, {"subject": {"roles": ["analyst"]}})

spy_of(question) := cases.changed(question, {"subject": {"roles": ["intelligence-officer"]}})

test_a_force_shares_unless_it_says_otherwise if {
	given := cases.across
	shared(given, cases.record)
	shared(given, custody)
}

test_a_withheld_category_is_not_shared if {
	given := cases.at_avon
	not shared(given, custody)
	shared(given, cases.record)
}

test_silence_is_the_force_s_to_ask_for if {
	given := cases.at_avon
	silences(given) == {"nominal"}
}

test_no_silence_unless_asked_for if {
	given := cases.across
	silences(given) == set()
}

test_sharing_is_not_own_access if {
	given := cases.own
	not shared(given, cases.record)
}

test_own_access_is_not_sharing if {
	given := cases.across
	not shown_own(given, cases.record)
}

test_an_officer_sees_routine_records_of_their_force if {
	given := cases.own
	shown_own(given, cases.record)
}

test_a_record_that_says_another_force_is_not_own if {
	given := cases.own
	not shown_own(given, cases.but({"force": "kent"}))
}

test_own_intelligence_needs_the_role if {
	given := cases.own
	not shown_own(given, report)
}

test_own_intelligence_opens_to_the_role if {
	given := analyst_of(cases.own)
	shown_own(given, report)
}

held_by_avon := cases.but({"force": "avon", "category": "intelligence"})

test_a_force_may_narrow_who_reads_its_intelligence if {
	given := analyst_of(cases.in_avon)
	not shown_own(given, held_by_avon)
}

test_a_narrowed_role_still_reads_its_intelligence if {
	given := spy_of(cases.in_avon)
	shown_own(given, held_by_avon)
}

guarded := [{"immunity": true}, {"handling": "C", "action": "A1"}, {"handling": "C", "action": "A2"}]

test_what_is_covert_or_immune_needs_a_guardian if {
	given := cases.own
	each := guarded
	count([true | some facts in each; shown_own(given, cases.but(facts))]) == 0
}

test_a_guardian_sees_what_is_covert_or_immune if {
	given := cases.own_guardian
	each := guarded
	count([true | some facts in each; shown_own(given, cases.but(facts))]) == count(each)
}

test_a_guardian_without_sc_is_none if {
	given := spy_of(cases.own)
	not shown_own(given, cases.but({"immunity": true}))
}

test_each_refusal_has_a_sentence if {
	count(force.sentences) == 2
}
