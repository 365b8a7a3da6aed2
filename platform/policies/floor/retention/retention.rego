# METADATA
# title: A record whose review is overdue is not shared
# description: DPA 2018 s.39(2), periodic review. Days are counted from 1970-01-01.
package ndsc.floor.retention

import rego.v1

import data.ndsc.crossing

sentence := "The record's retention review is overdue, so it is not shared until it has been reviewed."

earliest := input.request.today if crossing.crosses

earliest := -1000000 if crossing.own

# Further off than any review: text and lists, which Rego orders after every number, are beyond it.
latest := 10000000

admits(record) if {
	record.review_on >= earliest
	record.review_on <= latest
}
