"""The connectors and samples that come with the package."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ndsc import samples
from ndsc.connectors.catalogue import find, load, shipped, shipped_names, shipped_text
from ndsc.connectors.errors import ConnectorError, UnknownConnectorError
from ndsc.connectors.mapping import Mapped, compile_connector
from ndsc.connectors.rows import RawRow
from ndsc.connectors.trial import attempt
from ndsc.model import codes
from ndsc.model.forces import FORCES
from ndsc.model.pole import BODIES, Event, Person
from ndsc.synth.story import story_rows

WRONG_ON_PURPOSE = {
    "rms-export.xml": {"not-in-code-list": 1, "bad-pnc-id": 1},
    "custody-export.json": {"bad-date": 1, "not-in-code-list": 1},
}


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_connector_compiles(name: str) -> None:
    assert compile_connector(shipped(name), "durham").connector.connector == name


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.file)
def test_every_sample_maps_but_for_what_is_wrong_on_purpose(sample: samples.Sample) -> None:
    trial = attempt(sample.path, shipped(sample.connector), sample.force)
    assert trial.read == trial.mapped + trial.quarantined > 0
    assert trial.reasons == Counter(WRONG_ON_PURPOSE.get(sample.file, {}))


def test_samples_are_small_attributed_and_of_known_forces() -> None:
    folder = samples.SAMPLES[0].path.parent
    sources = (folder / "SOURCES.md").read_text("utf-8")
    assert sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) < 4_000_000
    assert "Open Government Licence" in sources
    assert all(sample.file in sources and sample.force in FORCES for sample in samples.SAMPLES)
    assert [sample.file for sample in samples.of_force("btp")] == ["2025-01-btp-street.csv"]
    assert samples.path("rms-export.xml").is_file()


def coded(body: object) -> list[tuple[str, str]]:
    """Every value of a body that its model says is of a code list, with the list."""
    fields = BODIES[body.kind].model_fields  # type: ignore[attr-defined]  # every body has a kind
    found = []
    for name, field in fields.items():
        extra = field.json_schema_extra
        value = getattr(body, name)
        if isinstance(extra, dict) and isinstance(value, str) and extra.get("codes") in codes.LISTS:
            found.append((str(extra["codes"]), value))
    return found


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.file)
def test_codes_are_those_of_the_models_lists(sample: samples.Sample) -> None:
    trial = attempt(sample.path, shipped(sample.connector), sample.force, show=100, limit=300)
    said = {pair for mapped in trial.first for record in mapped.records for pair in coded(record.body)}
    assert said
    assert [(name, value) for name, value in said if value not in codes.get(name)] == []


def test_a_search_describes_the_person_and_names_nobody() -> None:
    sample = samples.of_force("merseyside")[0]
    trial = attempt(sample.path, shipped(sample.connector), "merseyside", show=20)
    mapped = next(mapped for mapped in trial.first if len(mapped.records) == 3)
    search, searched, _ = (record.body for record in mapped.records)
    assert isinstance(search, Event)
    assert isinstance(searched, Person)
    assert (search.category, searched.surname, searched.age_range) == ("stop-search", None, "over-34")
    assert {link.subject_category for link in mapped.links} == {None, "other"}


def test_what_synth_writes_is_read_without_loss(tmp_path: Path) -> None:
    rows = [row for force in FORCES for _, row in story_rows(force)]
    export = tmp_path / "durham.jsonl"
    export.write_text("".join(row.line() for row in rows), "utf-8")
    trial = attempt(export, shipped("ndsc-synthetic"), "durham", show=100)
    assert (trial.mapped, trial.quarantined) == (len(rows), 0)
    for row, mapped in zip(rows, trial.first, strict=False):
        record = mapped.records[0]
        assert record.body == row.person
        assert (record.marking, record.grading) == (row.marking, row.parsed_grading())
        assert (record.recorded_at, record.review_on) == (row.recorded, row.review_on)
        assert record.public_interest_immunity == row.immunity
        vehicles = [part.body for part in mapped.records[1:] if getattr(part.body, "category", "") == "vehicle"]
        assert vehicles == ([row.vehicle] if row.vehicle else [])


def test_a_connector_is_found_by_name_and_by_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(shipped_text("rms-xml"), "utf-8")
    assert find("rms-xml") == find(str(file)) == load(file)
    with pytest.raises(UnknownConnectorError, match="no connector is called 'rms'"):
        find("rms")
    with pytest.raises(UnknownConnectorError):
        find(str(tmp_path / "gone.yaml"))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConnectorError, match="not UTF-8"):
        find(str(file))
    file.write_bytes(b"#" * 300_000)
    with pytest.raises(ConnectorError, match="at most"):
        find(str(file))


def test_older_stop_and_search_outcomes_are_understood() -> None:
    mapper = compile_connector(shipped("police-uk-stop-search"), "durham")
    row = {"Type": "Person search", "Date": "2016-05-01T10:00:00+01:00", "Outcome": "Suspect arrested"}
    result = mapper.map(RawRow(2, row))
    assert isinstance(result, Mapped)
    event = result.records[0].body
    assert isinstance(event, Event)
    assert (event.outcome, str(event.occurred)) == ("arrest", "2016-05-01")


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("White - White British (W1)", "W1"),
        ("Black or Black British - Any other Black ethnic background (B9)", "B3"),
        ("Other ethnic group - Not stated", "NS"),
    ],
)
def test_older_and_newer_names_of_ethnicities_are_understood(label: str, code: str) -> None:
    mapper = compile_connector(shipped("police-uk-stop-search"), "durham")
    result = mapper.map(
        RawRow(2, {"Type": "Person search", "Date": "2015-05-01T10:00:00Z", "Self-defined ethnicity": label})
    )
    assert isinstance(result, Mapped)
    assert code in {record.body.ethnicity_self_defined for record in result.records if isinstance(record.body, Person)}
