# METADATA
# title: The cases that tests start from
# description: >
#   One ordinary search by an officer of gwent at south-wales, and one ordinary record; the agreements and force rules of
#   the tests are in cases.json. Each test
#   asks under one input, which its first line names `given`; only helpers say `with input as given`, so that an engine
#   without `with` can run the tests too.
package ndsc.cases

import rego.v1

subject := {"force": "gwent", "roles": ["officer"], "clearance": 2}

request := {
	"purpose": "prevent-crime",
	"justification_length": 20,
	"has_legal_basis": false,
	"has_reference": true,
	"kinds": ["person", "object", "location", "event"],
	"today": 20600,
}

across := {"subject": subject, "request": request, "holder": "south-wales", "records": []}

own := changed(across, {"subject": {"force": "south-wales"}})

spy := {"force": "gwent", "roles": ["intelligence-officer"], "clearance": 3}

intelligence_officer := changed(across, {"subject": spy})

own_guardian := changed(own, {"subject": {"roles": ["intelligence-officer"], "clearance": 3}})

analyst := changed(across, {"subject": {"roles": ["analyst"]}})

record := {
	"force": "south-wales",
	"kind": "person",
	"category": "nominal",
	"tier": 0,
	"sensitive": false,
	"caveated": false,
	"grading": "",
	"handling": "",
	"action": "",
	"immunity": false,
	"assessment": false,
	"suspect": true,
	"convicted": false,
	"victim": false,
	"witness": false,
	"other_subject": false,
	"born": 8000,
	"retention_group": 3,
	"review_on": 25000,
	"updated_on": 20000,
}

# The record with some facts changed.
but(changes) := object.union(record, changes)

# A question or an agreement with parts of its parts changed; `object.union` alone goes one level deep in one engine, and
# all the way in the other.
changed(base, changes) := object.union(object.union(base, changes), parts) if {
	parts := {name: object.union(base[name], changes[name]) |
		some name in ["subject", "request", "admits"]
		base[name]
		changes[name]
	}
}

# The search with some parts changed.
asking(changes) := changed(across, changes)

# An ordinary search at avon, which has rules of its own.
at_avon := asking({"holder": "avon"})

in_avon := {"subject": object.union(subject, {"force": "avon"}), "request": request, "holder": "avon", "records": []}
