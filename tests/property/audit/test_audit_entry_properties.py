"""Any entry has one line of text that says all of it; any change to a signed head is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.audit.checkpoints import open_checkpoint, sign_checkpoint
from ndsc.audit.entries import Entry, Operation, Subject
from ndsc.audit.errors import BadCheckpointError
from ndsc.audit.merkle import TreeHead, leaf_hash
from ndsc.audit.story import tell
from ndsc.trust.keys import SigningKey

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(
    lambda text: any(character.isprintable() and not character.isspace() for character in text)
)
entries = st.builds(
    Entry,
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1), max_value=datetime(9999, 1, 1)),  # noqa: DTZ001
    operation=st.sampled_from(Operation),
    actor=words,
    actor_force=st.none() | st.from_regex(r"[a-z][a-z0-9-]{1,20}", fullmatch=True),
    purpose=st.none() | words,
    justification=st.none() | words,
    subject=st.lists(words, max_size=6).map(Subject.of),
    recipients=st.lists(words, max_size=3).map(tuple),
    detail=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), words | st.integers(-(2**53) + 1, 2**53 - 1), max_size=4
    ),
)

ORIGIN = "ndsc.police.uk/audit/test"
KEY = SigningKey.generate()
CHECKPOINT = sign_checkpoint(ORIGIN, TreeHead(20_852_163, leaf_hash(b"root")), KEY)


@settings(max_examples=200)
@given(entries)
def test_the_canonical_text_reads_back_as_the_entry_and_is_its_own_canonical_text(entry: Entry) -> None:
    text = entry.canonical()
    assert Entry.parse(text) == entry
    assert Entry.parse(text).canonical() == text
    assert text.splitlines() == [text]
    assert "\\u0000" not in text


@settings(max_examples=100)
@given(entries)
def test_every_entry_can_be_told_in_one_line(entry: Entry) -> None:
    sentence = tell(entry)
    assert sentence.endswith(".")
    assert sentence.splitlines() == [sentence]
    assert entry.actor in sentence


@settings(max_examples=120)
@given(st.recursive(st.none() | st.booleans() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*Entry.model_fields, "format"]), inner)))  # fmt: skip  # noqa: E501
def test_reading_any_json_ends_in_an_entry_or_a_value_error(content: object) -> None:
    try:
        Entry.parse(json.dumps(content))
    except ValueError:
        return
    raise AssertionError("nothing that this draws is an entry")


@settings(max_examples=300)
@given(st.integers(0, len(CHECKPOINT) - 1), st.characters(codec="utf-8"))
def test_a_checkpoint_with_one_character_changed_is_refused(position: int, character: str) -> None:
    changed = CHECKPOINT[:position] + character + CHECKPOINT[position + 1 :]
    if changed == CHECKPOINT:
        return
    with pytest.raises(BadCheckpointError):
        open_checkpoint(changed, ORIGIN, KEY.public)


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_any_other_text_is_no_checkpoint(text: str) -> None:
    with pytest.raises(BadCheckpointError):
        open_checkpoint(text, ORIGIN, KEY.public)
