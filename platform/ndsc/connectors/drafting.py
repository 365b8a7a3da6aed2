"""A draft as a connector file: YAML that can be used as it stands, with a remark on every line that was guessed."""

from __future__ import annotations

import json
from typing import Any

from ndsc.connectors.catalogue import parse
from ndsc.connectors.connector import Connector
from ndsc.connectors.suggest import Draft, Guess, part_of
from ndsc.connectors.synonyms import PARTIES

_NO_DATE = "2000-01-01T00:00:00+00:00"
_SURE = 0.5
"""Below this, a column is not trusted to say when a row was recorded: a row without it does without."""
_KINDS = {"event": "event", "person": "person", "vehicle": "object", "phone": "object", "location": "location"}
_KEEPS = frozenset({"keeper", "owner"})
_USES = frozenset({"person", "driver", "passenger", "suspect"})
_ALWAYS = {
    "event": "      category: {const: incident}  # please say: crime, incident, stop-search, custody, intelligence ...",
    "vehicle": "      category: {const: vehicle}",
    "phone": "      category: {const: phone}",
}
_WIDTH = 74


def as_yaml(draft: Draft) -> str:
    """The connector file, with how sure each line is and why."""
    records = _records(draft)
    parts = [
        *_head(draft),
        *_reference(draft),
        *_envelope(draft),
        "records:",
        *(line for name in records for line in _record(name, records[name], first=name == next(iter(records)))),
        *_links(records, draft),
        *_unused(draft),
    ]
    return "\n".join(parts) + "\n"


def as_connector(draft: Draft) -> Connector:
    """The draft as the connector that its file would be."""
    return parse(as_yaml(draft), draft.name)


def as_data(draft: Draft) -> dict[str, Any]:
    """The draft for scripts: its lines, and the file's text."""
    return {
        "format": draft.look.format.model_dump(mode="json", exclude_defaults=True),
        "rows_looked_at": draft.look.rows,
        "bad_rows": draft.look.bad_rows,
        "lines": [
            {
                "column": guess.column,
                "record": guess.record,
                "attribute": guess.attribute,
                "confidence": guess.confidence,
                "why": guess.why,
            }
            for guess in draft.guesses
        ],
        "unused_columns": draft.unused,
        "yaml": as_yaml(draft),
    }


def _head(draft: Draft) -> list[str]:
    form = draft.look.format
    lines = [
        f"# A draft from the first {draft.look.rows} rows. Each remark says how sure a line is, and why:",
        "# read them all, correct what is wrong, then see what it does: ndsc connector try FILE --connector THIS",
        "# Where a line says lenient, what does not fit is left out; without the word its row goes to quarantine.",
        f"connector: {draft.name}",
        "version: 1",
        f"title: {_text(f'Draft for {draft.name}')}",
        "format:",
        f"  type: {form.type}",
    ]
    lines += [f"  record: {_text(form.record)}"] if form.record else []
    lines += [f"  delimiter: {_text(form.delimiter)}"] if form.delimiter != "," else []
    lines += [f"  fallback_encoding: {form.fallback_encoding}"] if form.fallback_encoding else []
    return [*lines, f"source_system: {draft.name}  # please say: the system that the export comes from", ""]


def _reference(draft: Draft) -> list[str]:
    found = next((guess for guess in draft.guesses if guess.record == "reference"), None)
    if found is None:
        return ["# No column names its row, so a row is known by all of its values.", ""]
    return ["reference:", _remark(f"  columns: [{_text(found.column)}]", found), ""]


def _envelope(draft: Draft) -> list[str]:
    guesses = [guess for guess in draft.guesses if guess.record == "envelope"]
    root = "" if draft.look.format.type == "csv" else "/"  # the envelope is asked for inside repeated parts too
    lines = [
        _remark(f"  {guess.attribute}: {_value(guess, column=root + guess.column, required=guess.attribute)}", guess)
        + (
            "; NEEDS YOU: which column says it?"
            if guess.attribute == "recorded_at" and guess.confidence < _SURE
            else ""
        )
        for guess in guesses
    ]
    if not any(guess.attribute == "recorded_at" for guess in guesses):
        lines.insert(0, f"  recorded_at: {{const: {_text(_NO_DATE)}}}  # 0% - no column of dates was found: please say")
    return (
        ["envelope:", *lines, '  retention_group: {const: "3"}  # please say', ""]
        if not any(guess.attribute == "retention_group" for guess in guesses)
        else ["envelope:", *lines, ""]
    )


