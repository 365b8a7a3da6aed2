package ndsc.telling_test

import rego.v1

import data.ndsc.cases
import data.ndsc.telling

told_to(given, facts) if telling.may_tell(facts) with input as given

told(given, changes) if told_to(given, cases.but(changes))

test_a_routine_refusal_is_told if {
	given := cases.across
	told(given, {})
}

test_what_would_harm_is_not_told if {
	given := cases.across
	each := [
		{"immunity": true}, {"tier": 1}, {"category": "intelligence"}, {"handling": "C", "action": "A1"},
		{"handling": "C", "action": "A2"}, {"handling": "C", "action": "A3"}, {"handling": "4"},
		{"category": "gossip"}, {"immunity": null},
	]
	count([true | some facts in each; told(given, facts)]) == 0
}

test_a_force_may_ask_for_silence if {
	given := cases.at_avon
	not told_to(given, cases.record)
	told_to(given, cases.but({"category": "vehicle"}))
}

test_who_may_not_search_is_told_of_no_record if {
	given := cases.asking({"subject": {"roles": []}})
	not told_to(given, cases.record)
}

test_what_was_not_asked_for_is_not_told if {
	given := cases.changed(cases.across, {"request": {"kinds": ["event"]}})
	not told_to(given, cases.record)
}

test_a_record_without_facts_is_not_told if {
	given := cases.across
	not told_to(given, {})
}

test_an_action_without_its_code_is_not_told if {
	given := cases.across
	not told(given, {"action": "A1"})
}

test_that_an_agreement_stops_short_of_victims_is_not_told if {
	given := cases.at_avon
	vehicle := {"category": "vehicle"}
	told_to(given, cases.but(vehicle))
	each := [object.union(vehicle, {"victim": true}), object.union(vehicle, {"victim": null})]
	count([true | some facts in each; told_to(given, cases.but(facts))]) == 0
	told_to(given, cases.but(object.union(vehicle, {"victim": true, "kind": "event"})))
	not told_to(given, cases.but(object.union(vehicle, {"victim": true, "kind": "location"})))
}
