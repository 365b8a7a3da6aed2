"""Street-level crime files of data.police.uk, as they are met."""

from __future__ import annotations

import io

import pytest

from ndsc.connectors.catalogue import shipped
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.mapping import Mapped, Rejected, compile_connector
from ndsc.connectors.readers import read_rows
from ndsc.connectors.rows import BadRow, RawRow
from ndsc.model.pole import Event, Location
from ndsc.model.record import record_id

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context"
)
BURGLARY = (
    f"{'ab' * 32},2025-01,South Wales Police,South Wales Police,-3.211527,51.796412,On or near Parking Area,"
    "W01001442,Blaenau Gwent 001C,Burglary,Under investigation,"
)
NUISANCE = ",2025-01,South Wales Police,South Wales Police,,,No Location,,,Anti-social behaviour,,"


def rows(*lines: str, header: str = HEADER, end: str = "\r\n", encoding: str = "utf-8") -> list[RawRow | BadRow]:
    text = end.join([header, *lines, ""])
    return list(read_rows(io.BytesIO(text.encode(encoding)), shipped("police-uk-street")))


def mapped(line: str, *, header: str = HEADER, occurrence: int = 1) -> Mapped:
    [row] = rows(line, header=header)
    assert isinstance(row, RawRow)
    result = compile_connector(shipped("police-uk-street"), "south-wales", "a.csv").map(row, occurrence)
    assert isinstance(result, Mapped)
    return result


def rejected(line: str) -> Rejected:
    [row] = rows(line)
    assert isinstance(row, RawRow)
    result = compile_connector(shipped("police-uk-street"), "south-wales", "a.csv").map(row)
    assert isinstance(result, Rejected)
    return result


def test_a_crime_is_an_event_at_an_approximate_place() -> None:
    crime = mapped(BURGLARY)
    event, place = (record.body for record in crime.records)
    assert isinstance(event, Event)
    assert isinstance(place, Location)
    assert (event.category, event.crime_type, event.outcome) == ("crime", "burglary", "under-investigation")
    assert (event.title, str(event.occurred), event.crime_reference) == ("Burglary", "2025-01", "ab" * 32)
    assert (place.name, place.latitude, place.longitude) == ("On or near Parking Area", 51.796412, -3.211527)
    assert place.approximate is True
    [link] = crime.links
    assert (link.source, link.target, link.role, link.subject_category) == (*crime.ids, "occurred-at", None)


def test_identities_are_those_that_the_model_makes() -> None:
    crime = mapped(BURGLARY)
    assert crime.ids == tuple(record.id for record in crime.records)
    assert crime.ids[0] == record_id("south-wales", crime.records[0].kind, "police-uk-street", "ab" * 32)


def test_the_envelope_says_where_a_record_came_from_and_when_it_must_be_reviewed() -> None:
    event = mapped(BURGLARY).records[0]
    assert event.recorded_at.isoformat() == "2025-01-01T00:00:00+00:00"
    assert event.review_on.isoformat() == "2035-01-01"
    assert (event.provenance.connector, event.provenance.file, event.provenance.line) == (
        "police-uk-street@1",
        "a.csv",
        2,
    )


def test_anti_social_behaviour_is_an_incident_without_place_or_reference() -> None:
    nuisance = mapped(NUISANCE)
    [event] = (record.body for record in nuisance.records)
    assert isinstance(event, Event)
    assert (event.category, event.crime_type, event.crime_reference) == ("incident", "anti-social-behaviour", None)
    assert nuisance.links == ()
    assert nuisance.reference.startswith("row-")


def test_rows_with_the_same_reference_are_told_apart_by_their_number() -> None:
    first, second = mapped(BURGLARY), mapped(BURGLARY, occurrence=2)
    assert second.reference == f"{first.reference}#2"
    assert first.ids[0] != second.ids[0]
    assert first.ids[1] == second.ids[1], "the place is one and the same"


def test_a_row_without_crime_id_keeps_its_identity_when_the_outcome_moves_on() -> None:
    before = ",2025-01,A,A,-3.2,51.7,Road,,,Burglary,Under investigation,"
    after = ",2025-01,A,A,-3.2,51.7,Road,,,Burglary,Suspect charged,"
    assert mapped(before).ids[0] == mapped(after).ids[0]


