# METADATA
# title: May this person search for this purpose
# description: >
#   Role, clearance, purpose and justification come before any record (DPA 2018 s.35 and s.36: lawful, and for a
#   specified purpose). Each requirement is a rule of its own, so that a refusal can name the first that fails.
package ndsc.search

import rego.v1

purposes := {
	"protect-life-and-property", "preserve-order", "prevent-crime", "bring-offenders-to-justice", "statutory-duty",
}

roles := {"officer", "analyst", "intelligence-officer"}

# Characters. Enough for "stolen car", too much for "x".
shortest_justification := 10

lowest_clearance := 1

requirements := ["identity", "role", "clearance", "purpose", "justification", "legal-basis", "day"]

met contains "identity" if {
	is_string(input.subject.force)
	input.subject.force != ""
}

met contains "role" if {
	some role in input.subject.roles
	role in roles
}

met contains "clearance" if {
	is_number(input.subject.clearance)
	input.subject.clearance >= lowest_clearance
	input.subject.clearance <= 4
}

met contains "purpose" if input.request.purpose in purposes

met contains "justification" if {
	is_number(input.request.justification_length)
	input.request.justification_length >= shortest_justification
}

met contains "legal-basis" if {
	input.request.purpose in purposes
	input.request.purpose != "statutory-duty"
}

met contains "legal-basis" if input.request.has_legal_basis == true

met contains "day" if {
	is_number(input.request.today)
	input.request.today > 0
}

sentences := {
	"identity": "The token names no force, and only a member of a force may search.",
	"role": "Only officers, analysts and intelligence officers may search records.",
	"clearance": "Searching needs at least BPSS clearance.",
	"purpose": "A search needs one of the five policing purposes.",
	"justification": "A search needs a justification of at least ten characters.",
	"legal-basis": "A search for a statutory duty must name the statute.",
	"day": "The day of the request is not known.",
}

missing := [name | some name in requirements; not name in met]

allowed if count(missing) == 0

# A query that gives no index token (a forename alone) may be sent to every force only where life is at stake.
met_for_everyone contains "purpose" if input.request.purpose == "protect-life-and-property"

met_for_everyone contains "clearance" if input.subject.clearance >= 2

everyone_clauses := {
	"purpose": "all forces are asked only to protect life and property",
	"clearance": "asking all forces needs at least CTC clearance",
}

everyone_lacks := [everyone_clauses[name] | some name in ["purpose", "clearance"]; not name in met_for_everyone]

ask_everyone if {
	allowed
	count(everyone_lacks) == 0
}

# What the registry may not know of (immune, or above OFFICIAL) is looked for in the officer's own force without it, by
# those whose clearance can open any of it.
ask_own_force if {
	allowed
	input.subject.clearance >= 3
}

decision := {
	"allowed": true,
	"rule": "search/allowed",
	"ask_everyone": asks,
	"ask_everyone_refusal": concat(", and ", everyone_lacks),
	"ask_own_force": own,
} if {
	allowed
	asks := count([1 | ask_everyone]) == 1
	own := count([1 | ask_own_force]) == 1
}

decision := {"allowed": false, "rule": rule, "sentence": sentences[missing[0]]} if {
	count(missing) > 0
	rule := concat("/", ["search", missing[0]])
}
