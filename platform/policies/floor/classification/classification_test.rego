package ndsc.floor.classification_test

import rego.v1

import data.ndsc.cases
import data.ndsc.floor.classification

takes(given, facts) if classification.admits(facts) with input as given

admitted(given, changes) if takes(given, cases.but(changes))

test_official_crosses if {
	given := cases.across
	admitted(given, {})
}

test_secret_does_not_cross if {
	given := cases.across
	not admitted(given, {"tier": 1})
}

test_top_secret_does_not_cross if {
	given := cases.intelligence_officer
	not admitted(given, {"tier": 2})
}

test_a_force_keeps_its_own if {
	given := cases.own
	admitted(given, {"tier": 2})
	not admitted(given, {"tier": 3})
}

test_a_record_without_a_tier_is_admitted_by_nobody if {
	given := cases.own
	not takes(given, object.remove(cases.record, ["tier"]))
}
