# METADATA
# title: Intelligence crosses to intelligence roles only
# description: Also closes every category that is not on the list of categories.
package ndsc.floor.intelligence

import rego.v1

import data.ndsc.categories
import data.ndsc.crossing

sentence := "Intelligence crosses between forces to analysts and intelligence officers only."

reader if {
	some role in input.subject.roles
	role in {"analyst", "intelligence-officer"}
}

admitted := categories.all if crossing.own

admitted := categories.all if {
	crossing.crosses
	reader
}

admitted := categories.routine if {
	crossing.crosses
	not reader
}

admits(record) if record.category in admitted
