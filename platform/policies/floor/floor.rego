# METADATA
# title: The national floor
# description: >
#   A record passes when every rule of the floor admits it. Rules say what they admit, never what they close: a missing
#   or odd fact is then admitted by nobody. No force rule and no agreement can add to this.
package ndsc.floor

import rego.v1

import data.ndsc.floor.classification
import data.ndsc.floor.clearance
import data.ndsc.floor.handling
import data.ndsc.floor.immunity
import data.ndsc.floor.intelligence
import data.ndsc.floor.retention

admits(record) if {
	immunity.admits(record)
	classification.admits(record)
	clearance.admits(record)
	handling.admits(record)
	intelligence.admits(record)
	retention.admits(record)
}

# The order in which a refusal names them: what may least be told comes first.
order := ["immunity", "classification", "handling", "intelligence", "clearance", "retention"]

admits_by("immunity", record) if immunity.admits(record)

admits_by("classification", record) if classification.admits(record)

admits_by("clearance", record) if clearance.admits(record)

admits_by("handling", record) if handling.admits(record)

admits_by("intelligence", record) if intelligence.admits(record)

admits_by("retention", record) if retention.admits(record)

sentences := {
	"immunity": immunity.sentence,
	"classification": classification.sentence,
	"clearance": clearance.sentence,
	"handling": handling.sentence,
	"intelligence": intelligence.sentence,
	"retention": retention.sentence,
}

closed_by(record) := [rule | some rule in order; not admits_by(rule, record)]
