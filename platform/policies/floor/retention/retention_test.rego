package ndsc.floor.retention_test

import rego.v1

import data.ndsc.cases
import data.ndsc.floor.retention

takes(given, facts) if retention.admits(facts) with input as given

admitted(given, changes) if takes(given, cases.but(changes))

test_a_review_due_today_is_in_time if {
	given := cases.across
	admitted(given, {"review_on": 20600})
}

test_a_review_overdue_since_yesterday_closes if {
	given := cases.across
	not admitted(given, {"review_on": 20599})
}

test_a_force_sees_its_own_overdue_records if {
	given := cases.own
	admitted(given, {"review_on": 1})
}

undated := object.remove(cases.record, ["review_on"])

test_without_a_review_day_nothing_is_shared if {
	given := cases.across
	not takes(given, undated)
}

test_without_a_review_day_nothing_is_shown_to_its_own_force if {
	given := cases.own
	not takes(given, undated)
}

test_a_review_far_off_is_in_time_to_its_last_day if {
	given := cases.across
	admitted(given, {"review_on": retention.latest})
	not admitted(given, {"review_on": retention.latest + 1})
}

test_a_review_that_is_no_day_closes if {
	given := cases.across
	each := ["20600", "never", [], {}, true]
	count([odd | some odd in each; admitted(given, {"review_on": odd})]) == 0
}

test_a_review_that_is_no_day_closes_in_its_own_force_too if {
	given := cases.own
	each := ["20600", [], {}]
	count([odd | some odd in each; admitted(given, {"review_on": odd})]) == 0
}
