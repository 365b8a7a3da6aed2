"""What a service may do in its database: said where each table is declared, granted by the owner after migrating."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Connection, MetaData, text

RIGHTS = "rights"
"""Key of a table's ``info``: the rights of the service, :data:`WORKING` if there is none; and of their ``MetaData``'s:
rights on the database. Rights are granted when a database is made or migrated: a change of them takes a migration."""
TEMPORARY = ("TEMPORARY",)
WORKING = ("SELECT", "INSERT", "UPDATE", "DELETE")
READ_ONLY = ("SELECT",)
APPEND_ONLY = ("SELECT", "INSERT")

_NOT_THE_OWNERS = text("""
SELECT format('ALTER %s %s OWNER TO %I', kind, name, CAST(:owner AS text)) FROM (
    SELECT 'SCHEMA' AS kind, 'public' AS name, nspowner AS owner FROM pg_namespace
     WHERE nspname = 'public' AND nspowner <> CAST('pg_database_owner' AS regrole)
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, CAST(CAST(oid AS regclass) AS text), relowner
      FROM pg_class c WHERE relnamespace = CAST('public' AS regnamespace) AND relkind IN ('r', 'p', 'S')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid
                          AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT 'FUNCTION', CAST(CAST(oid AS regprocedure) AS text), proowner
      FROM pg_proc p WHERE pronamespace = CAST('public' AS regnamespace) AND prokind = 'f'
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
) AS found WHERE owner <> CAST(quote_ident(:owner) AS regrole)
""")
"""Statements; sequences of a column and functions of an extension go with what they belong to."""


def become(connection: Connection, owner: str) -> None:
    """Give the owner what is in the database, and be the owner until the transaction ends."""
    mending = connection.execute(_NOT_THE_OWNERS, {"owner": owner}).scalars().all()
    _run(
        connection,
        sql.SQL(";").join([*map(sql.SQL, mending), sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner))]),
    )


def grant(connection: Connection, tables: MetaData, service: str) -> None:
    """Leave the service the rights that the tables name, and nobody else any; for the owner to do, who is the user."""
    database, role = sql.Identifier(str(connection.engine.url.database)), sql.Identifier(service)
    allowed = _listed(("CONNECT", *tables.info.get(RIGHTS, ())))
    statements = [
        sql.SQL(statement).format(database=database, role=role, allowed=allowed)
        for statement in (
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC, {role}",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}",
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {role}",
            "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, {role}",
            "GRANT {allowed} ON DATABASE {database} TO {role}",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT ON alembic_version TO {role}",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        )
    ]
    for table in tables.sorted_tables:
        rights = _listed(table.info.get(RIGHTS, WORKING))
        statements.append(sql.SQL("GRANT {} ON {} TO {}").format(rights, sql.Identifier(table.name), role))
    _run(connection, sql.SQL(";").join(statements))


def _listed(rights: Sequence[LiteralString]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.SQL, rights))


def _run(connection: Connection, statements: sql.Composed) -> None:
    """Several statements, in one round trip."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.execute(statements)
