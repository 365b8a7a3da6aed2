"""People looked up by what is known of them, without tokens: spelling, sound and as much of a date as there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from tests.hanging_up import hung_up
from tests.owning import owner_of

from ndsc.connectors.connector import Connector
from ndsc.index.canonical import fold, sound
from ndsc.model.pole import Person
from ndsc.node.finding import by_criteria, by_id
from ndsc.node.loading import Loader
from ndsc.node.schemas import plain_criteria

ROWS = (
    "R1,2025-01-01,Siân,Llewellyn-Price,1987-03-09,,",
    "R2,2025-01-01,Sian,Llewellyn Price,1987-09-03,,",
    "R3,2025-01-01,Shaun,Llewelynprice,1987-03-09,,",
    "R4,2025-01-01,SIAN,Price,1991-01-01,,",
    "R5,2025-01-01,Shan,Pryce,1991-01-02,,",
    "R6,2025-01-01,Oleksandr,Коваленко,1990-07-21,,",
    "R7,2025-01-01,Sian,Jones,,,",
)
HEADER = "ref,day,given,surname,born,event,part\n"
NAMES = st.text("abcdeghilmnorstwyzABCHWÂéüñøłßæþ '-.кова", max_size=12)


@pytest.fixture
def people(node_engine: Engine, loader: Loader, connector: Connector, tmp_path: Path) -> Engine:
    export = tmp_path / "people.csv"
    export.write_text(HEADER + "\n".join(ROWS) + "\n", encoding="utf-8")
    loader.load(export, connector)
    return node_engine


def found(engine: Engine, *, limit: int = 50, **stated: Any) -> list[str]:
    """References in the order in which they are found."""
    criteria = plain_criteria(Person(**stated))
    assert criteria is not None
    with engine.connect() as connection:
        ids = [candidate.id for candidate in by_criteria(connection, criteria, limit)]
        references = {row[0]: row[1] for row in connection.execute(text("SELECT id, source_reference FROM record"))}
    return [references[identity] for identity in ids]


@pytest.mark.parametrize(
    ("stated", "references"),
    [
        ({"given_name": "sian"}, {"R1", "R2", "R4", "R7"}),
        ({"surname": "PRICE"}, {"R4"}),
        ({"surname": "коваленко"}, {"R6"}),
        ({"given_name": "Sian", "date_of_birth": "1987"}, {"R1", "R2", "R3"}),
        ({"given_name": "Sian", "date_of_birth": "1987-03"}, {"R1", "R3"}),
        ({"surname": "Price", "date_of_birth": "1991"}, {"R4", "R5"}),
        ({"surname": "Price", "date_of_birth": "1991-01-02"}, {"R5"}),
        ({"given_name": "Sian", "surname": "Price"}, {"R4", "R5"}),
        ({"given_name": "Sian", "surname": "Price", "date_of_birth": "1992"}, set()),
    ],
)
def test_a_name_alone_is_exact_and_with_more_it_may_sound_alike(
    people: Engine, stated: dict[str, Any], references: set[str]
) -> None:
    assert set(found(people, **stated)) == references


def test_who_is_spelt_so_comes_before_who_only_sounds_so_whatever_the_limit(people: Engine) -> None:
    assert found(people, given_name="Shan", surname="Pryce")[0] == "R5"
    assert found(people, given_name="Sian", surname="Price", limit=1) == ["R4"]


def test_a_date_that_a_record_knows_in_part_does_not_contradict_one_that_is_known_whole(people: Engine) -> None:
    with people.begin() as connection:
        shortened = text(
            "UPDATE record SET body = jsonb_set(body, '{date_of_birth}', '\"1991\"') WHERE body ->> 'surname' = 'Pryce'"
        )
        connection.execute(shortened)
    assert set(found(people, surname="Price", date_of_birth="1991-01-01")) == {"R4", "R5"}


@pytest.mark.parametrize("stated", [{}, {"date_of_birth": "1987"}, {"given_name": "-"}, {"phones": ("+447700900417",)}])
def test_what_names_nobody_is_not_looked_up(stated: dict[str, Any]) -> None:
    assert plain_criteria(Person(**stated)) is None


def test_nothing_else_of_a_query_goes_to_every_force() -> None:
    query = Person(given_name="Sian", pnc_id="x", nationality="GBR", phones=("+447700900417",), date_of_birth="1987")
    assert plain_criteria(query) == Person(given_name="Sian", date_of_birth="1987")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(NAMES, min_size=50, max_size=200))
def test_the_database_folds_and_sounds_names_as_the_index_does(node_engine: Engine, names: list[str]) -> None:
    with node_engine.connect() as connection:
        asked = text("SELECT n, ndsc_folded(n), ndsc_sound(n) FROM unnest(CAST(:names AS text[])) n")
        rows = connection.execute(asked, {"names": names}).all()
    assert [(folded, sounds) for _, folded, sounds in rows] == [
        (fold(name), sound(name) or fold(name)) for name, _, _ in rows
    ]


def test_upkeep_of_the_indexes_does_not_hang_on_the_schema_that_a_session_looks_in(people: Engine) -> None:
    with owner_of(people).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET search_path = ''")
        connection.exec_driver_sql("VACUUM ANALYZE public.record")
        connection.exec_driver_sql("REINDEX TABLE public.record")


def test_after_the_server_went_away_no_search_fails(node_engine: Engine) -> None:
    with node_engine.connect() as one, node_engine.connect() as other:
        assert by_id(one, "south-wales.p.x") is by_id(other, "south-wales.p.x") is None
    hung_up(owner_of(node_engine), node_engine)
    with node_engine.connect() as one, node_engine.connect() as other:
        assert by_id(one, "south-wales.p.x") is by_id(other, "south-wales.p.x") is None


def test_of_searches_that_the_server_goes_away_under_one_fails_and_the_next_does_not(node_engine: Engine) -> None:
    with node_engine.connect() as idle:
        assert by_id(idle, "south-wales.p.x") is None
    with node_engine.connect() as connection:
        hung_up(owner_of(node_engine), node_engine)
        with pytest.raises(psycopg.OperationalError):
            by_id(connection, "south-wales.p.x")
    with node_engine.connect() as one, node_engine.connect() as other:
        assert by_id(one, "south-wales.p.x") is by_id(other, "south-wales.p.x") is None
