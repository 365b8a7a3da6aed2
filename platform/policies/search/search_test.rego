package ndsc.search_test

import rego.v1

import data.ndsc.cases
import data.ndsc.search

decided(given) := answer if answer := search.decision with input as given

asks_everyone(given) if search.ask_everyone with input as given

asks_own_force(given) if search.ask_own_force with input as given

may_search(given) if decided(given).allowed == true

refused_by(given) := answer.rule if {
	answer := decided(given)
	answer.allowed == false
}

test_an_officer_with_all_of_it_may_search if {
	given := cases.across
	decided(given) == {
		"allowed": true,
		"rule": "search/allowed",
		"ask_everyone": false,
		"ask_everyone_refusal": "all forces are asked only to protect life and property",
		"ask_own_force": false,
	}
}

test_an_analyst_may_search if {
	given := cases.analyst
	may_search(given)
}

test_an_intelligence_officer_may_search if {
	given := cases.intelligence_officer
	may_search(given)
}

test_an_administrator_may_not if {
	given := cases.asking({"subject": {"roles": ["administrator"]}})
	refused_by(given) == "search/role"
}

test_a_security_reviewer_may_not if {
	given := cases.asking({"subject": {"roles": ["security-reviewer"]}})
	refused_by(given) == "search/role"
}

test_nobody_without_a_role_may if {
	given := cases.asking({"subject": {"roles": []}})
	refused_by(given) == "search/role"
}

test_a_token_without_a_force_may_not if {
	given := cases.asking({"subject": {"force": ""}})
	refused_by(given) == "search/identity"
}

test_bpss_is_enough if {
	given := cases.asking({"subject": {"clearance": 1}})
	may_search(given)
}

test_no_clearance_is_not if {
	given := cases.asking({"subject": {"clearance": 0}})
	refused_by(given) == "search/clearance"
}

test_a_clearance_that_does_not_exist_is_none if {
	given := cases.asking({"subject": {"clearance": 5}})
	refused_by(given) == "search/clearance"
}

test_a_clearance_in_words_is_none if {
	given := cases.asking({"subject": {"clearance": "4"}})
	refused_by(given) == "search/clearance"
}

test_the_purpose_protect_life_and_property_will_do if {
	given := cases.asking({"request": {"purpose": "protect-life-and-property", "has_legal_basis": true}})
	may_search(given)
}

test_the_purpose_preserve_order_will_do if {
	given := cases.asking({"request": {"purpose": "preserve-order", "has_legal_basis": true}})
	may_search(given)
}

test_the_purpose_prevent_crime_will_do if {
	given := cases.asking({"request": {"purpose": "prevent-crime", "has_legal_basis": true}})
	may_search(given)
}

test_the_purpose_bring_offenders_to_justice_will_do if {
	given := cases.asking({"request": {"purpose": "bring-offenders-to-justice", "has_legal_basis": true}})
	may_search(given)
}

test_the_purpose_statutory_duty_will_do if {
	given := cases.asking({"request": {"purpose": "statutory-duty", "has_legal_basis": true}})
	may_search(given)
}

test_no_other_purpose_will_do if {
	given := cases.asking({"request": {"purpose": "curiosity"}})
	refused_by(given) == "search/purpose"
}

test_a_purpose_in_capitals_is_another if {
	given := cases.asking({"request": {"purpose": "PREVENT-CRIME"}})
	refused_by(given) == "search/purpose"
}

test_ten_characters_justify if {
	given := cases.asking({"request": {"justification_length": 10}})
	may_search(given)
}

test_nine_do_not if {
	given := cases.asking({"request": {"justification_length": 9}})
	refused_by(given) == "search/justification"
}

test_a_statutory_duty_names_its_statute if {
	given := cases.asking({"request": {"purpose": "statutory-duty"}})
	refused_by(given) == "search/legal-basis"
}

test_a_statutory_duty_that_names_its_statute_will_do if {
	given := cases.asking({"request": {"purpose": "statutory-duty", "has_legal_basis": true}})
	may_search(given)
}

test_a_request_without_a_day_is_refused if {
	given := cases.asking({"request": {"today": null}})
	refused_by(given) == "search/day"
}

test_the_first_thing_missing_is_named if {
	given := cases.asking({"subject": {"roles": []}, "request": {"purpose": "curiosity"}})
	refused_by(given) == "search/role"
}

test_an_empty_question_is_refused if {
	given := {}
	decided(given).allowed == false
}

test_every_requirement_has_a_sentence if {
	each := search.requirements
	count([true | some name in each; search.sentences[name]]) == count(each)
}

life := {"purpose": "protect-life-and-property"}

test_everyone_is_asked_where_life_is_at_stake if {
	given := cases.asking({"request": life})
	asks_everyone(given)
	decided(given).ask_everyone_refusal == ""
}

test_everyone_is_not_asked_otherwise if {
	given := cases.across
	not asks_everyone(given)
}

test_everyone_is_not_asked_for_bpss if {
	given := cases.asking({"request": life, "subject": {"clearance": 1}})
	not asks_everyone(given)
	decided(given).ask_everyone_refusal == "asking all forces needs at least CTC clearance"
}

test_everyone_is_not_asked_for_whoever_may_not_search if {
	given := cases.asking({"request": life, "subject": {"roles": []}})
	not asks_everyone(given)
}

test_the_own_force_is_asked_without_the_index_from_sc_on if {
	given := cases.asking({"subject": {"clearance": 3}})
	asks_own_force(given)
	decided(given).ask_own_force == true
}

test_not_below_sc if {
	given := cases.asking({"subject": {"clearance": 2}})
	not asks_own_force(given)
}

test_not_for_whoever_may_not_search if {
	given := cases.asking({"subject": {"clearance": 3, "roles": []}})
	not asks_own_force(given)
}

test_dv_is_enough if {
	given := cases.asking({"subject": {"clearance": 4}})
	may_search(given)
}

test_a_purpose_outside_the_list_needs_more_than_a_statute if {
	given := cases.asking({"request": {"purpose": "curiosity", "has_legal_basis": true}})
	refused_by(given) == "search/purpose"
}

test_the_day_before_1970_is_no_day if {
	given := cases.asking({"request": {"today": 0}})
	refused_by(given) == "search/day"
}
