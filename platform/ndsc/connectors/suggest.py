"""A first draft of a connector for a file nobody has described: each line with how sure it is, and why.

Two things are looked at: what a heading is called, and what its values look like. Where both agree the draft is sure;
where they disagree it says so, and leaves the decision to a person. Nothing is stored, and no value is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ndsc.connectors.profiles import Look, Profile, look_at
from ndsc.connectors.shapes import best_date_form, best_moment_form, fits_shape, share
from ndsc.connectors.synonyms import (
    LETTERS,
    NAMING,
    PARTIES,
    PARTS,
    RECORDED,
    REFERENCE,
    SCENE,
    TARGETS,
    Target,
    likeness,
    party_of,
    words_of,
)

_ENOUGH = 0.35
"""Below this a guess is left out."""
_MOST = 0.6
"""The part of a column that must be in a code list before the list is suggested for it."""
_SEVERAL = 20
"""Rows below which that all values differ says nothing about a column whose heading says nothing."""
_SHORT = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9/_.:-]{0,63}")
"""What the name of a row looks like: no spaces, and a digit in it."""
_GUARDS = frozenset({"grading", "marking"})
"""Shapes that say how a record may be handled: what cannot be read there always goes to quarantine."""
_SAID = {
    "unknown": "unknown|not known|unk|u/k|n/k|nk|not stated|not given|not provided|not recorded|refused|tbc|?|-|"
    "no read|noread",
    "none": "none|none given|nil|n/a|na|not applicable|no fixed abode|nfa",
}
_ABSENT = {word: why for why, words in _SAID.items() for word in words.split("|")}
"""What is written where there is no value, and whether it means that none is known or that there is none."""
_STRAY = 0.02
"""The part of a column that may be wrong before that is taken for how the source writes it."""
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
    found = [guess for column in look.columns for guess in _guesses(column)]
    guesses = _settled(_of_one_person(found))
    recorded = _recorded(look, guesses)
    reference = _reference(look, guesses, {guess.column for guess in recorded})
    guesses = [*reference, *_beside(guesses, reference), *recorded]
    used = {guess.column for guess in guesses}
    unused = [column.name for column in look.columns if column.name not in used]
    return Draft(_slug(path.stem), look, guesses, unused)


def _slug(stem: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:50]
    return slug if slug[:1].isalpha() else f"export-{slug}".rstrip("-")


def _guesses(column: Profile) -> list[Guess]:
    values = column.distinct
    if not values:
        return []
    found = [_guess(column, target, values) for target in TARGETS]
    return [guess for guess in found if guess is not None]


def _guess(column: Profile, target: Target, values: list[str]) -> Guess | None:
    if not _fits_heading(column.name, target):
        return None
    named = likeness(column.name, target.headings)
    if named < 0.5 and not target.telling:
        return None
    said = {text.lower() for text in values if _says_nothing(text, target)}
    fit, value, shape_says = _fit(target, [text for text in values if text.lower() not in said] or values)
    confidence = _confidence(named, fit, target)
    if target.shape.startswith("code:") and fit < _MOST:
        return None  # so many rows would be quarantined that the list is not what the column holds
    if confidence < _ENOUGH:
        return None
    name_says = "the heading is a name for it" if named > 0.9 else "the heading is like a name for it"
    why = f"{name_says}; {shape_says}" if named >= 0.5 else f"the heading says nothing; {shape_says}"
    if target.shape not in _GUARDS | {"role"} and value:
        value = {**value, **_allowances(column, target, said, named=named > 0.9)}
    record = (party_of(column.name) or "person") if target.record == "person" else target.record
    return Guess(column.name, record, target.attribute, round(confidence, 2), why, value, column.repeated)


def _says_nothing(text: str, target: Target) -> bool:
    """Whether a value says that there is none, in words that are none of the attribute's own."""
    return text.lower() in _ABSENT and not (target.shape.startswith("code:") and fits_shape(target.shape, [text]))


def _allowances(column: Profile, target: Target, said: set[str], *, named: bool) -> dict[str, Any]:
    """What a guessed line does with values that do not fit: words for "not known" are said to be, many others let by.

    A stray value under a heading that names the attribute is an error, and its row is better off in quarantine; so is
    a row of which it cannot be read how it may be handled.
    """
    absent = {"absent": {word: _ABSENT[word] for word in sorted(said)}} if said else {}
    if target.shape in _TEXTS:
        return absent
    rows = [text for text, count in column.values.most_common(200) for _ in range(count) if text.lower() not in said]
    misfits = round((1 - _fit(target, rows)[0]) * len(rows))
    allowed = 0 if target.shape.startswith("code:") else max(1, _STRAY * len(rows))
    return absent if named and misfits <= allowed else {**absent, "lenient": True}


