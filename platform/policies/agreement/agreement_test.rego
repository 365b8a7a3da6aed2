package ndsc.agreement_test

import rego.v1

import data.ndsc.agreement
import data.ndsc.cases

applying(given) := found if found := agreement.applicable with input as given

applying_names(given) := [found.name | some found in applying(given)]

opened_by(given, terms, facts) if agreement.opens(terms, facts) with input as given

refused(given, facts) := why if why := agreement.refusal(facts) with input as given

as_force(force) := cases.asking({"subject": {"force": force}})

roads := data.agreements.gwent["prevent-crime"]["south-wales"][0]

rivers := data.agreements.gwent["prevent-crime"].avon[0]

test_the_agreement_of_the_pair_and_purpose_applies if {
	given := cases.asking({})
	applying_names(given) == ["roads"]
}

test_it_applies_on_its_first_day if {
	given := as_force("first-day")
	applying_names(given) == ["starts-today"]
}

test_it_applies_on_its_last_day if {
	given := as_force("last-day")
	applying_names(given) == ["ends-today"]
}

test_not_before if {
	given := as_force("future")
	applying_names(given) == []
}

test_not_after if {
	given := as_force("past")
	applying_names(given) == []
}

test_it_applies_to_the_roles_it_names if {
	given := as_force("analysts")
	applying_names(given) == []
}

test_it_asks_for_its_clearance if {
	given := as_force("vetted")
	applying_names(given) == []
}

test_another_purpose_has_no_agreement if {
	given := cases.asking({"request": {"purpose": "preserve-order"}})
	applying_names(given) == []
}

test_another_consumer_has_no_agreement if {
	given := as_force("kent")
	applying_names(given) == []
}

test_another_holder_has_no_agreement if {
	given := cases.asking({"holder": "kent"})
	applying_names(given) == []
}

test_it_opens_what_it_covers if {
	given := cases.across
	opened_by(given, roads, cases.record)
}

test_nothing_else if {
	given := cases.across
	each := [
		{"category": "custody"}, {"tier": 1}, {"sensitive": true}, {"handling": "C"}, {"suspect": null},
		{"convicted": null}, {"victim": null}, {"witness": null}, {"other_subject": null}, {"force": "kent"},
	]
	count([true | some facts in each; opened_by(given, roads, cases.but(facts))]) == 0
}

test_an_excluded_subject_stays_closed if {
	given := cases.across
	without_victims := cases.changed(roads, {"admits": {"victim": [false]}})
	opened_by(given, without_victims, cases.record)
	not opened_by(given, without_victims, cases.but({"victim": true}))
}

test_terms_without_what_they_admit_open_nothing if {
	given := cases.across
	not opened_by(given, {"name": "empty"}, cases.record)
}

test_without_an_agreement_the_refusal_says_which_was_sought if {
	given := as_force("kent")
	why := refused(given, cases.record)
	why.rule == "agreement/none"
	why.sentence == "No agreement in force lets south-wales share with kent for the purpose prevent-crime."
	sought := {"consumer": "kent", "provider": "south-wales", "purpose": "prevent-crime", "category": "nominal"}
	why.agreement_sought == sought
}

test_an_expired_agreement_is_none if {
	given := as_force("past")
	refused(given, cases.record).rule == "agreement/none"
}

test_an_agreement_for_other_roles_is_named if {
	given := as_force("analysts")
	why := refused(given, cases.record)
	why.rule == "agreement/not-named"
	why.sentence == "Agreement for-analysts does not name this role and clearance."
}

test_an_agreement_that_stops_short_says_where if {
	given := cases.across
	why := refused(given, cases.but({"category": "custody", "sensitive": true}))
	why.rule == "agreement/not-covered"
	why.sentence == "Agreement roads does not cover this category of data."
}

test_each_fact_it_may_not_cover_has_words if {
	each := agreement.facts
	count([true | some fact in each; agreement.words[fact]]) == count(each)
}

test_its_own_clearance_is_enough if {
	given := cases.asking({"subject": {"force": "vetted", "clearance": 3}})
	applying_names(given) == ["for-the-vetted"]
}
