package ndsc.floor.clearance_test

import rego.v1

import data.ndsc.cases
import data.ndsc.floor.clearance

takes(given, facts) if clearance.admits(facts) with input as given

admitted(given, changes) if takes(given, cases.but(changes))

cleared_own(level) := cases.changed(cases.own, {"subject": {"clearance": level}})

cleared(level) := cases.asking({"subject": {"clearance": level}})

test_secret_needs_sc if {
	given := cleared_own(2)
	not admitted(given, {"tier": 1})
}

test_secret_opens_to_sc if {
	given := cleared_own(3)
	admitted(given, {"tier": 1})
}

test_top_secret_needs_dv if {
	given := cleared_own(3)
	not admitted(given, {"tier": 2})
}

test_top_secret_opens_to_dv if {
	given := cleared_own(4)
	admitted(given, {"tier": 2})
}

test_without_clearance_there_is_nothing if {
	given := cleared_own(0)
	not admitted(given, {})
}

test_an_invented_clearance_opens_nothing if {
	given := cleared_own(9)
	not admitted(given, {})
}

test_sensitive_needs_ctc_across_forces if {
	given := cleared(1)
	not admitted(given, {"sensitive": true})
}

test_sensitive_opens_to_ctc_across_forces if {
	given := cleared(2)
	admitted(given, {"sensitive": true})
}

test_caveats_need_ctc_across_forces if {
	given := cleared(1)
	not admitted(given, {"caveated": true})
}

test_caveats_open_to_ctc_across_forces if {
	given := cleared(2)
	admitted(given, {"caveated": true})
}

test_bpss_reads_the_rest_across_forces if {
	given := cleared(1)
	admitted(given, {})
}

test_bpss_reads_sensitive_in_its_own_force if {
	given := cleared_own(1)
	admitted(given, {"sensitive": true})
}

test_an_unknown_marking_is_admitted_by_nobody if {
	given := cleared_own(4)
	not admitted(given, {"sensitive": null})
	not admitted(given, {"caveated": null})
}
