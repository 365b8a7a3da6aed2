"""The node's reads for a search: facts first, bodies only of what policy let through, and each read bounded.

Every hot query is here, by name, so that a test can read the plan of each at 100,000 rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection

from ndsc.model.facts import PolicyFacts
from ndsc.model.pole import Kind, Person
from ndsc.node.merging import driver_of
from ndsc.node.schemas import MAX_LINKS

TOKEN_READS = 1_000
"""Index rows read for one token at most: a token that more records share tells them apart too little to be of use."""
_LINK_READS = 100
_NAMES = tuple(PolicyFacts.model_fields)
FACT_COLUMNS = ", ".join(f"r.{name}" for name in _NAMES)
"""The policy facts of a record ``r``, as :func:`facts_from` reads them."""

_OF_A_HOME = ("victim", "witness")
_JUDGED = ", ".join(f"coalesce(home.{name}, r.{name})" if name in _OF_A_HOME else f"r.{name}" for name in _NAMES)
"""The same with what those who live at a place say of it, from :data:`_HOME`."""
_HOME = """LEFT JOIN LATERAL (
    SELECT bool_or(p.victim) AS victim, bool_or(p.witness) AS witness FROM link h JOIN record p ON p.id = h.source
    WHERE r.kind = 'location' AND h.target = r.id AND h.role = 'lives-at' AND NOT p.suspect AND NOT p.convicted
) home ON true"""
"""A place is a victim's or a witness's where one lives, whoever lives there too.

Read from the links each time: whoever becomes a victim changes no row of the place, nor may it wait for one that does.
"""

_CANDIDATES = f"""
SELECT c.record_id, c.rules, {{facts}} FROM (
    SELECT t.record_id, array_agg(DISTINCT t.rule) AS rules, count(*) AS shared
    FROM unnest(CAST(%(tokens)s AS bytea[])) AS q(token) CROSS JOIN LATERAL (
        SELECT record_id, rule FROM index_token
        WHERE token = q.token AND kind = %(kind)s ORDER BY record_id LIMIT {TOKEN_READS}) t
    GROUP BY t.record_id ORDER BY shared DESC, t.record_id LIMIT %(limit)s) c
JOIN record r ON r.id = c.record_id {{home}} ORDER BY c.shared DESC, c.record_id
"""  # noqa: S608  # names of our own columns
CANDIDATES = _CANDIDATES.format(facts=FACT_COLUMNS, home="")
PLACES = _CANDIDATES.format(facts=_JUDGED, home=_HOME)
"""The candidates where places are looked for."""

_BORN = "CAST(%(date_of_birth)s AS text)"
_NAMES_STATED = (("given_name",), ("surname",), ("surname", "given_name"))


def _by_criteria(names: Sequence[str], *, born: bool) -> str:
    """People of these names; those whose names only sound alike too, and last, where more than one thing is stated."""
    same = " AND ".join(f"ndsc_folded(r.body ->> '{name}') = ndsc_folded(CAST(%({name})s AS text))" for name in names)
    met = [f"ndsc_sound(r.body ->> '{name}') = ndsc_sound(CAST(%({name})s AS text))" for name in names]
    if born:
        stated = "r.body ->> 'date_of_birth'"
        met.append(f"left({stated}, 4) = left({_BORN}, 4)")
        met.append(f"(starts_with({stated}, {_BORN}) OR starts_with({_BORN}, {stated}))")
    elif len(names) == 1:
        met.append(same)
    # Materialised: to sort all that fit is cheap, and no plan walks the records in the order of ids to find a few.
    return f"""
WITH met AS MATERIALIZED (SELECT r.id, {same} AS same FROM record r WHERE r.kind = 'person' AND {" AND ".join(met)})
SELECT r.id, CAST(ARRAY[] AS text[]) AS rules, {FACT_COLUMNS}
FROM (SELECT id, same FROM met ORDER BY same DESC, id LIMIT %(limit)s) m JOIN record r ON r.id = m.id
ORDER BY m.same DESC, r.id
"""  # noqa: S608  # names of our own columns


BY_CRITERIA: Mapping[frozenset[str], str] = {
    frozenset((*names, *(("date_of_birth",) if born else ()))): _by_criteria(names, born=born)
    for names in _NAMES_STATED
    for born in (False, True)
}
"""One statement for each set of attributes that may be stated."""

LINKED = f"""
SELECT v.id AS owner, l.direction, l.role, l.subject_category, l.other, {_JUDGED}
FROM unnest(CAST(%(ids)s AS text[])) AS v(id) CROSS JOIN LATERAL (
    SELECT DISTINCT direction, role, subject_category, other FROM (
        (SELECT 'to' AS direction, role, subject_category, target AS other FROM link
            WHERE source = v.id ORDER BY target LIMIT {_LINK_READS})
        UNION ALL
        (SELECT 'from', role, subject_category, source FROM link WHERE target = v.id LIMIT {_LINK_READS})
    ) b ORDER BY other, direction, role, subject_category LIMIT {MAX_LINKS}) l
