"""The node's reads for a search: facts first, bodies only of what policy let through, and each read bounded.

Every hot query is here, by name, so that a test can read the plan of each at 100,000 rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from ndsc.model.facts import PolicyFacts
from ndsc.model.pole import AnyBody, Kind
from ndsc.node.schemas import MAX_LINKS, plain_names

TOKEN_READS = 1_000
"""Index rows read for one token at most: a token that more records share tells them apart too little to be of use."""
_LINK_READS = 100
_NAMES = tuple(PolicyFacts.model_fields)
FACT_COLUMNS = ", ".join(f"r.{name}" for name in _NAMES)
"""The policy facts of a record ``r``, as :func:`facts_from` reads them."""

CANDIDATES = text(f"""
SELECT c.record_id, c.rules, {FACT_COLUMNS} FROM (
    SELECT t.record_id, array_agg(DISTINCT t.rule) AS rules, count(*) AS shared
    FROM unnest(CAST(:tokens AS bytea[])) AS q(token) CROSS JOIN LATERAL (
        SELECT record_id, rule FROM index_token
        WHERE token = q.token AND kind = :kind ORDER BY record_id LIMIT {TOKEN_READS}) t
    GROUP BY t.record_id ORDER BY shared DESC, t.record_id LIMIT :limit) c
JOIN record r ON r.id = c.record_id ORDER BY c.shared DESC, c.record_id
""")  # noqa: S608  # names of our own columns

_NAMED = f"""
SELECT r.id, CAST(ARRAY[] AS text[]) AS rules, {FACT_COLUMNS} FROM record r
WHERE r.kind = 'person' AND {{condition}} ORDER BY r.id LIMIT :limit
"""  # noqa: S608  # names of our own columns

_GIVEN_NAME = "lower(r.body ->> 'given_name') = lower(CAST(:given_name AS text))"
_SURNAME = "lower(r.body ->> 'surname') = lower(CAST(:surname AS text))"
BY_GIVEN_NAME = text(_NAMED.format(condition=_GIVEN_NAME))
BY_SURNAME = text(_NAMED.format(condition=_SURNAME))
BY_BOTH_NAMES = text(_NAMED.format(condition=f"{_GIVEN_NAME} AND {_SURNAME}"))

LINKED = text(f"""
SELECT v.id AS owner, l.direction, l.role, l.subject_category, l.other, {FACT_COLUMNS}
FROM unnest(CAST(:ids AS text[])) AS v(id) CROSS JOIN LATERAL (
    SELECT DISTINCT direction, role, subject_category, other FROM (
        (SELECT 'to' AS direction, role, subject_category, target AS other FROM link
            WHERE source = v.id ORDER BY target LIMIT {_LINK_READS})
        UNION ALL
        (SELECT 'from', role, subject_category, source FROM link WHERE target = v.id LIMIT {_LINK_READS})
    ) b ORDER BY other, direction, role, subject_category LIMIT {MAX_LINKS}) l
JOIN record r ON r.id = l.other ORDER BY v.id, l.other, l.direction, l.role, l.subject_category
""")  # noqa: S608  # names of our own columns

CONTENTS = text("""
SELECT id, source_system, source_reference, recorded_at, updated_at, body, envelope, provenance
FROM record WHERE id = ANY(CAST(:ids AS text[]))
""")

FACTS = text(f"SELECT r.id, CAST(ARRAY[] AS text[]) AS rules, {FACT_COLUMNS} FROM record r WHERE r.id = :id")  # noqa: S608


class Candidate(NamedTuple):
    """A record that a search meets, by its facts alone."""

    id: str
    matched: tuple[str, ...]
    facts: PolicyFacts


class Neighbour(NamedTuple):
    """A record that another one is linked with, by its facts alone."""

    owner: str
    direction: str
    role: str
    subject_category: str
    id: str
    facts: PolicyFacts


def by_tokens(connection: Connection, kind: Kind, tokens: Sequence[bytes], limit: int) -> list[Candidate]:
    """Records of that kind that share a token with the query, those that share most first."""
    rows = connection.execute(CANDIDATES, {"tokens": list(tokens), "kind": kind.value, "limit": limit})
    return [_candidate(row) for row in rows]


def by_criteria(connection: Connection, criteria: AnyBody, limit: int) -> list[Candidate] | None:
    """People of exactly these names, whatever the letter case; ``None`` if the criteria name nothing it can look up."""
    names = plain_names(criteria)
    if not names:
        return None
    query = BY_BOTH_NAMES if len(names) == 2 else BY_GIVEN_NAME if "given_name" in names else BY_SURNAME
    return [_candidate(row) for row in connection.execute(query, {**names, "limit": limit})]


def by_id(connection: Connection, identity: str) -> Candidate | None:
    """One record."""
    row = connection.execute(FACTS, {"id": identity}).one_or_none()
    return _candidate(row) if row is not None else None


def linked(connection: Connection, ids: Sequence[str]) -> list[Neighbour]:
    """What these records are linked with, at most ``MAX_LINKS`` each."""
    rows = connection.execute(LINKED, {"ids": list(ids)})
    return [Neighbour(row[0], row[1], row[2], row[3], row[4], facts_from(row[5:])) for row in rows]


def contents(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """What these records say, by id."""
    return {row.id: row for row in connection.execute(CONTENTS, {"ids": list(ids)})} if ids else {}


def _candidate(row: Any) -> Candidate:
    return Candidate(row[0], tuple(row[1]), facts_from(row[2:]))


def facts_from(values: Sequence[Any]) -> PolicyFacts:
    """Facts from the columns; written by ``facts_of``, so valid already."""
    return PolicyFacts.model_construct(**dict(zip(_NAMES, values, strict=True)))
