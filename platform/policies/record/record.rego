# METADATA
# title: What one record shows
# description: >
#   `visible` is the one rule behind the filter, the batch and the explanation. It compares plain facts of the record
#   with values that are known beforehand, and nothing else, so that an engine can turn it into a database filter.
#   Order of authority: the search itself, the national floor, then the holder's rules, then an agreement.
package ndsc.record

import rego.v1

import data.ndsc.agreement
import data.ndsc.crossing
import data.ndsc.duties
import data.ndsc.floor
import data.ndsc.force
import data.ndsc.masks
import data.ndsc.search
import data.ndsc.telling

asked_for(record) if record.kind in input.request.kinds

visible(record) if {
	crossing.own
	search.allowed
	asked_for(record)
	floor.admits(record)
	force.shows_own(record)
}

visible(record) if {
	crossing.crosses
	search.allowed
	asked_for(record)
	floor.admits(record)
	force.shares(record)
	some a in agreement.applicable
	agreement.opens(a, record)
}

filter if visible(input.record)

# One answer for each record, told by its place in the list. A decider takes a missing answer for "no".
decisions := array.concat(opened, refused)

seen := {at |
	record := input.records[at]
	visible(record)
}

opened := [decision | some at in seen; record := input.records[at]; decision := open_record(at, record)]

refused := [decision |
	record := input.records[at]
	not at in seen
	decision := {"at": at, "visible": false, "refusal": refusal(record), "tell": tell(record)}
]

tell(record) := count([true | telling.may_tell(record)]) > 0

open_record(at, record) := {
	"at": at,
	"visible": true,
	"rule": "force/own-access",
	"masks": [],
	"duties": duties.of(record),
} if {
	crossing.own
}

open_record(at, record) := {
	"at": at,
	"visible": true,
	"rule": "agreement/opens",
	"agreement": opened_by.name,
	"masks": array.concat(masks.national(record), opened_by.masks),
	"duties": array.concat(duties.of(record), opened_by.duties),
} if {
	crossing.crosses
	opened_by := agreement.opening(record)[0]
}

refusal(_) := {"rule": search.decision.rule, "sentence": search.decision.sentence} if not search.allowed

refusal(record) := {"rule": "search/kind", "sentence": "The search did not ask for this kind of record."} if {
	search.allowed
	not asked_for(record)
}

refusal(record) := {"rule": concat("/", ["floor", closed[0]]), "sentence": floor.sentences[closed[0]]} if {
	search.allowed
	asked_for(record)
	closed := floor.closed_by(record)
	count(closed) > 0
}

refusal(record) := {"rule": concat("/", ["force", name]), "sentence": force.sentences[name]} if {
	search.allowed
	asked_for(record)
	floor.admits(record)
	name := closed_by_force(record)
}

refusal(record) := agreement.refusal(record) if {
	search.allowed
	asked_for(record)
	floor.admits(record)
	force.shares(record)
}

closed_by_force(record) := "own-access" if {
	crossing.own
	not force.shows_own(record)
}

closed_by_force(record) := "withheld-category" if {
	crossing.crosses
	not force.shares(record)
}
