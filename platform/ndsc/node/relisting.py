"""Brings records that are indexed already into line when what says how they are listed has changed.

Their tokens stay as they are: what the registry may know of a record hangs on its facts, on the rules and on the
force's manifest. A pass over the facts changes what must be changed, page by page, each page with what the registry
must be told of it; cut off, it begins again and finds those pages done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from ndsc.index.keys import TABLE
from ndsc.model.facts import PolicyFacts
from ndsc.node.finding import FACT_COLUMNS, facts_from
from ndsc.node.merging import OUTBOX_CHUNK, driver_of
from ndsc.node.tables import listed
from ndsc.policy.answers import Listing

PAGE = text(f"""
SELECT r.id, i.visibility, {FACT_COLUMNS} FROM record r
CROSS JOIN LATERAL (SELECT visibility FROM index_token WHERE record_id = r.id LIMIT 1) i
WHERE r.id > :after ORDER BY r.id LIMIT 2000
""")  # noqa: S608  # names of our own columns
_CHANGE = """
UPDATE index_token i SET visibility = c.visibility FROM unnest(%s::text[], %s::text[]) AS c(id, visibility)
WHERE i.record_id = c.id RETURNING i.token, i.kind
"""
_ANY = text("SELECT EXISTS (SELECT FROM index_token)")
_QUEUE_ALL = text(f"""
INSERT INTO outbox (record_ids) SELECT array_agg(id) FROM (
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / {OUTBOX_CHUNK} AS chunk FROM record
) r GROUP BY chunk ORDER BY chunk
""")  # noqa: S608  # a number of ours


class Listed(NamedTuple):
    """A record with how all its tokens are listed now."""

    id: str
    listing: str
    facts: PolicyFacts


def listed_under(connection: Connection) -> str | None:
    """The revision that every token here was listed under; ``None`` when nothing was ever listed or it is not known."""
    return connection.execute(listed.select().with_only_columns(listed.c.revision)).scalar_one_or_none()


def keys_changed(connection: Connection) -> bool:
    """Whether the tokens here were made by another table of keys."""
    made_by = connection.execute(listed.select().with_only_columns(listed.c["keys"])).scalar_one_or_none()
    return made_by is not None and made_by != TABLE


def queue_if_keys_changed(connection: Connection) -> None:
    """Have every record indexed again, in the same transaction, if its tokens were made by another table of keys."""
    if keys_changed(connection):
        connection.execute(_QUEUE_ALL)
        connection.execute(listed.update().values(keys=TABLE))


def note_listed(connection: Connection, revision: str) -> None:
    """Every token here is listed as this revision says, and made by the present table of keys or queued to be."""
    now = {"revision": revision, "keys": TABLE}
    noted = insert(listed).values(sole=True, **now)
    connection.execute(noted.on_conflict_do_update(index_elements=["sole"], set_=now))


def page_after(connection: Connection, last: str) -> list[Listed]:
    """Records that have tokens, in the order of ids, after one; none when no token is left to look at."""
    if not last and not connection.execute(_ANY).scalar_one():
        return []
    return [Listed(row[0], row[1], facts_from(row[2:])) for row in connection.execute(PAGE, {"after": last})]


def list_as(connection: Connection, records: Sequence[Listed], listings: Sequence[Listing]) -> list[tuple[bytes, str]]:
    """Give the records' tokens these listings; answers token and kind of those that changed."""
    changed = [(one.id, now.value) for one, now in zip(records, listings, strict=True) if one.listing != now.value]
    if not changed:
        return []
    rows = driver_of(connection).execute(_CHANGE, tuple(list(column) for column in zip(*changed, strict=True)))
    return [(bytes(token), kind) for token, kind in rows.fetchall()]
