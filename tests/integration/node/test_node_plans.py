"""The hot queries' plans at 100,000 records: none of them reads a table from end to end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, TextClause, text
from tests.owning import owner_of

from ndsc.model.facts import PolicyFacts
from ndsc.node import finding, indexing, merging, relisting
from ndsc.node.merging import driver_of

RECORDS = 100_000

GIVEN = {
    "force": "'south-wales'",
    "kind": "CASE WHEN n % 5 = 0 THEN 'person' ELSE 'event' END",
    "category": "CASE WHEN n % 5 = 0 THEN 'nominal' ELSE 'crime' END",
    "grading": "''",
    "handling": "''",
    "action": "''",
}
FACTS = {
    name: GIVEN.get(name, "false" if field.annotation is bool else "0")
    for name, field in PolicyFacts.model_fields.items()
}
FILL = (
    f"""
    INSERT INTO record (id, source_system, source_reference, recorded_at, updated_at, content_hash, body, envelope,
        provenance, {", ".join(FACTS)})
    SELECT 'south-wales.e.' || n, 'made', n::text, now(), now(), sha256(n::text::bytea),
        jsonb_build_object('given_name', translate('G' || n % 300, '0123456789', 'abcdlmrtsz'),
        'surname', translate('S' || n % 4000, '0123456789', 'abcdlmrtsz'), 'date_of_birth', 1940 + n % 70 || '-03-09'),
        '{{}}', '{{}}',
        {", ".join(FACTS.values())}
    FROM generate_series(1, {RECORDS}) n
    """,
    f"""
    INSERT INTO index_token SELECT sha256((n % 60000)::text::bytea), 'south-wales.e.' || n, 'rule', 'person', 'visible'
    FROM generate_series(1, {RECORDS}) n
    """,
    f"""
    INSERT INTO link (stated_by, source, target, role, subject_category)
    SELECT 'south-wales.e.' || n, 'south-wales.e.' || n, 'south-wales.e.' || n % 3000, 'involved-in', ''
    FROM generate_series(1, {RECORDS}) n
    """,
    f"INSERT INTO erased SELECT 'south-wales.e.gone' || n FROM generate_series(1, {RECORDS}) n",
)


@pytest.fixture(scope="module")
def filled(service_engine: Callable[[str], Engine]) -> Engine:
    engine = service_engine("node")
    with engine.begin() as connection:
        for statement in FILL:
            driver_of(connection).execute(statement)
    with owner_of(engine).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    return engine


def scans(plan: Any) -> list[str]:
    """The tables that a plan reads from end to end, queues apart."""
    found = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
    for part in plan.get("Plans", ()):
        found += scans(part)
    return [name for name in found if name not in {"outbox", "registry_due"}]


def explained(connection: Connection, query: str | TextClause, parameters: dict[str, Any]) -> Any:
    """The plan of a statement in the driver's words or in SQLAlchemy's."""
    if isinstance(query, str):
        return connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {query}", parameters).scalar_one()
    return connection.execute(text(f"EXPLAIN (FORMAT JSON) {query.text}"), parameters).scalar_one()


IDS = [f"south-wales.e.{n}" for n in range(1, 51)]
STATED = {"given_name": "Ga7", "surname": "Sb7", "date_of_birth": "1987"}
SEARCH: dict[str, tuple[str | TextClause, dict[str, Any]]] = {
    "candidates": (finding.CANDIDATES, {"tokens": [bytes(32)] * 12, "kind": "person", "limit": 51}),
    "places": (finding.PLACES, {"tokens": [bytes(32)] * 12, "kind": "location", "limit": 51}),
    "linked": (finding.LINKED, {"ids": IDS}),
    "contents": (finding.CONTENTS, {"ids": IDS}),
    "facts": (finding.FACTS, {"id": IDS[0]}),
    **{
        " and ".join(sorted(stated)): (query, {**{name: STATED[name] for name in stated}, "limit": 51})
        for stated, query in finding.BY_CRITERIA.items()
    },
    "records to index": (indexing._RECORDS, {"ids": IDS}),
    "registry state": (indexing._STATE, {}),
    "records to list": (relisting.PAGE, {"after": IDS[0]}),
}
DRIVER: dict[str, tuple[str, tuple[Any, ...]]] = {
    "drop tokens": (indexing._DROP, (IDS,)),
    "listings": (relisting._CHANGE, (IDS, ["silent"] * len(IDS))),
    "categories": (merging._CATEGORIES, (IDS,)),
}
BATCH = merging._array(f"south-wales.e.{n}" for n in range(1, 3_001))
MERGE: dict[str, tuple[str, tuple[Any, ...]]] = {
    "known records": (merging._KNOWN, (BATCH,)),
    "erased records": (merging._ERASED, (BATCH,)),
    "update records": (merging._UPDATE_RECORDS, (BATCH,)),
    "drop own links": (merging._DROP_OWN_LINKS, ([f"south-wales.e.{n}" for n in range(1, 2_001)],)),
    "drop other links": (merging._DROP_OTHER_LINKS, ([f"south-wales.e.{n}" for n in range(1, 2_001)],)),
    "add links": (merging._ADD_LINKS, ()),
    "categories": (merging._CATEGORIES, ([f"south-wales.e.{n}" for n in range(1, 3_001)],)),
}


@pytest.mark.parametrize("name", SEARCH)
def test_a_search_reads_no_table_from_end_to_end(filled: Engine, name: str) -> None:
    query, parameters = SEARCH[name]
    with filled.connect() as connection:
        plan = explained(connection, query, parameters)
    assert scans(plan[0]["Plan"]) == [], json.dumps(plan, indent=1)


@pytest.mark.parametrize("stated", finding.BY_CRITERIA, ids=lambda stated: " and ".join(sorted(stated)))
def test_people_are_looked_up_by_an_index_of_their_names(filled: Engine, stated: frozenset[str]) -> None:
    parameters = {**{name: STATED[name] for name in stated}, "limit": 51}
    with filled.connect() as connection:
        plan = json.dumps(explained(connection, finding.BY_CRITERIA[stated], parameters))
    assert '"Index Name": "record_surname"' in plan or '"Index Name": "record_given_name"' in plan


@pytest.mark.parametrize("name", DRIVER)
def test_nor_does_the_upkeep_of_a_few_records(filled: Engine, name: str) -> None:
    query, parameters = DRIVER[name]
    with filled.connect() as connection:
        plan = driver_of(connection).execute(f"EXPLAIN (FORMAT JSON) {query}", parameters).fetchone()
    assert plan is not None
    assert scans(plan[0][0]["Plan"]) == [], json.dumps(plan, indent=1)


@pytest.mark.parametrize("name", MERGE)
def test_nor_does_the_merge_of_a_whole_batch(filled: Engine, name: str) -> None:
    """A batch of 2,000 rows and 3,000 records, all changed: what is staged is read in full, for all of it is needed."""
    query, parameters = MERGE[name]
    with filled.connect() as connection:
        driver = driver_of(connection)
        driver.execute(merging._STAGE)
        driver.execute("INSERT INTO stage_record SELECT * FROM record WHERE id = ANY(%s::text[])", (BATCH,))
        driver.execute("INSERT INTO stage_link SELECT * FROM link WHERE stated_by = ANY(%s::text[])", (BATCH,))
        plan = driver.execute(f"EXPLAIN (FORMAT JSON) {query}", parameters).fetchone()
        connection.rollback()
    assert plan is not None
    read = [name for name in scans(plan[0][0]["Plan"]) if not name.startswith("stage_")]
    assert read == [], json.dumps(plan, indent=1)


def test_the_plans_are_of_100_000_records(filled: Engine) -> None:
    with filled.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM record")).scalar_one() == RECORDS
