"""What a person's columns are compared by: the levels of each comparison, best first, before any training.

Conditions are written in DuckDB's SQL, as Splink runs them; ``ndsc.matching.conditions`` compiles the same text for a
search. Similarity thresholds are numbers that no quotient of short words' lengths hits, so that two implementations
which differ in the last bit still agree on the level.

Most levels are learnt. Those marked ``fixed`` are rare in any training set, and carry a judgement instead: the two
probabilities say how often a true pair, and how often two strangers, stand on that level.
"""

from __future__ import annotations

from typing import Any, NamedTuple

CLOSE = 0.9173
"""Jaro-Winkler similarity of a likely slip of the pen: Smith / Smyth is 0.89, Robertson / Robertsen 0.96."""
NEAR = 0.8213
"""Jaro-Winkler similarity of names that a bad copy or a bad line could confuse."""


class Level(NamedTuple):
    """One level of agreement. ``fixed`` is (m, u): its share among true pairs and among pairs of strangers."""

    label: str
    condition: str
    fixed: tuple[float, float] | None = None
    frequency_of: str | None = None
    frequency_weight: float = 1.0


class Comparison(NamedTuple):
    """One comparison: its name, when it cannot be made, and its levels, best first. The last is everything else."""

    name: str
    missing: str
    levels: tuple[Level, ...]
    otherwise: str = "Different"
    otherwise_fixed: tuple[float, float] | None = None


