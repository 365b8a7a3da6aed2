"""How many of the true pairs the index keys bring together, at a demanded precision, on data with known truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ndsc.bench.fleet import SEED, TERRITORIAL
from ndsc.bench.measure import Better, Measurement, Step, rounded
from ndsc.index.keys import keys_of
from ndsc.index.quality import measure as measure_keys
from ndsc.matching.linking import candidate_pairs, score_pairs
from ndsc.matching.mapping import load_mapping
from ndsc.matching.quality import Labelled, Quality, quality_of, read_labelled, splinks_own, synthetic_labelled

NAME = "candidate-recall-{}"
GOAL = 0.97
_PEOPLE_FULL, _PEOPLE_QUICK = 2_500, 600


class DataSet(NamedTuple):
    """A file with known truth, how it is read, and the precision that is demanded on it."""

    name: str
    mapping: str
    precision: float


FILES = (
    DataSet("febrl1", "febrl", 0.995),
    DataSet("febrl2", "febrl", 0.995),
    DataSet("febrl3", "febrl", 0.995),
    DataSet("fake_1000", "fake-1000", 0.99),
)
SYNTHETIC = DataSet("synthetic", "ndsc synth", 0.99)


def measure(step: Step, *, quick: bool, folder: Path | None) -> list[Measurement]:
    """One measurement for each set that is there. ``folder`` holds FEBRL and fake_1000, which are not shipped."""
    measured = []
    absent = left_out(folder)
    sets = list(_sets(quick, folder))
    for number, (data, labelled) in enumerate(sets):
        step(data.name, number / len(sets))
        measured.append(_recall(data, labelled, absent if data is SYNTHETIC else ()))
    return measured


def left_out(folder: Path | None) -> tuple[str, ...]:
    """The files that are not in the folder, and so not measured."""
    return tuple(f"{data.name}.csv" for data in FILES if folder is None or not (folder / f"{data.name}.csv").is_file())


def _sets(quick: bool, folder: Path | None) -> Iterator[tuple[DataSet, Labelled]]:
    from ndsc.synth import generate  # noqa: PLC0415

    absent = left_out(folder)
    for data in FILES:
        if folder is not None and f"{data.name}.csv" not in absent:
            yield data, read_labelled(folder / f"{data.name}.csv", load_mapping(data.mapping))
    with TemporaryDirectory(prefix="ndsc-bench-") as name:
        generate(Path(name), _PEOPLE_QUICK if quick else _PEOPLE_FULL, TERRITORIAL, SEED)
        yield SYNTHETIC, synthetic_labelled(Path(name))


def _recall(data: DataSet, labelled: Labelled, absent: Sequence[str]) -> Measurement:
    pairs = candidate_pairs(labelled.rows, None, keys_of)
    linked = score_pairs(labelled.rows, None, pairs)
    scored = [(frozenset((one.left_id, one.right_id)), one.probability) for one in linked]
    recall, precision, kept = recall_at(scored, labelled.true_pairs, data.precision)
    ours, splink = quality_of(scored, labelled.true_pairs), splinks_own(labelled)
    return Measurement(
        name=NAME.format(data.name),
        ratio=rounded(recall),
        goal=GOAL,
        better=Better.HIGHER,
        detail=_words(data, labelled, (precision, kept, len(pairs)), ours, splink)
        + (f"; not measured, for they are not shipped: {', '.join(absent)}" if absent else ""),
    )


def recall_at(
    scored: list[tuple[frozenset[str], float]], true_pairs: frozenset[frozenset[str]], demanded: float
) -> tuple[float, float, int]:
    """Recall, precision and number of the most candidates that reach the demanded precision, likeliest first.

    Where all candidates together reach it none is left out, and the model has no say. Equal scores stay together.
    """
    ranked = sorted(scored, key=lambda pair: -pair[1])
    hits, best = 0, (0.0, 1.0, 0)
    for taken, (pair, probability) in enumerate(ranked, start=1):
        hits += pair in true_pairs
        ends = taken == len(ranked) or ranked[taken][1] < probability
        if ends and hits / taken >= demanded:
            best = (hits / len(true_pairs) if true_pairs else 1.0, hits / taken, taken)
    return best


def _words(data: DataSet, labelled: Labelled, kept: tuple[float, int, int], ours: Quality, splink: Quality) -> str:
    precision, taken, candidates = kept
    quality = measure_keys([(row.id, row.person) for row in labelled.rows])
    share = "all" if taken == candidates else f"{taken:,} of"
    return (
        f"{len(labelled.rows):,} records, {len(labelled.true_pairs):,} true pairs, {quality.keys_a_record:.1f} keys a "
        f"record; recall of {share} {candidates:,} candidate pairs at a precision of {precision:.4f} (at least "
        f"{data.precision} is demanded); after scoring F1 {ours.f1:.4f} (precision {ours.precision:.4f}, recall "
        f"{ours.recall:.4f}), Splink's own on the same data, trained on it, {splink.f1:.4f} "
        f"(precision {splink.precision:.4f}, recall {splink.recall:.4f})"
    )
