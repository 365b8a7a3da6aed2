"""The evaluator and the registry as processes of their own: who may ask them, what they wait for, how they end."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from sqlalchemy import make_url
from tests.certificates import Authority, Made, mount
from tests.parts import COMMAND, Parts, Running

from ndsc.evaluator.client import EvaluatorClient
from ndsc.registry.client import RegistryClient
from ndsc.storage.server import Server
from ndsc.trust.tokens import issue_service
from ndsc.web.client import RemoteProblemError, RemoteUnreachableError

KEYS = [b"one key", b"another"]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Parts]:
    made = Parts(tmp_path_factory.mktemp("parts"), postgres)
    yield made
    made.close()


@pytest.fixture(scope="module")
def evaluator(parts: Parts) -> Running:
    return parts.start("evaluator", NDSC_DATABASE_URL=parts.database("evaluator")).wait_until_ready()


@pytest.fixture(scope="module")
def registry(parts: Parts) -> Running:
    return parts.start("registry", NDSC_DATABASE_URL=parts.database("registry")).wait_until_ready()


def shown(leaf: Made, service: str, force: str | None, audience: str) -> str:
    return issue_service(leaf.signing, service, force, audience, certificate=leaf.der)


def as_node(parts: Parts, audience: str, leaf: Made | None = None) -> str:
    return shown(leaf or parts.leaf("kent/node"), "node", "kent", audience)


def believed(node: RegistryClient) -> bool:
    try:
        node.digest("kent")
    except RemoteProblemError as error:
        return error.status != 401
    return True


def test_a_node_is_known_by_its_certificate_alone(parts: Parts, evaluator: Running, registry: Running) -> None:
    with parts.client(evaluator) as client:
        tokens = EvaluatorClient(client, lambda: as_node(parts, "evaluator")).tokens(KEYS)
    assert [len(token) for token in tokens] == [32, 32]
    with parts.client(registry) as client:
        node = RegistryClient(client, lambda: as_node(parts, "registry"))
        assert node.put("kent", [(tokens[0], "person", "visible")], []).added == 1
        with pytest.raises(RemoteProblemError, match="its own force alone"):
            node.put("durham", [(tokens[0], "person", "visible")], [])


def test_a_part_with_a_leaf_of_another_authority_is_refused(parts: Parts, evaluator: Running) -> None:
    stranger = parts.leaf("kent/node", Authority())
    with parts.client(evaluator) as client, pytest.raises(RemoteProblemError) as refused:
        EvaluatorClient(client, lambda: as_node(parts, "evaluator", stranger)).tokens(KEYS)
    assert refused.value.status == 401


def test_a_server_of_another_authority_or_name_is_not_spoken_to(parts: Parts, evaluator: Running) -> None:
    with parts.client(evaluator, Authority()) as client, pytest.raises(RemoteUnreachableError):
        EvaluatorClient(client, lambda: as_node(parts, "evaluator")).tokens(KEYS)
    elsewhere = httpx.URL(evaluator.url).copy_with(host="127.0.0.1")  # the certificate is for localhost
    with parts.client(evaluator) as client, pytest.raises(httpx.ConnectError, match=r"127\.0\.0\.1"):
        client.get(f"{elsewhere}/healthz")


def test_it_speaks_tls_1_3_alone(parts: Parts, evaluator: Running) -> None:
    old = ssl.create_default_context(cadata=parts.authority.pem.decode())
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{evaluator.url}/healthz", verify=old)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://localhost:{evaluator.api}/healthz")


def test_the_probes_tell_what_is_so_and_nothing_else(evaluator: Running) -> None:
    assert evaluator.probe("/livez").json() == {"status": "alive"}
    assert evaluator.probe("/readyz").json() == {"status": "ready", "missing": []}
    text = evaluator.probe("/metrics").text
    assert "ndsc_certificate_expiry_timestamp_seconds" in text
    assert 'ndsc_requests_total{method="POST",route="/v1/evaluate",status="200"}' in text
    assert evaluator.probe("/v1/evaluate").status_code == evaluator.probe("/openapi.json").status_code == 404


_PAUSE = 0.5
"""Seconds between two questions: the registry answers one node 60 a minute."""


def test_a_rotated_leaf_is_taken_up_without_a_lost_request(parts: Parts, registry: Running) -> None:
    def presented() -> bytes:
        text = ssl.get_server_certificate(("localhost", registry.api))
        return ssl.PEM_cert_to_DER_cert(text)

    later = Authority("a later one")
    second = parts.leaf("registry", later)
    with parts.client(registry, parts.authority, later) as client:
        node = RegistryClient(client, lambda: as_node(parts, "registry"))
        mount(registry.tls, second, parts.authority, later)
        until = time.monotonic() + 30
        while presented() != second.der:
            node.digest("kent")
            assert time.monotonic() < until, "the new leaf is not taken up"
            time.sleep(_PAUSE)
        newer = RegistryClient(client, lambda: as_node(parts, "registry", parts.leaf("kent/node", later)))
        newer.digest("kent")
        mount(registry.tls, second, later)
        until = time.monotonic() + 30
        while believed(node):
            assert time.monotonic() < until, "the old authority is still believed"
            time.sleep(_PAUSE)


def test_damaged_files_leave_the_present_certificate_in_use(parts: Parts) -> None:
    running = parts.start("evaluator", NDSC_DATABASE_URL=parts.database("evaluator")).wait_until_ready()
    mount(running.tls, parts.leaf("registry"), parts.authority)  # another part's
    while not any(line["event"] == "certificate not taken up" for line in running.lines()):
        assert running.process.poll() is None
    with parts.client(running) as client:
        assert EvaluatorClient(client, lambda: as_node(parts, "evaluator")).tokens(KEYS)
    assert running.end() == 0


def test_a_part_that_still_waits_ends_at_once(parts: Parts) -> None:
    running = parts.start("registry", NDSC_DATABASE_URL=parts.database("registry", migrated=False))
    while not running.missing():
        assert running.process.poll() is None, running.log.read_text()
    started = time.monotonic()
    assert running.end() == 0
    assert time.monotonic() - started < 15


def test_a_part_waits_for_its_database_and_says_so(parts: Parts) -> None:
    url = parts.database("registry", migrated=False)
    running = parts.start("registry", NDSC_DATABASE_URL=url)
    while running.missing() != ["database: it does not let the service in, or is not migrated"]:
        assert running.process.poll() is None, running.log.read_text()
    assert running.probe("/livez").status_code == 200
    with parts.client(running) as client, pytest.raises(httpx.ConnectError):
        client.get("/healthz")
    assert parts.migrate("registry", url.rpartition("/")[2].partition("?")[0]).returncode == 0
    running.wait_until_ready()
    assert running.end() == 0


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("registry", {"NDSC_DATABASE_URL": ""}, "NDSC_DATABASE_URL"),
        ("registry", {"NDSC_DATABASE_URL": "postgresql:///x", "NDSC_LISTEN": "8443"}, "NDSC_LISTEN"),
        ("registry", {"NDSC_DATABASE_URL": "postgresql:///x", "NDSC_TLS_DIR": "/nonexistent"}, "not mounted"),
    ],
)
def test_a_part_that_is_told_wrong_does_not_start(
    parts: Parts, name: str, settings: dict[str, str], words: str
) -> None:
    running = parts.start(name, None, **settings)
    assert running.process.wait(timeout=30) == 1
    assert words in running.log.read_text()


def test_a_part_does_not_start_with_anothers_certificate(parts: Parts) -> None:
    running = parts.start("registry", parts.leaf("gateway"), NDSC_DATABASE_URL="postgresql:///x")
    assert running.process.wait(timeout=30) == 1
    assert "another part" in running.log.read_text()


def test_a_database_that_is_not_there_is_waited_for_a_bounded_time(parts: Parts) -> None:
    command = ["timeout", "2", COMMAND, "migrate", "registry"]
    environment = {"NDSC_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "NDSC_SERVICE_ROLE": "ndsc_service"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 124


def test_migrating_again_changes_nothing_and_a_later_version_is_left_alone(parts: Parts) -> None:
    url = parts.database("registry")
    name = url.rpartition("/")[2].partition("?")[0]
    assert parts.migrate("registry", name).returncode == 0
    owner = url.replace("_service:", "_owner:")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("CREATE TABLE later (n int)")
        connection.execute(f"GRANT SELECT ON later TO {name}_service")
    assert parts.migrate("registry", name).returncode == 0
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
    running = parts.start("registry", NDSC_DATABASE_URL=url).wait_until_ready()
    assert running.end() == 0


def test_anothers_table_among_the_platforms_stops_a_migration_with_what_to_do(parts: Parts, postgres: Server) -> None:
    name = parts.database("registry").rpartition("/")[2].partition("?")[0]
    with psycopg.connect(make_url(postgres.url).set(database=name).render_as_string(False), autocommit=True) as admin:
        admin.execute("CREATE SCHEMA apart")
        admin.execute("CREATE TABLE apart.theirs (n int)")
        assert parts.migrate("registry", name).returncode == 0
        admin.execute("CREATE TABLE public.theirs (n int)")
    refused = parts.migrate("registry", name)
    assert refused.returncode == 1
    assert "must be owner of table theirs" in " ".join(refused.stderr.split())
    assert "a schema of its own" in " ".join(refused.stderr.split())


def test_a_service_may_not_migrate(parts: Parts) -> None:
    url = parts.database("evaluator")
    name = url.rpartition("/")[2].partition("?")[0]
    refused = parts.migrate("evaluator", name, NDSC_DATABASE_URL=url)
    assert refused.returncode == 1
    assert "a service owns nothing" in " ".join(refused.stderr.split())
