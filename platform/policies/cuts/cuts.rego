# METADATA
# title: Where the rules cut a number
# description: >
#   For each number, the values that some rule compares it with. Two numbers between the same cuts are the same to every
#   rule, so a decider may judge one for both; what is not listed here is judged as it stands. A test judges random
#   records both ways.
package ndsc.cuts

import rego.v1

import data.ndsc.floor.retention
import data.ndsc.masks
import data.ndsc.search

record := {
	"born": [masks.child_after],
	"review_on": [input.request.today, -1000000, retention.latest],
	"updated_on": [],
	"retention_group": [],
}

request := {"justification_length": [search.shortest_justification]}

all := {"record": record, "request": request}
