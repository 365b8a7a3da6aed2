"""A service that is taken over reads and writes its own records, adds to its audit log, and that is all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

import ndsc
from ndsc.audit.entries import Entry, Operation
from ndsc.audit.log import AuditLog
from ndsc.audit.verify import verify
from ndsc.embedded.databases import Databases
from ndsc.embedded.secrets import role_passwords
from ndsc.errors import InvalidInputError, UnavailableError
from ndsc.registry.tables import metadata
from ndsc.storage.database import database_url, engine_for, is_current, migrate
from ndsc.storage.roles import roles_of
from ndsc.storage.server import Server, TemporaryServer

AUDITED = ("node", "registry", "gateway", "evaluator")
MIGRATIONS = {path.parent.name: path for path in Path(ndsc.__file__).parent.glob("*/migrations")}


@pytest.fixture(scope="module")
def engines(service_engine: Callable[[str], Engine]) -> dict[str, Engine]:
    """Each service, logged in to a database of its own, with one entry in its log."""
    made = {service: service_engine(service) for service in MIGRATIONS}
    for service in AUDITED:
        AuditLog(made[service], "test").append(Entry(operation=Operation.CONSULTATION, actor="pc-1"))
    return made


@pytest.mark.parametrize("service", AUDITED)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET entry = ''",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_entry VALUES (1, sha256(''), '')",
        "UPDATE audit_head SET size = 0, frontier = ''",
        "DELETE FROM audit_head",
        "INSERT INTO audit_node VALUES (8, 0, '')",
        "DELETE FROM audit_node",
        "SELECT * FROM audit_head FOR UPDATE",
        "LOCK TABLE audit_head IN EXCLUSIVE MODE",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "CREATE TRIGGER t BEFORE INSERT ON audit_entry EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE r AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
        "DROP TABLE audit_entry",
        "UPDATE alembic_version SET version_num = '0001'",
        "DROP FUNCTION ndsc_audit_append",
        "ALTER FUNCTION ndsc_audit_append SECURITY INVOKER",
        "CREATE TABLE mine (n int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('pg_hba.conf')",
        "SET SESSION AUTHORIZATION postgres",
        "SET ROLE {owner}",
        "SET ROLE postgres",
    ],
)
def test_a_service_cannot(engines: dict[str, Engine], service: str, statement: str) -> None:
    engine = engines[service]
    written = statement.format(owner=roles_of(str(engine.url.database)).owner)
    with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.exec_driver_sql(written)
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    assert verify(AuditLog(engine, "test")).intact


@pytest.mark.parametrize("statement", ["ALTER TABLE {0} ADD x int", "TRUNCATE {0}", "DROP TABLE {0}"])
def test_a_service_cannot_change_or_empty_any_of_its_tables(engines: dict[str, Engine], statement: str) -> None:
    for engine in engines.values():
        for table in inspect(engine).get_table_names():
            with engine.connect() as connection, pytest.raises(ProgrammingError) as refused:
                connection.exec_driver_sql(statement.format(table))
            assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize(
    ("service", "statement"),
    [
        ("registry", "UPDATE pepper_check SET value = ''"),
        ("registry", "DELETE FROM notice"),
        ("evaluator", "UPDATE epoch SET public_key = ''"),
        ("node", "DELETE FROM erased"),
        ("gateway", "CREATE TEMPORARY TABLE mine (n int)"),
    ],
)
def test_what_is_only_added_to_is_only_added_to(engines: dict[str, Engine], service: str, statement: str) -> None:
    with engines[service].connect() as connection, pytest.raises(ProgrammingError) as refused:
        connection.exec_driver_sql(statement)
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_a_service_connects_to_no_database_but_its_own(engines: dict[str, Engine]) -> None:
    for service, engine in engines.items():
        for other in {*engines} - {service}:
            foreign = engine_for(engine.url.set(database=engines[other].url.database))
            with pytest.raises(OperationalError, match="permission denied for database"):
                foreign.connect()


def test_nobody_else_has_any_right_in_a_services_database(engines: dict[str, Engine]) -> None:
    granted = """
        SELECT DISTINCT grantee::regrole::text FROM (
            SELECT (aclexplode(relacl)).grantee FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT (aclexplode(coalesce(proacl, acldefault('f', proowner)))).grantee
              FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT (aclexplode(nspacl)).grantee FROM pg_namespace WHERE nspname = 'public'
            UNION ALL SELECT (aclexplode(datacl)).grantee FROM pg_database WHERE datname = current_database()
        ) AS given
    """
    for engine in engines.values():
        with engine.connect() as connection:
            held = set(connection.execute(text(granted)).scalars())
        assert held - {"pg_database_owner"} == set(roles_of(str(engine.url.database)))


def test_the_append_function_is_not_led_astray_by_what_a_session_can_make(engines: dict[str, Engine]) -> None:
    """A node may make temporary tables, and any service may set its search path."""
    engine = engines["node"]
    log = AuditLog(engine, "test")
    before = log.head().size
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE audit_head (sole bool, size bigint, frontier bytea)")
        connection.exec_driver_sql("INSERT INTO pg_temp.audit_head VALUES (true, 0, '')")
        connection.exec_driver_sql("CREATE TEMPORARY TABLE audit_entry (seq bigint, leaf bytea, entry text)")
        connection.exec_driver_sql("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql RETURN ''::bytea")
        connection.exec_driver_sql("SET LOCAL search_path = pg_temp, public, pg_catalog")
        body = Entry(operation=Operation.ERASURE, actor="pc-2").canonical()
        appended = connection.execute(text("SELECT public.ndsc_audit_append(:body)"), {"body": body}).scalar_one()
        assert appended == before
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_temp.audit_entry").scalar_one() == 0
        connection.exec_driver_sql("DROP TABLE pg_temp.audit_head, pg_temp.audit_entry")
        connection.exec_driver_sql("DROP FUNCTION pg_temp.sha256")
    assert log.head().size == before + 1
    assert verify(log).intact


def test_an_entry_that_is_none_is_not_appended(engines: dict[str, Engine]) -> None:
    log = AuditLog(engines["node"], "test")
    before = log.head()
    with engines["node"].connect() as connection, pytest.raises(IntegrityError):
        connection.exec_driver_sql("SELECT ndsc_audit_append(NULL)")
    assert log.head() == before


def test_a_service_has_no_power_over_the_server(engines: dict[str, Engine]) -> None:
    powers = "rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
    for engine in engines.values():
        with engine.connect() as connection:
            asked = f"SELECT {powers} FROM pg_roles WHERE rolname = current_user AND current_user = session_user"
            assert connection.execute(text(asked)).scalars().all() == [False]
            groups = "SELECT count(*) FROM pg_auth_members WHERE member = CAST(current_user AS regrole)"
            assert connection.execute(text(groups)).scalar_one() == 0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One whose user is nobody else's, believed without a password."""
    with TemporaryServer(durable=False) as made:
        yield Server(made.url)


