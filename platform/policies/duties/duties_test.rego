package ndsc.duties_test

import rego.v1

import data.ndsc.cases
import data.ndsc.duties

bound(given, facts) := found if found := duties.of(facts) with input as given

duty_names(given, changes) := {duty.name | some duty in bound(given, cases.but(changes))}

test_what_crosses_goes_no_further if {
	given := cases.across
	duty_names(given, {}) == {"no-onward-sharing"}
}

test_nothing_binds_in_one_s_own_force if {
	given := cases.own
	duty_names(given, {}) == set()
}

test_a2_is_for_covert_use if {
	given := cases.own
	"covert-use-only" in duty_names(given, {"handling": "C", "action": "A2"})
}

test_handling_conditions_bind if {
	given := cases.own
	"observe-handling-conditions" in duty_names(given, {"handling": "C", "action": "A3"})
}

test_handling_conditions_of_5x5x5_bind if {
	given := cases.across
	"observe-handling-conditions" in duty_names(given, {"handling": "5"})
}

test_code_c_is_not_sanitised_without_asking if {
	given := cases.across
	"ask-originator-before-sanitising" in duty_names(given, {"handling": "C", "action": "A3"})
}

test_code_c_may_be_sanitised_in_its_own_force if {
	given := cases.own
	not "ask-originator-before-sanitising" in duty_names(given, {"handling": "C", "action": "A3"})
}

test_an_assessment_is_no_fact if {
	given := cases.across
	"treat-as-assessment" in duty_names(given, {"assessment": true})
}

test_what_is_suspected_false_says_so if {
	given := cases.across
	"treat-as-suspected-false" in duty_names(given, {"grading": "2EP", "handling": "P"})
}

test_an_overdue_review_is_called if {
	given := cases.own
	duty_names(given, {"review_on": 20599}) == {"review-overdue"}
}

test_each_duty_has_a_sentence if {
	each := duties.order
	count([true | some name in each; duties.sentences[name]]) == count(each)
}

test_a_review_due_today_is_not_overdue if {
	given := cases.own
	duty_names(given, {"review_on": 20600}) == set()
}
