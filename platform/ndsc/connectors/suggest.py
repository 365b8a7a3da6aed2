"""A first draft of a connector for a file nobody has described: each line with how sure it is, and why.

Two things are looked at: what a heading is called, and what its values look like. Where both agree the draft is sure;
where they disagree it says so, and leaves the decision to a person. Nothing is stored, and no value is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndsc.connectors.profiles import Look, Profile, look_at
from ndsc.connectors.shapes import best_date_form, best_moment_form, fits_shape, share
from ndsc.connectors.synonyms import LETTERS, PARTS, RECORDED, SCENE, TARGETS, Target, likeness, words_of

_ENOUGH = 0.35
"""Below this a guess is left out."""
_MOST = 0.6
"""The part of a column that must be in a code list before the list is suggested for it."""
_TEXTS = frozenset({"text", "name"})
_TIMED = frozenset({"date", "time"})
"""Words in a heading that say a column holds no name and no text, however its values are written."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One line of the draft."""

    column: str
    record: str
    attribute: str
    confidence: float
    why: str
    value: dict[str, Any]
    """The line's own ``ValueOf``, without the column."""
    each: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is guessed of a file."""

    name: str
    look: Look
    guesses: list[Guess]
    unused: list[str]


def suggest(path: Path) -> Draft:
    """Look at the first rows of a file and guess. Raises ``UnreadableFileError``."""
    look = look_at(path)
    guesses = _settled([guess for column in look.columns for guess in _guesses(column, look)])
    recorded = _recorded(look)
    if recorded is not None:
        guesses.append(recorded)
    used = {guess.column for guess in guesses}
    unused = [column.name for column in look.columns if column.name not in used]
    return Draft(_slug(path.stem), look, guesses, unused)


def _slug(stem: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:50]
    return slug if slug[:1].isalpha() else f"export-{slug}".rstrip("-")


def _guesses(column: Profile, look: Look) -> list[Guess]:
    values = column.distinct
    if not values:
        return []
    found = [_guess(column, target, values, look) for target in TARGETS]
    return [guess for guess in found if guess is not None]


def _guess(column: Profile, target: Target, values: list[str], look: Look) -> Guess | None:
    if not _fits_heading(column.name, target):
        return None
    named = likeness(column.name, target.headings)
    if named < 0.5 and not target.telling:
        return None
    fit, value, shape_says = _fit(target, values)
    confidence = _confidence(named, fit, target)
    if target.shape.startswith("code:") and fit < _MOST:
        return None  # so many rows would be quarantined that the list is not what the column holds
    if target.record == "reference":
        confidence, shape_says = _as_reference(named, column, look)
    if confidence < _ENOUGH:
        return None
    name_says = "the heading is a name for it" if named > 0.9 else "the heading is like a name for it"
    why = f"{name_says}; {shape_says}" if named >= 0.5 else f"the heading says nothing; {shape_says}"
    return Guess(column.name, target.record, target.attribute, round(confidence, 2), why, value, column.repeated)


def _fits_heading(heading: str, target: Target) -> bool:
    """Whether an address is one of the sort of place that its heading says; and no date is a text."""
    words = set(words_of(heading).split())
    if target.shape in _TEXTS and words & _TIMED:
        return False
    scene = bool(words & SCENE)
    if target.attribute.startswith("home."):
        return not scene
    return scene or not target.attribute.startswith("address.")


def part_of(value: str) -> str:
    """What a word for a person's part in an event says they are; ``other`` when it is not known."""
    plain = words_of(value)
    return LETTERS.get(plain) or next((part for start, part in PARTS.items() if plain.startswith(start)), "other")


def _confidence(named: float, fit: float, target: Target) -> float:
    if target.shape in _TEXTS:
        return 0.85 * named
    if named >= 0.5:
        return named * (0.25 + 0.72 * fit)
    return target.telling * fit if fit >= 0.85 else 0.0