JOIN record r ON r.id = l.other {_HOME}
ORDER BY v.id, l.other, l.direction, l.role, l.subject_category
"""  # noqa: S608  # names of our own columns

CONTENTS = """
SELECT id, source_system, source_reference, recorded_at, updated_at, body, envelope, provenance
FROM record WHERE id = ANY(CAST(%(ids)s AS text[]))
"""

FACTS = f"""
SELECT r.id, CAST(ARRAY[] AS text[]) AS rules, {_JUDGED} FROM record r {_HOME} WHERE r.id = %(id)s
"""  # noqa: S608  # names of our own columns


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


class Content(NamedTuple):
    """What a record says, as its row has it."""

    id: str
    source_system: str
    source_reference: str
    recorded_at: datetime
    updated_at: datetime
    body: dict[str, Any]
    envelope: dict[str, Any]
    provenance: dict[str, Any]


def by_tokens(connection: Connection, kind: Kind, tokens: Sequence[bytes], limit: int) -> list[Candidate]:
    """Records of that kind that share a token with the query, those that share most first."""
    query = PLACES if kind is Kind.LOCATION else CANDIDATES
    rows = _rows(connection, query, {"tokens": list(tokens), "kind": kind.value, "limit": limit})
    return [_candidate(row) for row in rows]


def by_criteria(connection: Connection, criteria: Person, limit: int) -> list[Candidate]:
    """People of these names, whatever their case and accents, and born then, as far as the dates say.

    Of a name alone those that are exactly so; with anything more stated, after them those whose names sound alike.
    """
    stated = stated_criteria(criteria)
    return [_candidate(row) for row in _rows(connection, BY_CRITERIA[frozenset(stated)], {**stated, "limit": limit})]


def stated_criteria(criteria: Person) -> dict[str, str]:
    """What :func:`plain_criteria` left of a query, by attribute."""
    stated = (("given_name", criteria.given_name), ("surname", criteria.surname))
    born = str(criteria.date_of_birth) if criteria.date_of_birth else None
    return {name: value for name, value in (*stated, ("date_of_birth", born)) if value}


def by_id(connection: Connection, identity: str) -> Candidate | None:
    """One record."""
    rows = _rows(connection, FACTS, {"id": identity})
    return _candidate(rows[0]) if rows else None


def linked(connection: Connection, ids: Sequence[str]) -> list[Neighbour]:
    """What these records are linked with, at most ``MAX_LINKS`` each."""
    rows = _rows(connection, LINKED, {"ids": list(ids)})
    return [Neighbour(row[0], row[1], row[2], row[3], row[4], facts_from(row[5:])) for row in rows]


def contents(connection: Connection, ids: Sequence[str]) -> dict[str, Content]:
    """What these records say, by id."""
    return {row[0]: Content(*row) for row in _rows(connection, CONTENTS, {"ids": list(ids)})} if ids else {}


def _rows(connection: Connection, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """A statement in the driver's own words: SQLAlchemy would double what it costs, in every search four times."""
    driver = driver_of(connection)
    try:
        return driver.execute(statement, parameters).fetchall()
    except psycopg.OperationalError:
        if driver.closed:  # as the engine's others will be: a server that went away took them all
            connection.engine.dispose()
        raise


def _candidate(row: Sequence[Any]) -> Candidate:
    return Candidate(row[0], tuple(row[1]), facts_from(row[2:]))


def facts_from(values: Sequence[Any]) -> PolicyFacts:
    """Facts from the columns; written by ``facts_of``, so valid already."""
    return PolicyFacts.model_construct(**dict(zip(_NAMES, values, strict=True)))
