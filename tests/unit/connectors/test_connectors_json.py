"""Reading JSON and JSON lines: flat paths, bounded memory, and no way to make it recurse."""

from __future__ import annotations

import io
import json

import pytest

from ndsc.connectors.catalogue import parse
from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.readers import read_rows
from ndsc.connectors.rows import MAX_DEPTH, MAX_FIELD, MAX_ROW, MAX_VALUES, BadRow, RawRow


def connector(kind: str, record: str = "") -> Connector:
    return parse(
        f"""
connector: any-json
version: 1
title: Any JSON
format: {{type: {kind}{f", record: {record}" if record else ""}}}
source_system: test
columns: {{name: {{aliases: [Name]}}}}
envelope: {{recorded_at: {{const: "2025-01-01T00:00:00Z"}}}}
records: [{{name: event, kind: event, fields: {{title: name}}}}]
"""
    )


def read(data: str | bytes, kind: str = "json", record: str = "") -> list[RawRow | BadRow]:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_rows(io.BytesIO(raw), connector(kind, record)))


def said(rows: list[RawRow | BadRow]) -> list[object]:
    return [row.reason if isinstance(row, BadRow) else dict(row.values) for row in rows]


NESTED = {"a": {"b": [1, 2.50, None, True], "c": None}, "d": [{"e": "x"}, {"e": "y"}], "f": [[1, 2], [3]]}
FLAT = {
    "a/b": "1",
    "a/b[2]": "2.5",
    "a/b[4]": "true",
    "d/e": "x",
    "d[2]/e": "y",
    "f[1]": "1",
    "f[1][2]": "2",
    "f[2]": "3",
}


def test_nesting_becomes_paths_and_null_is_no_value() -> None:
    assert said(read(json.dumps([NESTED]))) == [FLAT]


def test_lines_give_the_same_paths_as_one_document() -> None:
    assert said(read(json.dumps(NESTED) + "\n", "jsonl")) == [FLAT]


def test_numbers_in_lines_are_kept_as_they_were_written() -> None:
    assert said(read('{"n": 1.50, "big": ' + "9" * 5000 + "}", "jsonl")) == [{"n": "1.50", "big": "9" * 5000}]


def test_rows_are_found_where_the_connector_says() -> None:
    data = {"meta": {"rows": [1]}, "data": {"rows": [{"a": 1}, {"a": 2}]}, "tail": [[{"a": 3}]]}
    assert said(read(json.dumps(data), record="data/rows")) == [{"a": "1"}, {"a": "2"}]


def test_a_root_object_is_one_row_when_no_place_is_named() -> None:
    assert said(read('{"a": {"b": 1}}')) == [{"a/b": "1"}]


def test_a_column_may_have_other_names() -> None:
    assert said(read('[{"Name": "x"}]')) == [{"name": "x"}]
    assert said(read('{"Name": "x"}', "jsonl")) == [{"name": "x"}]


def test_what_is_no_object_is_a_bad_row_among_good_ones() -> None:
    assert said(read('[1, {"a": 1}, [2, [3]], "x", null, {"a": 2}]')) == [
        "not-an-object",
        {"a": "1"},
        "not-an-object",
        "not-an-object",
        "not-an-object",
        {"a": "2"},
    ]


def test_a_document_that_breaks_off_keeps_the_rows_before() -> None:
    assert said(read('[{"a": 1}, {"a": ')) == [{"a": "1"}, "malformed-json"]


@pytest.mark.parametrize("rest", ['{"a": ', '{"a" 1}, {"a": 2}]', "]]", '{"a": "' + "z" * (MAX_ROW * 8)])
def test_the_row_that_ends_the_reading_says_so_and_no_other_does(rest: str) -> None:
    rows = read('[{"a": 1}, 7, ' + rest)
    assert [isinstance(row, BadRow) and row.last for row in rows] == [False, False, True]


def test_a_broken_line_spoils_only_itself() -> None:
    rows = read('{"a": 1}\n{"a": \n\n{"a": 2}', "jsonl")
    assert said(rows) == [{"a": "1"}, "malformed-json", {"a": "2"}]
    assert not any(isinstance(row, BadRow) and row.last for row in rows)


@pytest.mark.parametrize("line", ['{"a": NaN}', '{"a": 1, "a": 2}', '{"a": {"b": 1, "b": 2}}'])
def test_what_is_not_json_by_the_letter_is_not_taken(line: str) -> None:
    assert said(read(line, "jsonl")) == ["malformed-json"]


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_deep_nesting_is_a_bad_row(kind: str) -> None:
    for depth in (MAX_DEPTH + 5, 5_000, 200_000):
        deep = '{"a":' + "[" * depth + "]" * depth + "}"
        whole = f'[{deep}, {{"a": 1}}]' if kind == "json" else f'{deep}\n{{"a": 1}}'
        reasons = said(read(whole, kind))
        assert reasons[0] in {"too-deep", "row-too-long", "malformed-json"}
        assert reasons[1:] == [{"a": "1"}]


def test_deep_nesting_outside_the_rows_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="nested"):
        read('{"a":' + "[" * 100_000, record="rows")


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("x" * (MAX_FIELD + 1), "value-too-long"),
        ("a\x00b", "control-character"),
        (list(range(MAX_VALUES + 1)), "too-many-values"),
        (["y" * 60_000] * 5, "row-too-long"),
    ],
)
def test_what_cannot_be_kept_is_a_bad_row(kind: str, value: object, reason: str) -> None:
    bad, good = json.dumps({"a": value}), '{"a": 1}'
    whole = f"[{bad}, {good}]" if kind == "json" else f"{bad}\n{good}"
    assert said(read(whole, kind)) == [reason, {"a": "1"}]


def test_half_a_surrogate_pair_is_not_kept() -> None:
    assert said(read('{"a": "\\ud800"}', "jsonl")) == ["control-character"]
    assert said(read('[{"a": "\\ud800"}]')) == [{"a": "?"}], "the streaming parser has replaced it already"


def test_a_text_without_an_end_stops_the_reading_and_not_the_machine() -> None:
    assert said(read('[{"a": 1}, {"a": "' + "z" * (MAX_ROW * 8))) == [{"a": "1"}, "value-too-long"]


def test_two_names_that_make_one_path_are_ambiguous() -> None:
    assert said(read('{"a/b": 1, "a": {"b": 2}}', "jsonl")) == ["ambiguous-name"]


@pytest.mark.parametrize("data", [b"", b"   ", b"[]garbage", b"\xff\xfe\x00", b"nonsense"])
def test_a_file_that_is_no_json_is_an_error_or_one_bad_row(data: bytes) -> None:
    try:
        rows = read(data)
    except UnreadableFileError:
        return
    assert said(rows) == ["malformed-json"]


def test_a_document_without_the_list_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="no list of rows at data"):
        read('{"other": []}', record="data")


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert said(read(b"\xef\xbb\xbf" + b'[{"a": 1}]')) == [{"a": "1"}]
    assert said(read('[{"a": "é"}]'.encode("utf-16"))) == [{"a": "é"}]
