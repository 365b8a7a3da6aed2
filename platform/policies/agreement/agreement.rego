# METADATA
# title: What agreements open
# description: >
#   `data.agreements[CONSUMER][PURPOSE][PROVIDER]` is a list, the least masking agreement first. Each holds `name`,
#   `starts` and `ends` (days), `roles`, `clearance`, `admits` (for each fact, the values that the agreement covers),
#   `masks`, `duties`.
package ndsc.agreement

import rego.v1

listed := object.get(data.agreements, [input.subject.force, input.request.purpose, input.holder], [])

in_force := [a |
	some a in listed
	a.starts <= input.request.today
	a.ends >= input.request.today
]

names_subject(a) if {
	input.subject.clearance >= a.clearance
	some role in input.subject.roles
	role in a.roles
}

applicable := [a | some a in in_force; names_subject(a)]

opens(a, record) if {
	record.force == input.holder
	record.category in a.admits.category
	record.tier in a.admits.tier
	record.sensitive in a.admits.sensitive
	record.handling in a.admits.handling
	record.suspect in a.admits.suspect
	record.convicted in a.admits.convicted
	record.victim in a.admits.victim
	record.witness in a.admits.witness
	record.other_subject in a.admits.other_subject
}

opening(record) := [a | some a in applicable; opens(a, record)]

words := {
	"category": "this category of data",
	"tier": "this classification",
	"sensitive": "records marked -SENSITIVE",
	"handling": "this handling code",
	"suspect": "suspects",
	"convicted": "convicted people",
	"victim": "victims",
	"witness": "witnesses",
	"other_subject": "people otherwise concerned",
}

# Facts in the order in which a refusal names the first that the agreement does not cover.
facts := ["category", "tier", "sensitive", "handling", "victim", "witness", "suspect", "convicted", "other_subject"]

covers(a, record, fact) if record[fact] in a.admits[fact]

uncovered(a, record) := [words[fact] | some fact in facts; not covers(a, record, fact)]

sought(record) := {
	"consumer": input.subject.force,
	"provider": input.holder,
	"purpose": input.request.purpose,
	"category": record.category,
}

# What a refusal says when no agreement opens the record: the nearest agreement, or that there is none.
refusal(record) := {"rule": "agreement/none", "sentence": sentence, "agreement_sought": sought(record)} if {
	count(in_force) == 0
	parties := [input.holder, input.subject.force, input.request.purpose]
	sentence := sprintf("No agreement in force lets %s share with %s for the purpose %s.", parties)
}

refusal(record) := {"rule": "agreement/not-named", "sentence": sentence, "agreement_sought": sought(record)} if {
	count(in_force) > 0
	count(applicable) == 0
	sentence := sprintf("Agreement %s does not name this role and clearance.", [in_force[0].name])
}

refusal(record) := {"rule": "agreement/not-covered", "sentence": sentence, "agreement_sought": sought(record)} if {
	count(applicable) > 0
	gaps := uncovered(applicable[0], record)
	sentence := sprintf("Agreement %s does not cover %s.", [applicable[0].name, gaps[0]])
}
