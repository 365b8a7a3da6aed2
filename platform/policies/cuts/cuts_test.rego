package ndsc.cuts_test

import rego.v1

import data.ndsc.cases
import data.ndsc.cuts

on(given) := found if found := cuts.all with input as given

test_childhood_and_review_are_cut_on_the_day_of_the_request if {
	given := cases.across
	on(given).record.born == [14025]
	on(given).record.review_on == [20600, -1000000, 10000000]
}

test_the_justification_is_cut_at_its_least_length if {
	given := cases.across
	on(given).request.justification_length == [10]
}