def _records(draft: Draft) -> dict[str, list[Guess]]:
    """The records that the file seems to hold; the first is the row itself, so nothing in it repeats."""
    found: dict[str, list[Guess]] = {}
    parties = dict.fromkeys(guess.record for guess in draft.guesses if guess.record in PARTIES)
    for name in ("event", "person", "vehicle", "phone", *parties, "location"):
        guesses = [guess for guess in draft.guesses if guess.record == name]
        if guesses:
            found[name] = guesses
    first = next((name for name, guesses in found.items() if not _each(guesses)), None)
    if first is None:
        return {"event": [], **found}
    return {first: found.pop(first), **found}


def _each(guesses: list[Guess]) -> str:
    """The repeated part that most of a record's columns lie in; empty when they do not repeat."""
    parts = [guess.each for guess in guesses if guess.each and guess.each != guess.column]
    return max(set(parts), key=parts.count) if len(parts) * 2 > len(guesses) else ""


def _record(name: str, guesses: list[Guess], *, first: bool) -> list[str]:
    each = "" if first else _each(guesses)
    lines = [f"  - name: {name}\n    kind: {_KINDS.get(name, 'person')}"]
    if each:
        lines.append(f"    each: {_text(each)}")
    inside = [guess for guess in guesses if not each or guess.column.startswith(f"{each}/")]
    if not first and not each and inside:
        lines.append(f"    when_any: [{', '.join(_text(guess.column) for guess in inside[:20])}]")
    lines.append("    fields:")
    if name in _ALWAYS:
        lines.append(_ALWAYS[name])
    for guess in inside:
        column = guess.column.removeprefix(f"{each}/") if each else guess.column
        lines.append(_remark(f"      {guess.attribute}: {_value(guess, column=column)}", guess))
    return lines if len(lines) > 2 or inside else [*lines[:-1], "    fields: {}"]


def _value(guess: Guess, *, column: str | None = None, required: str = "") -> str:
    name = guess.column if column is None else column
    value: dict[str, Any] = {("each" if guess.each == guess.column and guess.each else "column"): name, **guess.value}
    if required == "recorded_at":
        value |= {"required": True} if guess.confidence >= _SURE else {"otherwise": _NO_DATE, "lenient": True}
    return json.dumps(value, ensure_ascii=False)


def _links(records: dict[str, list[Guess]], draft: Draft) -> list[str]:
    lines = []
    for who in (name for name in records if _KINDS.get(name, "person") == "person"):
        if "event" in records and not _apart(records[who], records["event"]):
            lines += [f"  - source: {who}", "    target: event", "    role: involved-in", _part(who, records, draft)]
        role = "keeper-of" if who in _KEEPS else "uses"
        if who in _KEEPS | _USES and "vehicle" in records and not _apart(records[who], records["vehicle"]):
            lines.append(f"  - {{source: {who}, target: vehicle, role: {role}}}")
    if "event" in records and "location" in records:
        lines.append("  - {source: event, target: location, role: occurred-at}")
    return ["", "links:", *lines] if lines else []


def _part(who: str, records: dict[str, list[Guess]], draft: Draft) -> str:
    guess = next((guess for guess in draft.guesses if guess.record == "link"), None)
    each = _each(records[who])
    if who in PARTIES:
        return f"    subject_category: {{const: {part_of(who)}}}  # please check: as its columns are called {who}"
    if guess is None or (each and not guess.column.startswith(f"{each}/")):
        return "    subject_category: {const: other}  # please say: suspect, convicted, victim, witness or other"
    column = guess.column.removeprefix(f"{each}/") if each else guess.column
    return _remark(f"    subject_category: {_value(guess, column=column)}", guess)


def _apart(one: list[Guess], other: list[Guess]) -> bool:
    return bool(_each(one) and _each(other) and _each(one) != _each(other))


def _unused(draft: Draft) -> list[str]:
    if not draft.unused:
        return []
    return ["", "# Not used, because nothing says what they are:", *(f"#   {_comment(name)}" for name in draft.unused)]


def _remark(line: str, guess: Guess) -> str:
    return f"{line:<{_WIDTH}}  # {guess.confidence:.0%} - {_comment(guess.why)}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _comment(text: str) -> str:
    return " ".join(text.split())[:200]
