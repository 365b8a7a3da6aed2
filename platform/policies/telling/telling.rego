# METADATA
# title: What may be told of a refusal
# description: >
#   A refusal says that something is held. Where that alone would do harm, the answer is the same as if nothing were
#   held. Written as what may be told: a missing fact is told to nobody.
package ndsc.telling

import rego.v1

import data.ndsc.agreement
import data.ndsc.categories
import data.ndsc.force
import data.ndsc.search

tellable := categories.routine - force.silent

may_tell(record) if {
	search.allowed
	record.kind in input.request.kinds
	record.immunity == false
	record.tier == 0
	record.category in tellable
	record.action in {"", "A3"}
	record.handling in {"", "P"}
	names_no_victim(record)
}

# Where an agreement stops short of victims or witnesses, its refusal would say of somebody that they are one, or of a
# place that one lives there: to whoever looks for them that is the answer.
names_no_victim(record) if record.kind in {"object", "event"}

names_no_victim(record) if count(agreement.applicable) == 0

names_no_victim(record) if {
	nearest := agreement.applicable[0]
	agreement.covers(nearest, record, "victim")
	agreement.covers(nearest, record, "witness")
}