@pytest.fixture
def opened() -> Iterator[Callable[..., Databases]]:
    """Opens databases of a server, and closes their connections after the test."""
    made: list[Databases] = []

    def opening(server: Server, passwords: Callable[[str], str] | None = None) -> Databases:
        made.append(Databases(server, passwords))
        return made[-1]

    yield opening
    for one in made:
        one.dispose()


Opening = Callable[..., Databases]


def execute(server: Server, *statements: LiteralString) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def entries(engine: Engine) -> int:
    return AuditLog(engine, "test").head().size


def owners(engine: Engine) -> set[str]:
    asked = """
        SELECT relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION SELECT proowner::regrole::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()
    """
    with engine.connect() as connection:
        return set(connection.execute(text(asked)).scalars())


def take_back(engine: Engine, service: str) -> None:
    """Undo the migrations from the one on that brought roles."""
    (first,) = [file.name[:4] for file in (MIGRATIONS[service] / "versions").glob("*_roles.py")]
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS[service]))
        config.set_main_option("path_separator", "os")
        command.downgrade(config, f"{int(first) - 1:04}")


def without_roles(engine: Engine, service: str) -> None:
    """What an older version left: all is the server's user's, appending works with its caller's rights."""
    migrate(engine, MIGRATIONS[service])
    if service in AUDITED:
        take_back(engine, service)
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER FUNCTION ndsc_audit_append SECURITY INVOKER")
            connection.exec_driver_sql("ALTER FUNCTION ndsc_audit_append RESET search_path")
            connection.exec_driver_sql("SELECT ndsc_audit_append('{}')")


@pytest.mark.parametrize("service", sorted(MIGRATIONS))
def test_a_database_of_an_older_version_is_brought_up_when_it_is_opened(
    server: Server, opened: Opening, service: str
) -> None:
    old = engine_for(server.database(f"ndsc_old_{service}"))
    without_roles(old, service)
    old.dispose()
    engine = opened(server).engine(service, f"old_{service}")
    assert engine.url.username == f"ndsc_old_{service}_service"
    assert owners(engine) == {f"ndsc_old_{service}_owner"}
    if service in AUDITED:
        AuditLog(engine, "test").append(Entry(operation=Operation.CONSULTATION, actor="pc-1"))
        assert entries(engine) == 2
    assert is_current(engine, MIGRATIONS[service])


