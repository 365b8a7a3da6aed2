package ndsc.floor_test

import rego.v1

import data.ndsc.cases
import data.ndsc.floor

takes(given, facts) if floor.admits(facts) with input as given

closed(given, facts) := rules if rules := floor.closed_by(facts) with input as given

closing := {
	"immunity": {"immunity": true},
	"classification": {"tier": 1},
	"handling": {"handling": "C", "action": "A1"},
	"intelligence": {"category": "intelligence"},
	"clearance": {"tier": 2},
	"retention": {"review_on": 0},
}

test_an_ordinary_record_passes if {
	given := cases.across
	takes(given, cases.record)
	closed(given, cases.record) == []
}

test_each_rule_alone_closes if {
	given := cases.across
	count([true | some rule in floor.order; takes(given, cases.but(closing[rule]))]) == 0
	count([true | some rule in floor.order; rule in closed(given, cases.but(closing[rule]))]) == count(closing)
}

test_what_may_least_be_told_is_named_first if {
	given := cases.across
	closed(given, cases.but({"immunity": true, "review_on": 0})) == ["immunity", "retention"]
}

test_every_rule_is_in_the_order_and_has_a_sentence if {
	{rule | some rule in floor.order} == object.keys(closing)
	each := floor.order
	count([true | some rule in each; floor.sentences[rule]]) == count(each)
}

test_a_record_without_facts_passes_nothing if {
	given := cases.across
	not takes(given, {})
}

test_a_record_without_facts_passes_nothing_in_its_own_force if {
	given := cases.own
	not takes(given, {})
}

test_dv_does_not_make_secret_cross if {
	given := cases.asking({"subject": {"clearance": 4}})
	not takes(given, cases.but({"tier": 1}))
}

test_bpss_does_not_read_sensitive_across_forces if {
	given := cases.asking({"subject": {"clearance": 1}})
	not takes(given, cases.but({"sensitive": true}))
}
