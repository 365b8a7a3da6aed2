"""How well pairs are found: precision, recall and F1 of the shipped model, beside what Splink alone makes of the data.

Both are held against every true pair of the file, found as a candidate or not. Splink's side is trained on the very
file it is judged on, with its own library's comparisons, blocking and unsupervised training, as its handbook does it;
ours is the shipped model, which has to do for files it has never seen.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from ndsc.matching.linking import KeysOf, candidate_pairs, score_pairs
from ndsc.matching.mapping import Mapping, Row, read_people
from ndsc.matching.train import synthetic_people, truth_of

DEFAULT_THRESHOLD = 0.5
_SEED = 7
_COLUMNS = ("given_name", "surname", "birth", "number", "street", "town", "postcode", "email")

IdPair = frozenset[str]


class Quality(NamedTuple):
    """Precision, recall and F1 (all 0 to 1) at a threshold, and the best F1 that any threshold would have given."""

    precision: float
    recall: float
    f1: float
    best_f1: float
    best_threshold: float


class Labelled(NamedTuple):
    """A file of people, and all its pairs of rows that are one person in truth."""

    rows: Sequence[Row]
    true_pairs: frozenset[IdPair]


def read_labelled(path: Path, mapping: Mapping) -> Labelled:
    """Read a file whose mapping says where its truth stands. Raises ``LinkInputError``."""
    rows = list(read_people(path, mapping))
    return _labelled(rows, (truth_of(row, mapping) for row in rows))


def synthetic_labelled(directory: Path) -> Labelled:
    """Read the people of ``ndsc synth``, all forces together. Raises ``LinkInputError``."""
    people = list(synthetic_people(directory))
    return _labelled([Row(known.id, known.person, {}) for known in people], (known.truth for known in people))


def _labelled(rows: Sequence[Row], truths: Iterable[str]) -> Labelled:
    members: dict[str, list[str]] = defaultdict(list)
    for row, truth in zip(rows, truths, strict=True):
        members[truth].append(row.id)
    pairs = (
        frozenset((one, other)) for ids in members.values() for at, one in enumerate(ids) for other in ids[at + 1 :]
    )
    return Labelled(rows, frozenset(pairs))


def quality_of(
    scored: Iterable[tuple[IdPair, float]], true_pairs: frozenset[IdPair], threshold: float = DEFAULT_THRESHOLD
) -> Quality:
    """Judge scored pairs (each with its probability) against the truth; a true pair that is not listed is missed."""
    ranked = sorted(scored, key=lambda pair: -pair[1])
    right = [pair in true_pairs for pair, _ in ranked]
    at_threshold = sum(probability >= threshold for _, probability in ranked)
    hits = 0
    best = (0.0, 1.0)
    for taken, (pair_is_true, (_, probability)) in enumerate(zip(right, ranked, strict=True), start=1):
        hits += pair_is_true
        if taken == len(ranked) or ranked[taken][1] < probability:
            best = max(best, (2 * hits / (taken + len(true_pairs)), probability))
    hits = sum(right[:at_threshold])
    return Quality(
        precision=hits / at_threshold if at_threshold else 1.0,
        recall=hits / len(true_pairs) if true_pairs else 1.0,
        f1=2 * hits / (at_threshold + len(true_pairs)) if at_threshold + len(true_pairs) else 1.0,
        best_f1=best[0],
        best_threshold=best[1],
    )


def ours(labelled: Labelled, keys_of: KeysOf) -> Quality:
    """The shipped model on candidates that share an index key."""
    pairs = candidate_pairs(labelled.rows, None, keys_of)
    scored = score_pairs(labelled.rows, None, pairs)
    return quality_of(((frozenset((a, b)), probability) for a, b, probability in scored), labelled.true_pairs)


def splinks_own(labelled: Labelled) -> Quality:
    """Splink by itself: trained without labels on the file, its own blocking, its own prediction."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    table = _plain_table(labelled.rows)
    filled = {name for name in _COLUMNS if table.column(name).null_count < table.num_rows}
    connection = duckdb.connect()
    try:
        data = DuckDBAPI(connection).register(table)
        linker = Linker(data, _handbook_settings(filled), log_level=None)
        training = linker.training
        sure: list[Any] = [block_on("given_name", "surname", "birth")]
        sure += [block_on("email")] if "email" in filled else [block_on("surname", "postcode", "number")]
        training.estimate_probability_two_random_records_match(sure, recall=0.7)
        training.estimate_u_using_random_sampling(max_pairs=2e6, seed=_SEED)
        training.estimate_parameters_using_expectation_maximisation(block_on("birth"))
        training.estimate_parameters_using_expectation_maximisation(block_on("given_name", "surname"))
        predicted = linker.inference.predict(threshold_match_probability=0.001).as_record_list()
    finally:
        connection.close()
    scored = ((frozenset((row["unique_id_l"], row["unique_id_r"])), row["match_probability"]) for row in predicted)
    return quality_of(scored, labelled.true_pairs)


def _plain_table(rows: Sequence[Row]) -> pa.Table:
    """What both sides know of each row, as plain columns."""
    columns: dict[str, list[str | None]] = {"unique_id": [], **{name: [] for name in _COLUMNS}}
    for identity, person, _ in rows:
        home = person.home
        born = person.date_of_birth
        values = {
            "unique_id": identity,
            "given_name": person.given_name,
            "surname": person.surname,
            "birth": str(born) if born and born.is_full else None,
            "number": home.number if home else None,
            "street": home.street if home else None,
            "town": home.town if home else None,
            "postcode": home.postcode if home else None,
            "email": person.emails[0] if person.emails else None,
        }
        for name, value in values.items():
            columns[name].append(value.casefold() if value and name != "unique_id" else value)
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _handbook_settings(filled: set[str]) -> SettingsCreator:
    made: dict[str, Any] = {
        "given_name": lambda: cl.NameComparison("given_name"),
        "surname": lambda: cl.NameComparison("surname"),
        "birth": lambda: cl.DateOfBirthComparison("birth", input_is_string=True),
        "number": lambda: cl.ExactMatch("number").configure(term_frequency_adjustments=True),
        "street": lambda: cl.JaroWinklerAtThresholds("street", [0.9]),
        "town": lambda: cl.JaroWinklerAtThresholds("town", [0.9]),
        "postcode": lambda: cl.DamerauLevenshteinAtThresholds("postcode", [1]),
        "email": lambda: cl.EmailComparison("email"),
    }
    rules = [
        ("given_name", "surname"), ("birth",), ("surname", "postcode"), ("given_name", "postcode"),
        ("postcode", "number"), ("surname", "town"), ("given_name", "town"), ("email",),
    ]  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules if filled.issuperset(rule)],
        comparisons=[make() for name, make in made.items() if name in filled],
    )