def _fits_heading(heading: str, target: Target) -> bool:
    """Whether an address is one of the sort of place that its heading says; and no date is a text."""
    words = set(words_of(heading).split())
    if target.shape in _TEXTS and words & _TIMED:
        return False
    if target.shape in _TEXTS and target.record in {"event", "location"} and party_of(heading):
        return False
    if target.attribute in {"occurred", "occurred_at"} and likeness(heading, RECORDED) > 0.6:
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


def _of_one_person(guesses: list[Guess]) -> list[Guess]:
    """Where a file names one party and nobody else, what does not say whose it is is that party's."""
    named = {guess.record for guess in guesses if guess.attribute in {"given_name", "surname"}}
    if len(named & PARTIES) != 1 or "person" in named:
        return guesses
    [party] = named & PARTIES
    return [replace(guess, record=party) if guess.record == "person" else guess for guess in guesses]


def _reference(look: Look, guesses: list[Guess], dated: set[str]) -> list[Guess]:
    """The column that names its row, if one does: by its heading and as most of its values differ, else by its values.

    What is more surely somebody's, or a date, names no row, however its values differ.
    """
    dated = dated | {guess.column for guess in guesses if guess.attribute.startswith("occurred")}
    surer = {guess.column: guess.confidence for guess in guesses if guess.record != "event"}
    best: Guess | None = None
    for column in look.columns:
        if column.repeated or column.name in dated or party_of(column.name) or not column.rows:
            continue
        filled = column.rows / look.rows
        different = len(column.values) / column.rows
        confidence, says = _as_reference(column, filled, different, look.rows)
        if confidence >= max(_ENOUGH, surer.get(column.name, 0)) and (best is None or confidence > best.confidence):
            why = f"{says}; {different:.0%} of its values differ, {filled:.0%} of rows have one"
            best = Guess(column.name, "reference", "reference", round(confidence, 2), why, {})
    return [best] if best else []


def _beside(guesses: list[Guess], reference: list[Guess]) -> list[Guess]:
    """The guesses without what the reference's column is not: an event stays, unless its URN is all that is known."""
    rows = {guess.column for guess in reference}
    kept = [guess for guess in guesses if guess.column not in rows or guess.record == "event"]
    if {guess.attribute for guess in kept if guess.record == "event"} != {"urn"}:
        return kept
    others = [guess for guess in kept if guess.record != "event"]
    return others if any(guess.record not in {"envelope", "link"} for guess in others) else kept


def _as_reference(column: Profile, filled: float, different: float, rows: int) -> tuple[float, str]:
    named = likeness(column.name, REFERENCE)
    unique = different == 1 and filled == 1
    if named >= 0.5 and filled >= 0.5:
        says = "the heading is a name for it" if named > 0.9 else "the heading is like a name for it"
        return named * (0.3 + 0.65 * different * filled), says
    if unique and words_of(column.name).rpartition(" ")[2] in NAMING:
        return 0.6, "the heading ends as such names do"
    if unique and rows >= _SEVERAL and share(column.distinct, _SHORT.fullmatch) == 1:
        return 0.4, "the heading says nothing; its values look like references"
    return 0.0, ""


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


def _recorded(look: Look, guesses: list[Guess]) -> list[Guess]:
    """The column that says when a row was recorded: by its heading, else the first that is all dates."""
    births = {guess.column for guess in guesses if guess.attribute == "date_of_birth"}
    best: Guess | None = None
    for column in look.columns:
        named = likeness(column.name, RECORDED)
        values = column.distinct
        if not values or column.repeated or column.name in births or share(values, lambda text: len(text) > 4) < 0.5:
            continue  # a bare year is as often a number or a postcode
        day_form, days = best_date_form(values)
        moment_form, moments = best_moment_form(values)
        fit = max(days, moments)
        filled = column.rows / look.rows
        confidence = (named * (0.2 + 0.75 * fit) if named >= 0.5 else 0.4 * fit) * filled
        if fit < 0.5:
            continue
        if best is None or confidence > best.confidence:
            why = "the heading is a name for it" if named >= 0.5 else "no heading says it; these are dates"
            says = (
                f"{fit:.0%} are written {moment_form if moments >= days else day_form}, {filled:.0%} of rows have one"
            )
            steps = _moment_steps(values, moments, moment_form, day_form)
            best = Guess(
                column.name, "envelope", "recorded_at", round(confidence, 2), f"{why}; {says}", {"transforms": steps}
            )
    return [best] if best else []


def _moment_steps(values: list[str], moments: float, moment_form: str, day_form: str) -> list[Any]:
    if moments >= 0.5:
        return [{"datetime": moment_form}]
    if all(re.fullmatch(r"\d{4}-\d{2}", value) for value in values):
        return ["month-start"]
    return [{"date": day_form}, "day-start"]
