"""Trains the model of people with Splink, from records whose truth is known; run it again and the file is the same.

    python -m ndsc.matching.train --csv FILE=MAPPING ... [--synth DIRECTORY ...] [--output DIRECTORY]

How often strangers agree (u) comes from pairs at random, how often records of one person do (m) from the truth. So the
model learns nothing from an index or a blocking rule, and each comparison is judged on every true pair.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from ndsc.matching.features import LISTS, NUMBERS, Features, features_of
from ndsc.matching.mapping import LinkInputError, Mapping, Row, load_mapping, read_people
from ndsc.matching.settings import RAREST, untrained
from ndsc.model.pole import Person

MODELS = Path(__file__).parent / "models"
_SEED = 20_250_101
_MAX_PAIRS = 4_000_000
_LEAST_SHARE = {"m_probability": 2e-3, "u_probability": 1e-5}
"""Share given to a level that training saw less often, or never: rare, not impossible. Strangers were seen in millions
of pairs and true pairs only in thousands, so the second floor lies lower."""
_LISTED = 1_500


class Known(NamedTuple):
    """A person's record, and who they are in truth."""

    id: str
    person: Person
    truth: str


def truth_of(row: Row, mapping: Mapping) -> str:
    """Who a row is in truth, as its mapping says. Raises :class:`LinkInputError` where nothing says it."""
    if mapping.truth_pattern:
        match = re.search(mapping.truth_pattern, row.id)
        truth = match.group(1) if match else ""
    else:
        truth = row.values.get(mapping.truth or "", "")
    if not truth:
        raise LinkInputError(f"nothing says who {row.id[:40]!r} is in truth")
    return truth


def known_people(path: Path, mapping: Mapping) -> Iterator[Known]:
    """The people of a CSV file whose mapping says where the truth stands. Raises :class:`LinkInputError`."""
    for row in read_people(path, mapping):
        yield Known(f"{path.name}:{row.id}", row.person, f"{path.name}:{truth_of(row, mapping)}")


def synthetic_people(directory: Path) -> Iterator[Known]:
    """The people that ``ndsc synth`` wrote: a file a force, and ``truth.csv``. Raises :class:`LinkInputError`."""
    if not (directory / "truth.csv").is_file():
        raise LinkInputError(f"{directory} has no truth.csv", hint="Make one with `ndsc synth`.")
    with (directory / "truth.csv").open(encoding="utf-8", newline="") as stream:
        truth = {(row["force"], row["ref"]): row["person_id"] for row in csv.DictReader(stream)}
    for path in sorted(directory.glob("*.jsonl")):
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                entry = json.loads(line)
                person = Person.model_validate(entry["person"])
                identity = truth[path.stem, entry["ref"]]
                yield Known(f"{path.stem}:{entry['ref']}", person, f"{directory.name}:{identity}")


def table_of(rows: Iterable[tuple[str, Features]], **extra: Sequence[str]) -> pa.Table:
    """Features as an Arrow table with a ``unique_id``, as Splink reads them."""
    ids, features = [], []
    for identity, feature in rows:
        ids.append(identity)
        features.append(feature)
    columns: dict[str, Any] = {"unique_id": pa.array(ids, pa.string())}
    for place, name in enumerate(Features._fields):
        kind = pa.list_(pa.string()) if name in LISTS else pa.float64() if name in NUMBERS else pa.string()
        columns[name] = pa.array([feature[place] for feature in features], kind)
    return pa.table(columns | {name: pa.array(values, pa.string()) for name, values in extra.items()})


def name_frequencies(people: Iterable[Features]) -> dict[str, dict[str, float]]:
    """The share of people that bear each of the most frequent names, down to the rarest that is worth knowing."""
    given: Counter[str] = Counter()
    family: Counter[str] = Counter()
    for feature in people:
        given.update([feature.given_name] if feature.given_name else [])
        family.update([feature.surname] if feature.surname else [])
    return {"given_name": _shares(given), "surname": _shares(family)}


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = counts.total()
    listed = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_LISTED]
    shares = {name: round(count / total, 6) for name, count in listed if count / total > RAREST}
    return shares | {"": RAREST}


def train(people: Sequence[Known]) -> dict[str, Any]:
    """Train the model of people; the answer is a Splink model that ``ndsc.matching.scorer`` can read.

    Strangers are learnt from one record of each person: with all of them, pairs at random would now and then be one
    person's, and in a small set that would make a shared date of birth look ten times as common as it is.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect(config={"threads": 1})
    try:
        database = DuckDBAPI(connection)
        strangers = _linker(database, list({known.truth: known for known in people}.values()), untrained())
        strangers.training.estimate_u_using_random_sampling(max_pairs=_MAX_PAIRS, seed=_SEED, min_count_per_level=None)
        linker = _linker(database, people, strangers.misc.save_model_to_json())
        linker.training.estimate_m_from_label_column("truth")
        return _finished(linker.misc.save_model_to_json())
    finally:
        connection.close()


def _linker(database: DuckDBAPI, people: Sequence[Known], settings: dict[str, Any]) -> Linker:
    features = ((known.id, features_of(known.person)) for known in people)
    table = table_of(features, truth=[known.truth for known in people]).drop_columns(sorted(NUMBERS))
    return Linker(database.register(table), settings, log_level=None)


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    """The model with every probability stated, and rounded so that the same training gives the same file."""
    for comparison in document["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            for name, least in _LEAST_SHARE.items():
                share = level.get(name)
                if not level[f"fix_{name}"]:
                    share = max(share if isinstance(share, float) else 0.0, least)
                level[name] = float(f"{share:.6g}")
    document.pop("linker_uid", None)
    return document


def write(people: Sequence[Known], trained_on: Sequence[str], directory: Path) -> None:
    """Train, and write ``person.json`` with a note of what it was trained on, and the names' frequencies."""
    about = f"Trained with Splink 5 on {'; '.join(trained_on)}: {len(people)} records. Nobody in them is a real person."
    directory.mkdir(parents=True, exist_ok=True)
    frequencies = name_frequencies(features_of(known.person) for known in people)
    _write_json(directory / "name-frequencies.json", {"about": about, **frequencies})
    _write_json(directory / "person.json", train(people))
    (directory / "TRAINED.md").write_text(f"{about}\n", encoding="utf-8")


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m ndsc.matching.train", description=__doc__)
    parser.add_argument(
        "--csv", action="append", default=[], metavar="FILE=MAPPING", help="a file whose truth is known"
    )
    parser.add_argument("--synth", action="append", default=[], type=Path, metavar="DIRECTORY", help="of `ndsc synth`")
    parser.add_argument("--output", type=Path, default=MODELS, help="folder to write to (default: the shipped models)")
    chosen = parser.parse_args(arguments)
    people: list[Known] = []
    for pair in chosen.csv:
        file, _, mapping = pair.rpartition("=")
        people += known_people(Path(file), load_mapping(mapping))
    for directory in chosen.synth:
        people += synthetic_people(directory)
    names = [Path(pair.rpartition("=")[0]).name for pair in chosen.csv]
    names += ["the people of `ndsc synth`"] if chosen.synth else []
    write(people, names, chosen.output)


if __name__ == "__main__":
    main()
