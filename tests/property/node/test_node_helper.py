"""What the mapping process answers is what the load would have made of the rows itself."""

from __future__ import annotations

import io
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.connectors.catalogue import shipped
from ndsc.connectors.mapping import compile_connector
from ndsc.connectors.rows import BadRow, RawRow
from ndsc.node.helper import packed, serve
from ndsc.node.preparing import map_rows
from ndsc.node.staging import Writer

STREET = shipped("police-uk-street")
FILE = "2025-01-durham-street.csv"

values = st.fixed_dictionaries(
    {
        "Crime ID": st.sampled_from(["", "ab", "cd", "a#b", "\t", "x" * 201]),
        "Month": st.sampled_from(["2025-01", "2025-02", "no month", ""]),
        "Longitude": st.sampled_from(["", "-1.5", "-1.6", "far"]),
        "Latitude": st.sampled_from(["", "54.7"]),
        "Location": st.sampled_from(["On or near High Street", "No Location", "=cmd()", "\\N", "é"]),
        "Crime type": st.sampled_from(["Burglary", "Anti-social behaviour", "Dancing", ""]),
        "Context": st.just("") | st.text(max_size=5),
    }
)
read = st.tuples(values, st.none() | st.just("the row"))
unread = st.just(BadRow(1, "a,b", "bad-quoting"))


def rows_of(drawn: list[Any]) -> list[RawRow | BadRow]:
    return [one if isinstance(one, BadRow) else RawRow(line, one[0], one[1]) for line, one in enumerate(drawn, start=1)]


@given(batches=st.lists(st.lists(read | unread, max_size=8), min_size=1, max_size=3))
@settings(deadline=None)
def test_the_process_answers_what_the_load_would_have_made(batches: list[list[Any]]) -> None:
    mapper, writer = compile_connector(STREET, "durham", FILE), Writer()
    jobs, expected = io.BytesIO(), []
    pickle.dump((STREET, "durham", FILE), jobs)
    for drawn in batches:
        rows = rows_of(drawn)
        numbers = [1 + index % 2 for index in range(sum(isinstance(row, RawRow) for row in rows))]
        pickle.dump((packed(mapper, rows), numbers), jobs)
        expected.append(map_rows(mapper, writer, rows_of(drawn), numbers))
    answers = io.BytesIO()
    jobs.seek(0)
    with pytest.raises(EOFError):
        serve(jobs, answers)
    answers.seek(0)
    assert pickle.load(answers) is None  # noqa: S301  # our own
    for batch, shared in expected:
        answer, also = pickle.load(answers)  # noqa: S301  # our own
        assert answer == batch
        assert also == shared
        assert list(answer.records) == list(batch.records)
