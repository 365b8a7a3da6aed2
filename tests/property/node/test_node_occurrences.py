"""Keys are numbered in their order, wherever they are counted: here, in the database, or first here and then there."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from ndsc.node.merging import driver_of
from ndsc.node.occurrences import Occurrences

asked = st.tuples(st.sampled_from(["reference", "record"]), st.lists(st.sampled_from(["a", "b", "é", "\ud800", ""])))


@given(questions=st.lists(asked, max_size=8), in_memory=st.integers(0, 8))
@example(questions=[("record", ["a", "b"]), ("record", ["a", "a", "é"]), ("record", ["b"])], in_memory=2)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_key_is_numbered_as_if_all_were_remembered(
    engine: Engine, questions: list[tuple[str, list[str]]], in_memory: int
) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        occurrences = Occurrences(driver_of(connection), in_memory=in_memory)
        for sort, keys in questions:
            expected = []
            for key in keys:
                counted[sort, key] += 1
                expected.append(counted[sort, key])
            assert occurrences.number(sort, keys) == expected
