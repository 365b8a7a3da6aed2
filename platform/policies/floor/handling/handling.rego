# METADATA
# title: Handling codes bind across forces
# description: >
#   3x5x2 (College of Policing APP): under code C, action A1 means no action without the originator's permission, so it
#   does not cross; A2 is covert use only, so it crosses to intelligence officers alone. Legacy 5x5x5 handling code 4
#   stays within the force.
package ndsc.floor.handling

import rego.v1

import data.ndsc.crossing

sentence := "The intelligence handling code does not allow sharing with this person."

overt := {"", "A3"}

actions := {"", "A1", "A2", "A3"} if crossing.own

actions := overt | {"A2" | some role in input.subject.roles; role == "intelligence-officer"} if crossing.crosses

codes := {"", "P", "C", "1", "2", "3", "4", "5"} if crossing.own

codes := {"", "P", "C", "1", "2", "3", "5"} if crossing.crosses

admits(record) if {
	record.action in actions
	record.handling in codes
}
