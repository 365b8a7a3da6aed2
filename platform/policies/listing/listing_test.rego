package ndsc.listing_test

import rego.v1

import data.ndsc.cases
import data.ndsc.listing

placed(given, facts) := where if where := listing.listing(facts) with input as given

listed(given, changes) := placed(given, cases.but(changes))

batch(given) := found if found := listing.listings with input as given

test_an_ordinary_record_leads_to_its_holder if {
	given := cases.across
	listed(given, {}) == "visible"
}

test_shareable_intelligence_does if {
	given := cases.across
	listed(given, {"category": "intelligence", "handling": "P"}) == "visible"
}

test_what_waits_for_its_originator_is_silent if {
	given := cases.across
	listed(given, {"handling": "C", "action": "A1"}) == "silent"
}

test_what_stays_in_the_force_is_silent if {
	given := cases.across
	listed(given, {"handling": "4"}) == "silent"
}

test_a_withheld_category_is_silent if {
	given := cases.at_avon
	placed(given, cases.but({"category": "custody"})) == "silent"
}

test_immune_and_classified_records_are_never_listed if {
	given := cases.across
	listed(given, {"immunity": true}) == "never"
	listed(given, {"tier": 1}) == "never"
}

test_a_record_that_cannot_be_placed_is_never_listed if {
	given := cases.across
	listed(given, {"category": "gossip"}) == "never"
	listed(given, {"immunity": null}) == "never"
}

test_a_batch_keeps_its_places if {
	given := cases.asking({"records": [cases.record, cases.but({"tier": 2})]})
	found := batch(given)
	{"visible": 0, "never": 1} == {answer.listing: answer.at | some answer in found}
}
