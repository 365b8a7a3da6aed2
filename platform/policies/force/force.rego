# METADATA
# title: What each force decides for its own records
# description: >
#   `data.force_rules[FORCE]` may hold `withheld_categories` (never shared with other forces), `silent_categories` (their
#   refusal is never told) and `intelligence_roles` (who reads the force's own intelligence). All are optional, and each
#   can only narrow what the floor admits.
package ndsc.force

import rego.v1

import data.ndsc.categories
import data.ndsc.crossing

rules := object.get(data.force_rules, [input.holder], {})

withheld := {category | some category in object.get(rules, "withheld_categories", [])}

silent := {category | some category in object.get(rules, "silent_categories", [])}

intelligence_roles := object.get(rules, "intelligence_roles", ["analyst", "intelligence-officer"])

shared := categories.all - withheld

intelligence_reader if {
	some role in input.subject.roles
	role in intelligence_roles
}

# Records that must be kept from the force's own officers too: covert, held for the originator, or immune.
guardian if {
	"intelligence-officer" in input.subject.roles
	input.subject.clearance >= 3
}

own_categories := categories.all if intelligence_reader

own_categories := categories.routine if not intelligence_reader

own_actions := {"", "A1", "A2", "A3"} if guardian

own_actions := {"", "A3"} if not guardian

own_immunity := {false, true} if guardian

own_immunity := {false} if not guardian

shares(record) if {
	crossing.crosses
	record.category in shared
}

shows_own(record) if {
	crossing.own
	record.force == input.subject.force
	record.category in own_categories
	record.action in own_actions
	record.immunity in own_immunity
}

sentences := {
	"withheld-category": "The force that holds the record does not share this category of data.",
	"own-access": "Your own force's rules do not open this record to your role and clearance.",
}
