"""A draft for a file nobody has described: usable as it stands, and honest about what it does not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndsc import samples
from ndsc.connectors.drafting import as_connector, as_data, as_yaml
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.suggest import Draft, suggest
from ndsc.connectors.trial import Trial, attempt


def draft_of(tmp_path: Path, text: str, name: str = "export.csv") -> Draft:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return suggest(file)


def guessed(draft: Draft) -> dict[str, str]:
    return {f"{guess.record}.{guess.attribute}": guess.column for guess in draft.guesses}


PEOPLE = """Nominal Ref;FORENAME;Last_Name;D.O.B;Gender;PostCode;Mobile;PNC;Created On;Shoe
N1;ANN;LEE;09/03/1987;F;cf10 1ep;07700 900123;2012/9000001R;01/02/2024 10:30;4
N2;JO;O'NEIL;23/11/1990;M;CF10 1EP;07700 900124;;02/02/2024 11:30;5
"""


def test_headings_and_shapes_are_recognised(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, PEOPLE)
    assert guessed(draft) == {
        "reference.reference": "Nominal Ref",
        "person.given_name": "FORENAME",
        "person.surname": "Last_Name",
        "person.date_of_birth": "D.O.B",
        "person.sex": "Gender",
        "person.home.postcode": "PostCode",
        "person.phones": "Mobile",
        "person.pnc_id": "PNC",
        "envelope.recorded_at": "Created On",
    }
    assert draft.unused == ["Shoe"]
    assert draft.look.format.delimiter == ";"


def test_a_shape_speaks_where_the_heading_does_not(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, "a,b,c\nCF10 1EP,2012/9000001R,Burglary\nBT1 5GS,2012/9000001R,Drugs\n")
    assert guessed(draft) == {"person.home.postcode": "a", "person.pnc_id": "b", "event.crime_type": "c"}
    assert all(guess.confidence < 0.96 and "heading says nothing" in guess.why for guess in draft.guesses)


OFFICE = """Nominal No,Tel No,Fore names,Addr 1,Crime Ref No,Offence Desc.,Date of Offence,Veh Reg,Officer
N1,07700 900123,Ann,3 High St,62/900418/25,Went in by a window,12/01/2025,AB12 CDE,PC 12
N2,n/k,Jo,4 Low St,62/900419/25,Took a bicycle,15-Feb-2025,AB12 CDF,PC 14
"""


def test_headings_are_read_as_people_shorten_them(tmp_path: Path) -> None:
    assert guessed(draft_of(tmp_path, OFFICE)) == {
        "reference.reference": "Nominal No",
        "person.phones": "Tel No",
        "person.given_name": "Fore names",
        "person.home.street": "Addr 1",
        "event.crime_reference": "Crime Ref No",
        "event.title": "Offence Desc.",
        "event.occurred": "Date of Offence",
        "vehicle.vrm": "Veh Reg",
        "envelope.recorded_at": "Date of Offence",
    }


def test_single_letters_for_a_part_in_an_event_are_understood(tmp_path: Path) -> None:
    text = as_yaml(draft_of(tmp_path, "Surname,Crime Ref No,Role\nLee,62/1/25,S\nHill,62/2/25,W\n"))
    assert '"S": "suspect", "W": "witness"' in text


def test_a_heading_that_its_values_belie_is_unsure(tmp_path: Path) -> None:
    good = next(g for g in draft_of(tmp_path, "dob\n1987-03-09\n").guesses if g.attribute == "date_of_birth")
    bad = [g for g in draft_of(tmp_path, "dob\nblue\n").guesses if g.attribute == "date_of_birth"]
    assert good.confidence > 0.9
    assert all(guess.confidence < 0.5 for guess in bad)


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.file)
def test_the_draft_is_a_connector_that_maps_most_of_the_file(sample: samples.Sample) -> None:
    trial = attempt(sample.path, as_connector(suggest(sample.path)), sample.force, limit=300)
    assert trial.mapped >= 0.98 * trial.read
    assert sum(trial.records.values()) > trial.mapped, "more than one sort of record is found"


def test_every_guessed_line_says_how_sure_it_is_and_why(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, PEOPLE)
    lines = as_yaml(draft).splitlines()
    for guess in draft.guesses:
        assert any(f'"{guess.column}"' in line and f"# {guess.confidence:.0%} - {guess.why}" in line for line in lines)
    assert "900123" not in as_yaml(draft), "no value of the file stands in the draft"
    assert as_data(draft)["lines"][0].keys() == {"column", "record", "attribute", "confidence", "why"}


def test_parts_in_an_event_are_recognised_in_repeated_people() -> None:
    text = as_yaml(suggest(samples.path("rms-export.xml")))
    assert 'each: "People/Person"' in text
    assert '"SUSP": "suspect", "VICT": "victim", "WITN": "witness"' in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "<",
        "<a/>",
        "<!DOCTYPE a><a/>",
        "{",
        "[",
        "[]",
        "{}\n",
        "a,b\n",
        "\x00",
        "[[[[",
        '{"a":1}\n{',
        "\n\n,\n,",
    ],
)
def test_a_file_without_rows_is_refused_or_drafted_and_never_crashes(tmp_path: Path, text: str) -> None:
    try:
        draft = draft_of(tmp_path, text)
    except UnreadableFileError:
        return
    assert as_connector(draft).records


def test_headings_that_look_like_yaml_cannot_break_the_draft(tmp_path: Path) -> None:
    heading = '"surname: {x}, #\n surname"'
    draft = draft_of(tmp_path, f"{heading},ref: [1]\nLee,1\n")
    assert as_connector(draft).records[0].kind == "person"


def rows_as_json(count: int) -> list[dict[str, Any]]:
    return [
        {"custodyNumber": f"CU/{i}/25", "arrivedAt": f"2025-01-{i:02}T10:00:00", "detainee": {"surname": "Lee"}}
        for i in range(1, count + 1)
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_document_is_told_from_lines_however_it_is_laid_out(tmp_path: Path, indent: int | None) -> None:
    document = {"exported": "2025-03-01", "records": rows_as_json(20)}
    draft = draft_of(tmp_path, json.dumps(document, indent=indent), "export.json")
    assert (draft.look.format.type, draft.look.format.record, draft.look.rows) == ("json", "records", 20)


def test_lines_are_told_from_a_document(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in rows_as_json(3)]
    assert draft_of(tmp_path, "\n".join(lines), "export.json").look.format.type == "jsonl"
    assert draft_of(tmp_path, lines[0], "export.jsonl").look.format.type == "jsonl", "its name says lines"
    assert draft_of(tmp_path, lines[0], "export.json").look.rows == 1


KEEPERS = """reg,keeper.first,keeper.last,keeper.dob,Driver Forename,Driver Surname,Driver Number,Stolen
AB12 CDE,Ann,Lee,09/03/1987,Jo,Hill,,N
AB12 CDF,Sian,Rees,10/03/1987,Rhys,Pugh,,Y
"""


def test_two_people_of_a_row_are_two_people(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, KEEPERS)
    assert guessed(draft) == {
        "vehicle.vrm": "reg",
        "keeper.given_name": "keeper.first",
        "keeper.surname": "keeper.last",
        "keeper.date_of_birth": "keeper.dob",
        "driver.given_name": "Driver Forename",
        "driver.surname": "Driver Surname",
    }
    trial = tried(tmp_path, draft)
    assert dict(trial.records) == {"object": 2, "person": 4}
    assert dict(trial.links) == {"keeper-of": 2, "uses": 2}


@pytest.mark.parametrize(
    ("heading", "attribute"),
    [
        ("suspect/first", "given_name"),
        ("suspect.last", "surname"),
        ("victim_forename", "given_name"),
        ("WitnessSurname", "surname"),
        ("suspects/person/dob", "date_of_birth"),
        ("Last", "surname"),
    ],
)
def test_names_are_recognised_under_the_word_for_whose_they_are(tmp_path: Path, heading: str, attribute: str) -> None:
    draft = draft_of(tmp_path, f"{heading},x\n1987-03-09,1\n")
    assert attribute in {guess.attribute for guess in draft.guesses}


def test_last_seen_is_nobodys_surname(tmp_path: Path) -> None:
    assert not guessed(draft_of(tmp_path, "Last seen,First reported\nyesterday,today\n"))


def test_a_party_says_what_a_person_is_to_the_event(tmp_path: Path) -> None:
    text = as_yaml(draft_of(tmp_path, "Crime No,Victim Surname,Suspect Surname\n62/1/25,Lee,Hill\n"))
    assert "source: victim" in text
    assert "subject_category: {const: victim}" in text
    assert "subject_category: {const: suspect}" in text


def table(headings: str, rows: list[str]) -> str:
    return "\n".join([headings, *rows]) + "\n"


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("URN", "SWP-{}"),
        ("incidentNumber", "INC-{}"),
        ("OCCURRENCE_NO", "62/{}/25"),
        ("Collision key", "K{}"),
        ("Whatever", "WX-{}"),
    ],
)
def test_a_unique_column_that_looks_like_one_is_the_reference(tmp_path: Path, heading: str, value: str) -> None:
    rows = [f"{value.format(1000 + i)},{i % 3},some words" for i in range(30)]
    assert guessed(draft_of(tmp_path, table(f"{heading},Beat,Notes", rows)))["reference.reference"] == heading


@pytest.mark.parametrize(
    ("heading", "value"),
    [("Mobile number", "07700 9{:05}"), ("DOB", "01/02/19{}"), ("keeper.id", "K{}"), ("Notes", "seen {} times")],
)
def test_what_is_somebodys_or_is_text_names_no_row(tmp_path: Path, heading: str, value: str) -> None:
    rows = [f"{value.format(10 + i)},x" for i in range(30)]
    assert "reference.reference" not in guessed(draft_of(tmp_path, table(f"{heading},Other", rows)))


def test_a_column_of_few_dates_is_not_required_as_the_time_of_recording(tmp_path: Path) -> None:
    rows = [f"C{i},{f'{1 + i % 28:02}/01/2025' if i % 4 == 0 else ''}" for i in range(40)]
    draft = draft_of(tmp_path, table("Case,Last seen", rows))
    recorded = next(guess for guess in draft.guesses if guess.attribute == "recorded_at")
    assert recorded.confidence < 0.2
    line = next(line for line in as_yaml(draft).splitlines() if "recorded_at" in line)
    assert "NEEDS YOU" in line
    assert "required" not in line
    trial = tried(tmp_path, draft)
    assert (trial.read, trial.quarantined) == (40, 0)


def test_a_birth_is_not_when_a_row_was_recorded(tmp_path: Path) -> None:
    assert "envelope.recorded_at" not in guessed(draft_of(tmp_path, "Surname,D_O_B\nLee,09/03/1987\n"))


def test_what_a_guess_does_not_cover_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [f"N{i},{('M', 'F', 'Andorian')[i % 3]},{'07700 900123' if i % 4 else 'N/K'}" for i in range(24)]
    draft = draft_of(tmp_path, table("Nominal Ref,Sex,Mobile", rows))
    trial = tried(tmp_path, draft)
    assert (trial.read, trial.quarantined, trial.left_out) == (24, 0, {"person.sex": 8})
    assert trial.as_data()["left_out"] == {"person.sex": 8}
    assert '"absent": {"n/k": "unknown"}' in as_yaml(draft)


@pytest.mark.parametrize(("wrong", "quarantined"), [(1, 1), (12, 0)])
def test_a_stray_value_is_an_error_and_many_are_how_the_source_writes(
    tmp_path: Path, wrong: int, quarantined: int
) -> None:
    rows = [f"N{i},{'31/02/1990' if i < wrong else f'{1 + i:02}/02/1990'}" for i in range(24)]
    trial = tried(tmp_path, draft_of(tmp_path, table("Nominal Ref,Date of Birth", rows)))
    assert (trial.quarantined, trial.left_out.total()) == (quarantined, wrong - quarantined)


def test_a_marking_that_cannot_be_read_is_never_left_out(tmp_path: Path) -> None:
    rows = [f"R{i},{'OFFICIAL' if i % 4 else 'SEKRET'},Lee" for i in range(24)]
    trial = tried(tmp_path, draft_of(tmp_path, table("Ref,Protective marking,Surname", rows)))
    assert dict(trial.reasons) == {"bad-marking": 6}


def tried(tmp_path: Path, draft: Draft) -> Trial:
    return attempt(tmp_path / "export.csv", as_connector(draft), "example-force")
