package ndsc.masks_test

import rego.v1

import data.ndsc.cases
import data.ndsc.masks

found(given, facts) := masked if masked := masks.national(facts) with input as given

masked_fields(given, changes) := {entry |
	some mask in found(given, cases.but(changes))
	entry := [mask.field, mask.treatment]
}

victim := {"suspect": false, "victim": true}

test_an_adult_suspect_is_shown_as_held if {
	given := cases.across
	masked_fields(given, {}) == set()
}

test_a_victim_s_address_and_contacts_are_withheld if {
	given := cases.across
	masked_fields(given, victim) == {["home", "withheld"], ["phones", "withheld"], ["emails", "withheld"]}
}

test_a_witness_s_too if {
	given := cases.across
	masked_fields(given, {"suspect": false, "witness": true}) == {["home", "withheld"], ["phones", "withheld"], ["emails", "withheld"]}
}

test_not_when_they_are_a_suspect_as_well if {
	given := cases.across
	masked_fields(given, {"victim": true}) == set()
}

test_not_when_they_were_convicted_as_well if {
	given := cases.across
	masked_fields(given, {"suspect": false, "convicted": true, "victim": true}) == set()
}

test_a_child_is_generalised if {
	given := cases.across
	masked_fields(given, {"born": 18000}) == {
		["date_of_birth", "year-only"], ["home", "area-only"], ["phones", "withheld"], ["emails", "withheld"],
	}
}

test_childhood_ends_at_18_years if {
	given := cases.across
	count(masked_fields(given, {"born": 14026})) == 4
	masked_fields(given, {"born": 14025}) == set()
}

test_the_original_text_of_intelligence_does_not_cross if {
	given := cases.across
	masked_fields(given, {"kind": "event", "category": "intelligence"}) == {["summary", "withheld"]}
}

test_the_text_of_a_sensitive_record_does_not_cross if {
	given := cases.across
	masked_fields(given, {"sensitive": true}) == {["summary", "withheld"]}
}

test_a_victim_s_place_is_generalised if {
	given := cases.across
	masked_fields(given, cases.changed(victim, {"kind": "location"})) == {
		["address", "area-only"], ["latitude", "area-only"], ["longitude", "area-only"], ["easting", "area-only"], ["northing", "area-only"],
	}
}

test_nothing_is_masked_in_one_s_own_force if {
	given := cases.own
	found(given, cases.but(victim)) == []
}

test_whose_birth_is_not_a_day_is_treated_as_a_child if {
	given := cases.across
	count(masked_fields(given, {"born": null})) == 4
}

test_who_is_not_known_to_be_no_victim_is_treated_as_one if {
	given := cases.across
	["home", "withheld"] in masked_fields(given, {"suspect": false, "victim": null})
}

test_a_victim_s_event_keeps_its_attributes if {
	given := cases.across
	masked_fields(given, {"kind": "event", "suspect": false, "victim": true}) == set()
}

test_only_people_are_children if {
	given := cases.across
	each := ["event", "location", "object"]
	count([kind | some kind in each; count(masked_fields(given, {"kind": kind, "born": null})) > 0]) == 0
}

test_nor_is_what_is_of_no_known_kind if {
	given := cases.across
	masked_fields(given, cases.changed(victim, {"kind": "rumour", "born": null})) == set()
}
