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

# A person who is held for nothing but having suffered or seen something.
protected(record) if {
	record.victim == true
	record.suspect == false
	record.convicted == false
}

protected(record) if {
	record.witness == true
	record.suspect == false
	record.convicted == false
}

applies("victim-contact", record) if {
	record.kind == "person"
	protected(record)
}

applies("child", record) if {
	record.kind == "person"
	record.born > child_after
}

applies("intelligence-source-text", record) if record.category == "intelligence"

applies("sensitive-text", record) if record.sensitive == true

applies("victim-place", record) if {
	record.kind == "location"
	protected(record)
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
