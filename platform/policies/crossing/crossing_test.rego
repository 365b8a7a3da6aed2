package ndsc.crossing_test

import rego.v1

import data.ndsc.cases
import data.ndsc.crossing

crosses(given) if crossing.crosses with input as given

is_own(given) if crossing.own with input as given

test_another_force_asking_crosses if {
	given := cases.across
	crosses(given)
	not is_own(given)
}

test_the_holder_asking_does_not_cross if {
	given := cases.own
	is_own(given)
	not crosses(given)
}

test_without_a_holder_it_is_neither if {
	given := {"subject": cases.subject}
	not is_own(given)
	not crosses(given)
}

test_without_a_force_it_is_neither if {
	given := {"holder": "south-wales"}
	not is_own(given)
	not crosses(given)
}
