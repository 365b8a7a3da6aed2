# METADATA
# title: The data categories that rules and agreements may name
# description: A record of any other category is shown to nobody.
package ndsc.categories

import rego.v1

intelligence := {"intelligence"}

routine := {
	"nominal", "vehicle", "phone", "weapon", "drug", "document", "property", "location",
	"crime", "incident", "stop-search", "custody", "missing-person",
}

all := routine | intelligence
