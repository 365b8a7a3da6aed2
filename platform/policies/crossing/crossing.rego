# METADATA
# title: Own force or across forces
# description: >
#   `input.holder` is the force whose node is asked. Both rules are undefined, and so deny, when either force is missing.
package ndsc.crossing

import rego.v1

own if input.subject.force == input.holder

crosses if input.subject.force != input.holder
