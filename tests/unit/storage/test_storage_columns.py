"""Tables are made from models, so they cannot disagree."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB

from ndsc.model.facts import PolicyFacts
from ndsc.model.record import Record
from ndsc.storage.columns import columns_of


def test_policy_facts_become_scalar_columns_that_are_never_null() -> None:
    columns = {column.name: column for column in columns_of(PolicyFacts)}
    assert set(columns) == set(PolicyFacts.model_fields)
    assert not any(column.nullable for column in columns.values())
    assert {type(column.type) for column in columns.values()} == {Text, BigInteger, Boolean}


def test_nested_values_become_json_and_optional_ones_may_be_null() -> None:
    columns = {column.name: column for column in columns_of(Record)}
    assert isinstance(columns["body"].type, JSONB)
    assert isinstance(columns["marking"].type, JSONB)
    assert isinstance(columns["recorded_at"].type, DateTime)
    assert columns["grading"].nullable
    assert not columns["body"].nullable
