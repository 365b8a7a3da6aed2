# METADATA
# title: Nothing above OFFICIAL crosses between forces here
# description: Tiers are 0 OFFICIAL, 1 SECRET, 2 TOP SECRET (Government Security Classifications Policy).
package ndsc.floor.classification

import rego.v1

import data.ndsc.crossing

sentence := "Records classified above OFFICIAL never cross between forces on this network."

tiers := {0} if crossing.crosses

tiers := {0, 1, 2} if crossing.own

admits(record) if record.tier in tiers
