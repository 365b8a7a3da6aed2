# METADATA
# title: What binds whoever received the record
package ndsc.duties

import rego.v1

import data.ndsc.crossing

order := [
	"no-onward-sharing", "covert-use-only", "ask-originator-before-sanitising", "observe-handling-conditions",
	"treat-as-assessment", "treat-as-suspected-false", "review-overdue",
]

applies("no-onward-sharing", _) if crossing.crosses

applies("covert-use-only", record) if record.action == "A2"

applies("ask-originator-before-sanitising", record) if {
	crossing.crosses
	record.handling == "C"
}

applies("observe-handling-conditions", record) if record.handling in {"C", "5"}

applies("treat-as-assessment", record) if record.assessment == true

applies("treat-as-suspected-false", record) if record.grading in {"1EP", "2EP", "3EP", "1EC", "2EC", "3EC"}

applies("review-overdue", record) if record.review_on < input.request.today

sentences := {
	"no-onward-sharing": "Do not pass this record on: ask the force that holds it.",
	"covert-use-only": "Use covertly only: nothing overt may rest on this record.",
	"ask-originator-before-sanitising": "Consult the originator before sanitising this for a wider audience.",
	"observe-handling-conditions": "The originator's handling conditions go with this record and bind you.",
	"treat-as-assessment": "This is a personal assessment, not a fact.",
	"treat-as-suspected-false": "The originator suspects this to be false.",
	"review-overdue": "The retention review of this record is overdue.",
}

of(record) := [{"name": name, "sentence": sentences[name]} | some name in order; applies(name, record)]
