"""Reading XML: rows as flat paths, and nothing that an attacker can make grow or reach out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ndsc.connectors.catalogue import parse
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.readers import read_rows
from ndsc.connectors.rows import MAX_FIELD, MAX_VALUES, BadRow, RawRow

CONNECTOR = parse(
    """
connector: any-xml
version: 1
title: Any XML
format: {type: xml, record: Rows/Row}
source_system: test
envelope: {recorded_at: {const: "2025-01-01T00:00:00Z"}}
records: [{name: event, kind: event, fields: {title: Name}}]
"""
)


def read(data: str | bytes) -> list[RawRow | BadRow]:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_rows(io.BytesIO(raw), CONNECTOR))


def said(rows: list[RawRow | BadRow]) -> list[object]:
    return [row.reason if isinstance(row, BadRow) else dict(row.values) for row in rows]


def rows_of(*bodies: str) -> str:
    return "<X><Rows>" + "".join(f"<Row>{body}</Row>" for body in bodies) + "</Rows></X>"


def test_elements_and_attributes_become_paths() -> None:
    data = '<X xmlns="urn:a"><Rows><Row id="7"><P t="s"><N> A </N></P><P><N>B</N></P><E/></Row></Rows></X>'
    assert said(read(data)) == [{"@id": "7", "P/@t": "s", "P/N": "A", "P[2]/N": "B"}]


def test_nil_comments_and_instructions_are_no_values() -> None:
    body = '<!-- c --><?p x?><A xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/><B>1</B>'
    assert said(read(rows_of(body))) == [{"B": "1"}]


def test_the_five_entities_of_xml_and_cdata_are_text() -> None:
    assert said(read(rows_of("<A>a &amp; b &#233;</A><B><![CDATA[<c>]]></B>"))) == [{"A": "a & b é", "B": "<c>"}]


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)).replace("&a0;", "&a;")
    + "]><X><Rows><Row><A>&a11;</A></Row></Rows></X>"
)


def test_an_entity_bomb_is_refused_before_it_is_lit() -> None:
    with pytest.raises(UnreadableFileError, match="document type"):
        read(BOMB)


def test_an_external_entity_is_refused_and_not_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with pytest.raises(UnreadableFileError, match="document type"):
        read(f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]><X><Rows><Row><A>&e;</A></Row></Rows></X>')


def test_a_document_type_without_an_end_is_refused_at_its_beginning() -> None:
    with pytest.raises(UnreadableFileError, match="document type"):
        read("<!DOCTYPE x [" + "<!ELEMENT a ANY>" * 200_000)


def test_an_undeclared_entity_ends_the_reading_with_a_bad_row() -> None:
    rows = read(rows_of("<A>1</A>", "<A>&boom;</A>", "<A>2</A>"))
    assert said(rows) == [{"A": "1"}, "malformed-xml"]
    assert [isinstance(row, BadRow) and row.last for row in rows] == [False, True]


def test_xml_that_breaks_off_keeps_the_rows_before() -> None:
    assert said(read(rows_of("<A>1</A>", "<A>2</A>")[:-20])) == [{"A": "1"}, "malformed-xml"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"<A>{'x' * (MAX_FIELD + 1)}</A>", "value-too-long"),
        ("".join(f"<A{n}>1</A{n}>" for n in range(MAX_VALUES + 1)), "too-many-values"),
        ("<A>" * 40 + "</A>" * 40, "too-deep"),
        ("".join(f"<A>{'y' * 60_000}</A>" for _ in range(5)), "row-too-long"),
    ],
)
def test_what_cannot_be_kept_is_a_bad_row_among_good_ones(body: str, reason: str) -> None:
    assert said(read(rows_of(body, "<A>1</A>"))) == [reason, {"A": "1"}]


def test_nesting_without_end_is_stopped() -> None:
    [row] = read("<X><Rows><Row>" + "<a>" * 300_000)
    assert isinstance(row, BadRow)
    with pytest.raises(UnreadableFileError, match="nested"):
        read("<a>" * 300_000)


@pytest.mark.parametrize("data", [b"", b"<", b"not xml", b"\x00\x01", b"<X/>", b"<X><Rows/></X>"])
def test_a_file_without_rows_is_an_error_or_one_bad_row(data: bytes) -> None:
    try:
        rows = read(data)
    except UnreadableFileError:
        return
    assert said(rows) == ["malformed-xml"]


def test_the_encoding_that_the_document_declares_is_used() -> None:
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    assert said(read((head + rows_of("<A>é</A>")).encode("iso-8859-1"))) == [{"A": "é"}]
