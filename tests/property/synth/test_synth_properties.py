"""Whatever the seed, the size and the forces: rows that hold together."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.model.forces import FORCES
from ndsc.synth import Row, generate


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(-(2**63), 2**63),
    people=st.integers(0, 25),
    forces=st.lists(st.sampled_from(sorted(FORCES)), min_size=1, max_size=6),
)
def test_every_row_is_valid_and_named_in_the_truth(seed: int, people: int, forces: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        summary = generate(folder, people, forces, seed)
        assert set(summary.rows) == set(forces)
        refs = [
            (path.stem, Row.model_validate_json(line).ref)
            for path in folder.glob("*.jsonl")
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
        with (folder / "truth.csv").open(encoding="utf-8", newline="") as stream:
            named = [(row["force"], row["ref"]) for row in csv.DictReader(stream)]
    assert sorted(refs) == sorted(named)
    assert len(refs) == summary.total == len(set(refs))
