package ndsc.categories_test

import rego.v1

import data.ndsc.categories

test_intelligence_is_not_routine if {
	not "intelligence" in categories.routine
}

test_all_is_both if {
	categories.all == categories.routine | {"intelligence"}
}

test_there_are_fourteen if {
	count(categories.all) == 14
}