def test_several_that_open_a_new_database_at_once_find_it_whole(server: Server, opened: Opening) -> None:
    many = [opened(server) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        engines = list(pool.map(lambda one: one.engine("registry", "at_once"), many))
    for number, engine in enumerate(engines):
        assert engine.url.username == "ndsc_at_once_service"
        assert entries(engine) == number
        AuditLog(engine, "test").append(Entry(operation=Operation.CONSULTATION, actor="pc-1"))


def test_once_it_is_made_a_database_is_opened_by_its_service_alone(
    server: Server, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(server).engine("node", "alone")

    def never(*args: object) -> None:
        raise AssertionError("the server's own user is not needed")

    monkeypatch.setattr(Server, "_connect", never)
    assert entries(opened(server).engine("node", "alone")) == 0


def test_a_copy_is_its_own_owners_and_goes_with_its_roles(server: Server, opened: Opening) -> None:
    databases = opened(server)
    databases.copy("node", "pattern", "pattern_copy")
    assert owners(databases.engine("node", "pattern_copy")) == {"ndsc_pattern_copy_owner"}
    databases.drop("node", "pattern_copy")
    databases.drop("node", "pattern")
    with psycopg.connect(server.url) as connection:
        left = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'ndsc_pattern%'").fetchall()
    assert left == []


def administrator(server: Server, name: str, rights: str) -> Server:
    """The server, for an administrator with these rights and no more."""
    execute(server, f"CREATE ROLE {name} LOGIN {rights}")
    return Server(make_url(server.url).set(username=name).render_as_string(hide_password=False))


def test_an_administrator_who_is_no_superuser_is_enough(server: Server, opened: Opening) -> None:
    databases = opened(administrator(server, "landlord", "CREATEDB CREATEROLE"))
    engine = databases.engine("node", "let")
    assert engine.url.username == "ndsc_let_service"
    assert owners(engine) == {"ndsc_let_owner"}
    assert databases.unguarded == {}
    databases.copy("node", "let", "sublet")
    assert owners(databases.engine("node", "sublet")) == {"ndsc_sublet_owner"}
    execute(server, "ALTER ROLE landlord NOCREATEROLE")
    making = engine_for(server.url_of("ndsc_let"))
    take_back(making, "node")
    making.dispose()
    again = opened(databases.server, "unchanged-{}".format)
    assert again.engine("node", "let").url.username == "ndsc_let_service", "it is needed once for each database"


def test_without_the_right_to_make_roles_it_works_says_so_and_is_mended_once_there_is(
    server: Server, opened: Opening
) -> None:
    tenant = administrator(server, "tenant", "CREATEDB")
    databases = opened(tenant)
    engine = databases.engine("registry", "rented")
    AuditLog(engine, "test").append(Entry(operation=Operation.CONSULTATION, actor="pc-1"))
    assert engine.url.username == "tenant"
    assert databases.unguarded == {"ndsc_rented": "permission denied to create role"}
    execute(server, "ALTER ROLE tenant CREATEROLE")
    mended = opened(tenant)
    assert owners(mended.engine("registry", "rented")) == {"ndsc_rented_owner"}
    assert mended.unguarded == {}
    assert entries(mended.engine("registry", "rented")) == 1


@pytest.fixture(scope="module")
def asking() -> Iterator[Server]:
    """A server that believes nobody but its own user without a password, as one elsewhere does."""
    with TemporaryServer(durable=False) as made:
        with psycopg.connect(made.url) as connection:
            (hba,) = connection.execute("SHOW hba_file").fetchone() or ("",)
        Path(hba).write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        execute(made, "SELECT pg_reload_conf()")
        yield Server(made.url)


def test_where_the_server_asks_for_passwords_services_have_them(
    asking: Server, opened: Opening, tmp_path: Path
) -> None:
    engine = opened(asking, role_passwords(tmp_path / "keys")).engine("registry")
    for password in (None, "guessed"):
        with pytest.raises(OperationalError, match="password"):
            engine_for(engine.url._replace(password=password)).connect()
    again = opened(asking, role_passwords(tmp_path / "keys")).engine("registry")
    assert again.url.password == engine.url.password
    moved = opened(asking, role_passwords(tmp_path / "other")).engine("registry")
    assert entries(moved) == 0, "a new home's passwords take the old one's place"


def test_a_service_that_may_not_log_in_is_named(asking: Server, opened: Opening) -> None:
    with pytest.raises(UnavailableError, match="ndsc_unknown_service"):
        opened(asking).engine("registry", "unknown")


def test_a_name_that_leaves_no_room_for_roles_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        roles_of("n" * 56)


def test_a_migration_job_that_is_the_owner_needs_nobody_else(server: Server) -> None:
    """As an operator's job runs it: the owner's URL for migrations, the service's for the service, no administrator."""
    roles = roles_of("job")
    execute(
        server,
        f"CREATE ROLE {roles.owner} LOGIN",
        f"CREATE ROLE {roles.service} LOGIN",
        f"CREATE DATABASE job OWNER {roles.owner}",
    )
    url = database_url(server.url_of("job"))
    owner, service = (engine_for(url.set(username=role)) for role in roles)
    migrate(owner, MIGRATIONS["registry"], metadata, roles)
    owner.dispose()
    assert is_current(service, MIGRATIONS["registry"])
    assert owners(service) == {roles.owner}
    service.dispose()
