package ndsc.floor.intelligence_test

import rego.v1

import data.ndsc.cases
import data.ndsc.floor.intelligence

takes(given, facts) if intelligence.admits(facts) with input as given

admitted(given, changes) if takes(given, cases.but(changes))

report := {"kind": "event", "category": "intelligence"}

test_an_officer_of_another_force_reads_none if {
	given := cases.across
	not admitted(given, report)
}

test_an_analyst_may if {
	given := cases.analyst
	admitted(given, report)
}

test_an_intelligence_officer_may if {
	given := cases.intelligence_officer
	admitted(given, report)
}

test_routine_categories_pass if {
	given := cases.across
	admitted(given, {})
}

test_the_floor_leaves_it_to_its_own_force if {
	given := cases.own
	admitted(given, report)
}

test_a_category_nobody_listed_is_admitted_by_nobody if {
	given := cases.own
	not admitted(given, {"category": "gossip"})
}

test_no_category_at_all_is_admitted_by_nobody if {
	given := cases.analyst
	not admitted(given, {"category": ""})
}
