"""Training gives the same model each time, and the shipped one belongs to the settings and data in this tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndsc.index.keys import keys_of
from ndsc.matching.grouping import Candidate, group
from ndsc.matching.mapping import LinkInputError
from ndsc.matching.quality import ours, synthetic_labelled
from ndsc.matching.scorer import PERSON_MODEL, Scorer, person_scorer
from ndsc.matching.settings import untrained
from ndsc.matching.train import Known, main, synthetic_people
from ndsc.synth import STORY, generate

FORCES = ("south-wales", "metropolitan", "btp", "northern-ireland")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("people")
    generate(out, 400, FORCES, seed=3)
    return out


@pytest.fixture(scope="module")
def people(folder: Path) -> list[Known]:
    return list(synthetic_people(folder))


def outline(document: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The comparisons of a model, with each level's label and condition."""
    return [
        (
            comparison["output_column_name"],
            [(level["label_for_charts"], level["sql_condition"]) for level in comparison["comparison_levels"]],
        )
        for comparison in document["comparisons"]
    ]


def test_the_shipped_model_was_trained_from_these_settings() -> None:
    assert outline(person_scorer().document) == outline(untrained())


def test_the_same_training_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for run in ("first", "second"):
        main(["--synth", str(folder), "--output", str(tmp_path / run)])
    for name in ("person.json", "name-frequencies.json", "TRAINED.md"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    trained = Scorer.read(tmp_path / "first" / "person.json")
    assert outline(trained.document) == outline(untrained())


def test_every_level_of_the_shipped_model_states_both_probabilities() -> None:
    for comparison in json.loads(PERSON_MODEL.read_text(encoding="utf-8"))["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                assert 0 < level["m_probability"] <= 1
                assert 0 < level["u_probability"] <= 1


def test_a_folder_without_the_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LinkInputError, match=r"truth\.csv"):
        list(synthetic_people(tmp_path))


def test_the_people_of_the_story_are_each_one_group_over_all_forces() -> None:
    truth = {row.ref: told.person_id for told in STORY for _, row in told.records}
    told = [Candidate(row.ref, row.person) for each in STORY for _, row in each.records]
    assert len(set(truth.values())) > 2
    for asked in told:
        groups = group(asked.body, told)
        people = [{truth[member.id] for member in each.members} for each in groups]
        assert all(len(who) == 1 for who in people)
        assert len(groups) == len(set(truth.values()))
        assert people[0] == {truth[asked.id]}


def test_the_shipped_model_finds_synthetic_people_it_never_saw(folder: Path) -> None:
    quality = ours(synthetic_labelled(folder), lambda person: [key.canonical for key in keys_of(person)])
    assert quality.f1 > 0.95
    assert quality.precision > 0.98


def test_strangers_are_seldom_grouped_and_people_seldom_split(people: list[Known]) -> None:
    truth = {known.id: known.truth for known in people}
    sample = people[:100]
    groups = group(sample[0].person, [Candidate(known.id, known.person) for known in sample])
    assert all(len({truth[member.id] for member in each.members}) == 1 for each in groups)
    assert len(groups) <= len({known.truth for known in sample}) * 1.1
