# METADATA
# title: What is shown less exactly, or not at all
# description: >
#   National masks, for records that cross between forces. An agreement's own masks are added to these and take none away.
package ndsc.masks

import rego.v1

import data.ndsc.crossing

# 18 years, rounded up so that nobody under 18 is missed by a leap day.
minority_days := 6575

child_after := input.request.today - minority_days

# Everybody counts as a victim or witness, and as a child, unless the facts say otherwise.
known_otherwise(record) if {
	record.victim == false
	record.witness == false
}

known_otherwise(record) if record.suspect == true

known_otherwise(record) if record.convicted == true

known_adult(record) if {
	is_number(record.born)
	record.born <= child_after
}

applies("victim-contact", record) if {
	record.kind == "person"
	not known_otherwise(record)
}

applies("child", record) if {
	record.kind == "person"
	not known_adult(record)
}

applies("intelligence-source-text", record) if record.category == "intelligence"

applies("sensitive-text", record) if record.sensitive == true

applies("victim-place", record) if {
	record.kind == "location"
	not known_otherwise(record)
}

table := {
	"victim-contact": [
		{"field": "home", "treatment": "withheld"},
		{"field": "phones", "treatment": "withheld"},
		{"field": "emails", "treatment": "withheld"},
	],
	"child": [
		{"field": "date_of_birth", "treatment": "year-only"},
		{"field": "home", "treatment": "area-only"},
		{"field": "phones", "treatment": "withheld"},
		{"field": "emails", "treatment": "withheld"},
	],
	# An intelligence report carries a sanitised text apart from the original (APP): only the former crosses.
	"intelligence-source-text": [{"field": "summary", "treatment": "withheld"}],
	"sensitive-text": [{"field": "summary", "treatment": "withheld"}],
	"victim-place": [
		{"field": "address", "treatment": "area-only"},
		{"field": "latitude", "treatment": "area-only"},
		{"field": "longitude", "treatment": "area-only"},
		{"field": "easting", "treatment": "area-only"},
		{"field": "northing", "treatment": "area-only"},
	],
}

national(record) := [mask |
	crossing.crosses
	some name in object.keys(table)
	applies(name, record)
	some mask in table[name]
]
