package ndsc.floor.handling_test

import rego.v1

import data.ndsc.cases
import data.ndsc.floor.handling

takes(given, facts) if handling.admits(facts) with input as given

admitted(given, changes) if takes(given, cases.but(changes))

graded(code, action) := {"handling": code, "action": action}

test_ungraded_and_p_cross if {
	given := cases.across
	admitted(given, {})
	admitted(given, graded("P", ""))
}

test_a1_waits_for_its_originator if {
	given := cases.across
	not admitted(given, graded("C", "A1"))
}

test_a1_waits_even_for_an_intelligence_officer if {
	given := cases.intelligence_officer
	not admitted(given, graded("C", "A1"))
}

test_a2_does_not_cross_to_officers if {
	given := cases.across
	not admitted(given, graded("C", "A2"))
}

test_a2_does_not_cross_to_analysts if {
	given := cases.analyst
	not admitted(given, graded("C", "A2"))
}

test_a2_crosses_to_intelligence_officers if {
	given := cases.intelligence_officer
	admitted(given, graded("C", "A2"))
}

test_a3_crosses if {
	given := cases.across
	admitted(given, graded("C", "A3"))
}

test_5x5x5_code_4_stays_within_the_force if {
	given := cases.intelligence_officer
	not admitted(given, graded("4", ""))
}

test_5x5x5_code_4_is_shown_within_the_force if {
	given := cases.own
	admitted(given, graded("4", ""))
}

test_5x5x5_code_1_crosses if {
	given := cases.across
	admitted(given, graded("1", ""))
}

test_an_unknown_code_is_admitted_by_nobody if {
	given := cases.own
	not admitted(given, graded("X", ""))
	not admitted(given, graded("P", "A9"))
}
