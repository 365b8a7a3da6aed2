"""The evaluator over HTTP and on its own database: what it answers, refuses, writes down and keeps."""

from __future__ import annotations

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from tests.integration.evaluator.conftest import KEYS, Running
from tests.owning import no_log

from ndsc.audit.log import AuditLog
from ndsc.audit.verify import verify
from ndsc.evaluator.client import AsyncEvaluatorClient, EvaluatorClient
from ndsc.evaluator.errors import WrongEpochKeyError
from ndsc.evaluator.service import Evaluator
from ndsc.evaluator.tables import metadata
from ndsc.index.encoding import encode
from ndsc.index.errors import EpochUnknownError
from ndsc.index.keys import keys_of
from ndsc.index.oprf import blind, evaluate_directly, token
from ndsc.index.oprf_keys import OprfKey
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Person
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import issue_service
from ndsc.web.client import RemoteProblemError, open_session

PERSON = Person(
    given_name="Quintessa", surname="Marrowby", date_of_birth=PartialDate(1987, 3, 9), emails=("q.m@marrowby.example",)
)


def test_a_client_makes_the_tokens_that_the_function_defines(running: Running) -> None:
    keys = [key.canonical for key in keys_of(PERSON)]
    expected = [token(evaluate_directly(KEYS[2].secret, key)) for key in keys]
    assert running.client().tokens(keys) == expected
    assert running.client().tokens([]) == []


def test_an_older_epoch_is_served_while_it_is_asked_for(running: Running) -> None:
    older = EvaluatorClient(running.http, running.token, epoch=1)
    assert older.tokens([b"key"]) == [token(evaluate_directly(KEYS[1].secret, b"key"))]
    epochs = older.epochs().epochs
    assert [(epoch.epoch, epoch.current) for epoch in epochs] == [(1, False), (2, True)]


def test_more_keys_than_fit_one_request_go_in_several(running: Running) -> None:
    keys = [f"key {number}".encode() for number in range(2_001)]
    before = running.audit.head().size
    made = running.client(force="gwent").tokens(keys)
    assert len(set(made)) == len(keys)
    assert made[-1] == token(evaluate_directly(KEYS[2].secret, keys[-1]))
    assert running.audit.head().size == before + 2


def test_the_gateway_s_client_makes_the_same_tokens(running: Running) -> None:
    async def ask() -> list[bytes]:
        async with await open_session(running.socket, "evaluator") as http:
            return await AsyncEvaluatorClient(http, lambda: running.token("gateway", None)).tokens([b"key"])

    assert asyncio.run(ask()) == running.client().tokens([b"key"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"elements": [encode(bytes(32))]}, 422, "not-a-group-element"),
        ({"elements": [encode(b"\xff" * 32)]}, 422, "not-a-group-element"),
        ({"elements": ["short"]}, 422, "invalid-input"),
        ({"elements": []}, 422, "invalid-input"),
        ({"elements": [encode(blind(b"x").element)], "epoch": 9}, 404, "unknown-epoch"),
        ({"elements": [encode(blind(b"x").element)], "name": "Marrowby"}, 422, "invalid-input"),
        ({"elements": [encode(blind(b"x").element)] * 2001}, 422, "invalid-input"),
    ],
)
def test_a_bad_request_is_a_problem_that_says_why(
    running: Running, body: dict[str, object], status: int, code: str
) -> None:
    answer = running.http.post("/v1/evaluate", json=body, headers={"Authorization": f"Bearer {running.token()}"})
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:ndsc:problem:{code}")
    assert "Marrowby" not in answer.text


def test_only_nodes_and_the_gateway_are_served_and_only_with_a_token_made_for_it(running: Running) -> None:
    element = {"elements": [encode(blind(b"x").element)]}
    with pytest.raises(RemoteProblemError) as refused:
        running.client("operator", None).tokens([b"key"])
    assert refused.value.status == 403
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {running.token(audience='registry')}"},
        {"Authorization": f"Bearer {issue_service(SigningKey.generate(), 'node', 'gwent', 'evaluator')}"},
    ):
        assert running.http.post("/v1/evaluate", json=element, headers=headers).status_code == 401


def test_a_caller_has_a_quota_and_another_caller_another(running: Running) -> None:
    keys = [b"key"] * 400
    gateway = running.client("gateway", None)
    gateway.tokens(keys)
    with pytest.raises(RemoteProblemError) as refused:
        gateway.tokens(keys)
    assert (refused.value.status, refused.value.code) == (429, "quota-exceeded")
    assert len(running.client().tokens(keys)) == 400


def test_a_question_that_evaluates_nothing_is_counted_too(running: Running) -> None:
    curious = running.client("node", "clwyd")
    with pytest.raises(RemoteProblemError) as refused:
        [curious.epochs() for _ in range(1000)]  # far more than a quota of 100 that fills again meanwhile
    assert (refused.value.status, refused.value.code) == (429, "quota-exceeded")
    assert running.client().epochs().epochs


def test_no_entry_no_answer(running: Running) -> None:
    broken = AuditLog(running.engine, "ndsc.police.uk/audit/evaluator")
    service = Evaluator(running.engine, KEYS, broken)
    with no_log(running.engine):
        answer = running.http.post(
            "/v1/evaluate",
            json={"elements": [encode(blind(b"x").element)]},
            headers={"Authorization": f"Bearer {running.token()}"},
        )
        assert answer.status_code == 503
        assert "elements" not in answer.json()
    service.ready()


def test_a_lost_key_is_noticed_and_not_replaced(running: Running) -> None:
    with pytest.raises(WrongEpochKeyError):
        Evaluator(running.engine, {1: OprfKey.generate(1)}, running.audit)
    with pytest.raises(EpochUnknownError):
        Evaluator(running.engine, {}, running.audit)


def test_storage_holds_counts_and_nothing_that_names_or_finds_anybody(running: Running) -> None:
    keys = [key.canonical for key in keys_of(PERSON)]
    tokens = running.client().tokens(keys)
    kept = _everything(running.engine)
    assert '"elements"' in kept
    assert verify(running.audit).intact
    for secret in (*keys, *tokens, KEYS[2].secret, b"Marrowby", b"marrowby", b"1987-03-09"):
        assert secret.hex() not in kept
        assert encode(secret) not in kept
        assert secret.decode("utf-8", "replace").casefold() not in kept.casefold()


def test_models_and_migrated_schema_do_not_differ(evaluator_engine: Engine) -> None:
    with evaluator_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def _everything(engine: Engine) -> str:
    """Every row of every table as text; bytes are in hexadecimal."""
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).scalars()
        rows = [connection.execute(text(f"SELECT t::text FROM {table} t")).scalars().all() for table in tables.all()]
    return "\n".join(line for lines in rows for line in lines)
