package ndsc.floor.immunity_test

import rego.v1

import data.ndsc.cases
import data.ndsc.floor.immunity

takes(given, facts) if immunity.admits(facts) with input as given

admitted(given, changes) if takes(given, cases.but(changes))

test_an_ordinary_record_crosses if {
	given := cases.across
	admitted(given, {})
}

test_an_immune_record_does_not if {
	given := cases.across
	not admitted(given, {"immunity": true})
}

test_not_even_to_an_intelligence_officer if {
	given := cases.intelligence_officer
	not admitted(given, {"immunity": true})
}

test_the_floor_leaves_it_to_its_own_force if {
	given := cases.own
	admitted(given, {"immunity": true})
}

test_an_unknown_immunity_is_admitted_by_nobody if {
	given := cases.across
	not admitted(given, {"immunity": null})
}

test_an_unknown_immunity_is_not_admitted_in_its_own_force if {
	given := cases.own
	not admitted(given, {"immunity": null})
	not takes(given, object.remove(cases.record, ["immunity"]))
}
