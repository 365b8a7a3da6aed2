"""A draft for a file nobody has described: usable as it stands, and honest about what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndsc import samples
from ndsc.connectors.drafting import as_connector, as_data, as_yaml
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.suggest import Draft, suggest
from ndsc.connectors.trial import attempt


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
    assert trial.mapped >= 0.7 * trial.read
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
