# METADATA
# title: Clearance covers the marking
# description: >
#   SECRET needs SC and TOP SECRET needs DV, in one's own force too. Across forces, -SENSITIVE and caveated records
#   need CTC. Clearances are 0 none, 1 BPSS, 2 CTC, 3 SC, 4 DV.
package ndsc.floor.clearance

import rego.v1

import data.ndsc.crossing

sentence := "The record's marking needs a higher clearance."

tiers_by_clearance := {1: {0}, 2: {0}, 3: {0, 1}, 4: {0, 1, 2}}

tiers := tiers_by_clearance[input.subject.clearance]

restricted := {false, true} if crossing.own

restricted := {false, true} if {
	crossing.crosses
	input.subject.clearance >= 2
}

restricted := {false} if {
	crossing.crosses
	input.subject.clearance < 2
}

admits(record) if {
	record.tier in tiers
	record.sensitive in restricted
	record.caveated in restricted
}