def _close(column: str, threshold: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {threshold}"


def _either_missing(column: str) -> str:
    return f"{column}_l IS NULL OR {column}_r IS NULL"


COMPARISONS = (
    Comparison(
        "given_name",
        _either_missing("given_name"),
        (
            Level("Same", "given_name_l = given_name_r", frequency_of="given_name"),
            Level("Short form", "list_has_any(given_forms_l, given_forms_r)"),
            Level("Spelt closely", _close("given_name", CLOSE)),
            Level("Elsewhere in the name", "given_name_l = surname_r OR surname_l = given_name_r "
                  "OR given_name_l = middle_name_r OR middle_name_l = given_name_r", (0.01, 0.0008)),
            Level("Same sound", "given_sound_l = given_sound_r"),
            Level("Initial", "length(given_name_l) = 1 AND starts_with(given_name_r, given_name_l) "
                  "OR length(given_name_r) = 1 AND starts_with(given_name_l, given_name_r)", (0.01, 0.0016)),
            Level("Spelt alike", _close("given_name", NEAR)),
        ),
    ),
    Comparison(
        "surname",
        _either_missing("surname"),
        (
            Level("Same", "surname_l = surname_r", frequency_of="surname"),
            Level("Spelt closely", _close("surname", CLOSE)),
            Level("Same sound", "surname_sound_l = surname_sound_r"),
            Level("Another surname", "list_has_any(surnames_l, surnames_r)", (0.02, 0.0008)),
            Level("Elsewhere in the name", "surname_l = given_name_r OR given_name_l = surname_r", (0.01, 0.0006)),
            Level("Spelt alike", _close("surname", NEAR)),
        ),
    ),
    Comparison(
        "date_of_birth",
        _either_missing("birth"),
        (
            Level("Same", "birth_full_l = birth_full_r"),
            Level("Day and month swapped", "birth_l = birth_swapped_r"),
            Level("One digit apart", "damerau_levenshtein(birth_full_l, birth_full_r) <= 1"),
            Level("As far as known", "starts_with(birth_l, birth_r) OR starts_with(birth_r, birth_l)", (0.02, 0.0004)),
            Level("Two digits apart", "damerau_levenshtein(birth_full_l, birth_full_r) <= 2"),
            Level("Same year", "substr(birth_l, 1, 4) = substr(birth_r, 1, 4)"),
        ),
    ),
    Comparison(
        "address",
        f"({_either_missing('postcode')}) AND ({_either_missing('street')})",
        (
            Level("Same house", "house_number_l = house_number_r AND (postcode_l = postcode_r OR street_l = street_r)"),
            Level("Same house, written differently", "house_number_l = house_number_r AND "
                  f"(damerau_levenshtein(postcode_l, postcode_r) <= 1 OR {_close('street', CLOSE)})"),
            Level("Same street and postcode", f"postcode_l = postcode_r AND {_close('street', CLOSE)}"),
            Level("Same postcode", "postcode_l = postcode_r"),
            Level("Same street", _close("street", CLOSE)),
            Level("Postcode one character apart", "damerau_levenshtein(postcode_l, postcode_r) <= 1"),
        ),
    ),
    Comparison(
        "town",
        # Whose street or postcode is the same lives in the same town: that must not count twice.
        f"{_either_missing('town')} OR postcode_l = postcode_r OR street_l = street_r",
        (
            Level("Same", "town_l = town_r"),
            Level("Spelt closely", _close("town", NEAR)),
        ),
    ),
    Comparison(
        "phone",
        _either_missing("phones"),
        (Level("Same", "list_has_any(phones_l, phones_r)", (0.6, 0.000005)),),
        otherwise_fixed=(0.4, 0.999995),
    ),
    Comparison(
        "email",
        _either_missing("emails"),
        (
            Level("Same", "list_has_any(emails_l, emails_r)"),
            Level("Same name, other provider", "list_has_any(email_users_l, email_users_r)"),
            Level("Spelt closely", _close("email", CLOSE)),
        ),
    ),
    Comparison(
        "identifier",
        f"({_either_missing('pnc_id')}) AND ({_either_missing('cro_number')}) AND ({_either_missing('driver_number')})",
        (
            Level("Same", "pnc_id_l = pnc_id_r OR cro_number_l = cro_number_r OR driver_number_l = driver_number_r",
                  (0.978, 0.000001)),
            Level("One character apart", "damerau_levenshtein(pnc_id_l, pnc_id_r) <= 1 "
                  "OR damerau_levenshtein(cro_number_l, cro_number_r) <= 1 "
                  "OR damerau_levenshtein(driver_number_l, driver_number_r) <= 1", (0.02, 0.0001)),
        ),
        otherwise_fixed=(0.002, 0.9999),
    ),
    Comparison(
        "sex",
        _either_missing("sex"),
        (Level("Same", "sex_l = sex_r", (0.98, 0.5)),),
        otherwise_fixed=(0.02, 0.5),
    ),
)  # fmt: skip

PRIOR = 1e-4
"""Probability that two records taken at random speak of one person. It fits a search, whose records already share an
index key out of a national set; a linkage of two small files may lower its threshold instead."""

RAREST = 0.0002
"""Floor of a name's frequency: below it the shipped list says little, and a bonus for rarity would be guesswork."""


def untrained() -> dict[str, Any]:
    """The model as a Splink 5 settings dictionary, before training."""
    return {
        "link_type": "dedupe_only",
        "probability_two_random_records_match": PRIOR,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "unique_id_column_name": "unique_id",
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.{column} = r.{column}"} for column in ("birth_full", "surname_sound", "postcode")
        ],
        "comparisons": [_comparison(comparison) for comparison in COMPARISONS],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.missing, "label_for_charts": "Not compared", "is_null_level": True}
    ]
    levels += [_level(level) for level in comparison.levels]
    levels.append(_level(Level(comparison.otherwise, "ELSE", comparison.otherwise_fixed)))
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _level(level: Level) -> dict[str, Any]:
    written: dict[str, Any] = {"sql_condition": level.condition, "label_for_charts": level.label}
    if level.fixed:
        m, u = level.fixed
        written |= {"m_probability": m, "u_probability": u, "fix_m_probability": True, "fix_u_probability": True}
    if level.frequency_of:
        written |= {
            "tf_adjustment_column": level.frequency_of,
            "tf_adjustment_weight": level.frequency_weight,
            "tf_minimum_u_value": RAREST,
        }
    return written
