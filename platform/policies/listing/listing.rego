# METADATA
# title: How a record is listed in the registry of who holds what
# description: >
#   `visible`: a searcher is led to this force. `silent`: the holder learns of the search, the searcher learns nothing.
#   `never`: not listed at all, which is also the answer for a record that these rules cannot place.
package ndsc.listing

import rego.v1

import data.ndsc.categories
import data.ndsc.force

crossing_actions := {"", "A2", "A3"}

crossing_codes := {"", "P", "C", "1", "2", "3", "5"}

shareable(record) if {
	record.immunity == false
	record.tier == 0
	record.category in categories.all
}

led_to(record) if {
	record.category in force.shared
	record.action in crossing_actions
	record.handling in crossing_codes
}

listing(record) := "visible" if {
	shareable(record)
	led_to(record)
}

listing(record) := "silent" if {
	shareable(record)
	not led_to(record)
}

listing(record) := "never" if not shareable(record)

listings := [{"at": at, "listing": where} |
	record := input.records[at]
	where := listing(record)
]
