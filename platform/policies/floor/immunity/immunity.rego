# METADATA
# title: Public interest immunity never leaves the force
package ndsc.floor.immunity

import rego.v1

import data.ndsc.crossing

sentence := "Records under public interest immunity never leave the force that holds them."

admitted := {false} if crossing.crosses

admitted := {false, true} if crossing.own

admits(record) if record.immunity in admitted