def _fit(target: Target, values: list[str]) -> tuple[float, dict[str, Any], str]:
    """How many values have the target's shape, what must be done to them, and that in words."""
    if target.shape == "text":
        return 1.0, {}, "any text can be one"
    if target.shape == "name":
        return 1.0, {"transforms": ["name"]}, "any text can be one"
    if target.shape in {"date", "moment"}:
        return _fit_date(target, values)
    if target.shape == "role":
        known = share(values, lambda text: part_of(text) != "other")
        return (
            known,
            {"codes": {text: part_of(text) for text in values[:20]}, "otherwise": "other"},
            (f"{known:.0%} of its values are words for a part in an event"),
        )
    fit = fits_shape(target.shape, values)
    if target.shape.startswith("code:"):
        name = target.shape.removeprefix("code:")
        return fit, {"code_list": name}, f"{fit:.0%} of its values are in the code list {name}"
    steps: dict[str, Any] = {}
    if target.shape in {"latitude", "longitude", "number"}:
        steps = {"transforms": ["number"]}
    elif target.shape == "email":
        steps = {"transforms": ["lower"]}
    elif target.shape not in {"grading", "marking"}:
        steps = {"transforms": [target.shape]}
    return fit, steps, f"{fit:.0%} of its values are right for {target.shape.replace('-', ' ')}"


def _fit_date(target: Target, values: list[str]) -> tuple[float, dict[str, Any], str]:
    day_form, days = best_date_form(values)
    moment_form, moments = best_moment_form(values)
    if target.shape == "moment":
        return moments, {"transforms": [{"datetime": moment_form}]}, f"{moments:.0%} are times written {moment_form}"
    if moments > days:
        steps = {"transforms": [{"datetime": moment_form}, "day-of"]}
        return moments, steps, f"{moments:.0%} are times written {moment_form}, of which the day is kept"
    return days, {"transforms": [{"date": day_form}]}, f"{days:.0%} are dates written {day_form}"


def _as_reference(named: float, column: Profile, look: Look) -> tuple[float, str]:
    filled = column.rows / look.rows
    different = len(column.values) / max(column.rows, 1)
    if column.repeated or filled < 0.5:
        return 0.0, ""
    return named * (
        0.3 + 0.65 * different * filled
    ), f"{different:.0%} of its values differ, {filled:.0%} of rows have one"


def _settled(guesses: list[Guess]) -> list[Guess]:
    """The surest guesses: one column for an attribute, and one attribute for a column (times may say two things)."""
    chosen: list[Guess] = []
    for guess in sorted(guesses, key=lambda guess: -guess.confidence):
        same_place = any((known.record, known.attribute) == (guess.record, guess.attribute) for known in chosen)
        same_column = [known for known in chosen if known.column == guess.column]
        both_times = all({known.attribute, guess.attribute} == {"occurred", "occurred_at"} for known in same_column)
        if not same_place and (not same_column or both_times):
            chosen.append(guess)
    return chosen


def _recorded(look: Look) -> Guess | None:
    """The column that says when a row was recorded: by its heading, else the first that is all dates."""
    best: Guess | None = None
    for column in look.columns:
        named = likeness(column.name, RECORDED)
        values = column.distinct
        if not values or column.repeated or share(values, lambda text: len(text) > 4) < 0.5:
            continue  # a bare year is as often a number or a postcode
        day_form, days = best_date_form(values)
        moment_form, moments = best_moment_form(values)
        fit = max(days, moments)
        confidence = named * (0.2 + 0.75 * fit) if named >= 0.5 else 0.4 * fit * (column.rows / look.rows)
        if "birth" in column.name.lower() or "dob" in column.name.lower() or fit < 0.5:
            continue
        if best is None or confidence > best.confidence:
            why = "the heading is a name for it" if named >= 0.5 else "no heading says it; these are dates"
            says = f"{fit:.0%} are written {moment_form if moments >= days else day_form}"
            steps = _moment_steps(values, moments, moment_form, day_form)
            best = Guess(
                column.name, "envelope", "recorded_at", round(confidence, 2), f"{why}; {says}", {"transforms": steps}
            )
    return best


def _moment_steps(values: list[str], moments: float, moment_form: str, day_form: str) -> list[Any]:
    if moments >= 0.5:
        return [{"datetime": moment_form}]
    if all(re.fullmatch(r"\d{4}-\d{2}", value) for value in values):
        return ["month-start"]
    return [{"date": day_form}, "day-start"]