@pytest.mark.parametrize(
    ("header", "line", "outcome"),
    [
        (HEADER.removesuffix(",Context"), BURGLARY.removesuffix(","), "under-investigation"),
        (HEADER.replace("Last outcome category", "Outcome type"), BURGLARY, "under-investigation"),
        (HEADER.replace("Crime type", "CRIME  TYPE "), BURGLARY, "under-investigation"),
        (
            "Month,Reported by,Falls within,Longitude,Latitude,Location,Crime type",
            "2011-03,A,A,-3.2,51.7,On or near X,Violent crime",
            None,
        ),
    ],
    ids=["no context", "outcome type", "typist's heading", "2011"],
)
def test_older_column_sets_are_understood(header: str, line: str, outcome: str | None) -> None:
    event = mapped(line, header=header).records[0].body
    assert isinstance(event, Event)
    assert event.outcome == outcome


def test_the_first_months_tell_the_point_on_the_national_grid() -> None:
    header = "Month,Reported by,Falls within,Easting,Northing,Location,Crime type,Context"
    event, place = mapped("2010-12,A,A,318500,176500,On or near X,Burglary,", header=header).records
    assert isinstance(place.body, Location)
    assert (place.body.easting, place.body.northing, place.body.latitude) == (318_500, 176_500, None)
    assert isinstance(event.body, Event)
    assert str(event.body.occurred) == "2010-12"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_do_not_matter(encoding: str, end: str) -> None:
    [row] = rows(BURGLARY, encoding=encoding, end=end)
    assert row.line == 2
    assert isinstance(row, RawRow)
    assert row.values["Crime ID"] == "ab" * 32


def test_a_row_in_the_declared_fallback_encoding_is_read() -> None:
    [row] = rows(BURGLARY.replace("Parking Area", "Café"), encoding="cp1252")
    assert isinstance(row, RawRow)
    assert row.values["Location"] == "On or near Café"
    assert row.raw.strip().endswith("Under investigation,")


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        (("2025-01", "2025-13"), "bad-date", "recorded_at"),
        (("2025-01", ""), "missing-value", "recorded_at"),
        (("Burglary", "Witchcraft"), "not-in-code-list", "crime_type"),
        (("Under investigation", "Somewhere"), "not-in-code-list", "outcome"),
        (("51.796412", "91.5"), "invalid-value", "latitude"),
        (("51.796412", "north"), "not-a-number", "latitude"),
        (("Parking Area", "x" * 400), "invalid-value", "name"),
        (("On or near Parking Area", "=1+1"), "spreadsheet-formula", "name"),
        (("On or near Parking Area", "-2+3+cmd|' /C calc'!A0"), "spreadsheet-formula", "name"),
    ],
)
def test_a_wrong_value_sends_the_row_to_quarantine_with_its_reason(
    change: tuple[str, str], reason: str, field: str
) -> None:
    result = rejected(BURGLARY.replace(*change))
    assert result.reason == reason
    assert result.field == field
    if change[1]:
        assert change[1] not in result.detail, "a reason never quotes the value"


def test_a_file_of_another_sort_is_refused_as_a_whole() -> None:
    with pytest.raises(UnreadableFileError, match="no column 'Month'"):
        rows("1,2", header="a,b")


@pytest.mark.parametrize(
    ("month", "said"),
    [
        ("2025-13", "the value is written YYYY-MM, and the calendar does not have that month"),
        ("01/2025", "the value is not a month written YYYY-MM: it is written 99/9999, 9 for a digit"),
        ("202501", "the value is not a month written YYYY-MM: it is written 999999, 9 for a digit"),
        ("2025", "the value is not a month written YYYY-MM: it is written 9999, 9 for a digit"),
        ("Lee", "the value is not a month written YYYY-MM"),
    ],
)
def test_a_bad_month_is_told_the_right_form_and_the_one_that_was_seen(month: str, said: str) -> None:
    result = rejected(BURGLARY.replace("2025-01", month, 1))
    assert (result.reason, result.detail) == ("bad-date", f"Month: {said}")
