"""An outside database: what its Secret must hold, and which of two nodes that name one has it."""

from __future__ import annotations

import base64

import pytest

from ndsc.resources.datanode import SecretKeyRef
from ndsc_operator.conditions import Verdict
from ndsc_operator.external import Claim, claimed, first_claim

REFERENCE = SecretKeyRef(name="database")
OWNER = "postgresql://owner:word@db.example/kent"
SERVICE = "postgresql://service:word@db.example/kent"


def secret(**values: str) -> dict[str, object]:
    return {"data": {key.replace("_", "-"): base64.b64encode(text.encode()).decode() for key, text in values.items()}}


def test_two_urls_of_one_database_claim_it() -> None:
    claim = claimed(secret(url=SERVICE, owner_url=OWNER), REFERENCE)
    assert isinstance(claim, Claim)
    assert claim.service == "service"


@pytest.mark.parametrize("again", ["postgres://other:x@DB.example:5432/kent?sslmode=require", SERVICE])
def test_the_same_database_said_otherwise_is_the_same_claim(again: str) -> None:
    first = claimed(secret(url=SERVICE, owner_url=OWNER), REFERENCE)
    second = claimed(secret(url=again, owner_url=OWNER), REFERENCE)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("values", "reason", "told"),
    [
        ({}, "DatabaseSecretMissing", "key url"),
        ({"url": SERVICE}, "DatabaseSecretMissing", "owner-url"),
        ({"url": "db.example", "owner_url": OWNER}, "DatabaseSecretMalformed", "the scheme postgresql"),
        ({"url": "mysql://service@db/kent", "owner_url": OWNER}, "DatabaseSecretMalformed", "postgresql"),
        ({"url": "postgresql://db.example/kent", "owner_url": OWNER}, "DatabaseSecretMalformed", "a user"),
        ({"url": "postgresql://service@/kent", "owner_url": OWNER}, "DatabaseSecretMalformed", "a host"),
        ({"url": "postgresql://service@db.example", "owner_url": OWNER}, "DatabaseSecretMalformed", "a database"),
        ({"url": "postgresql://service@db:port/kent", "owner_url": OWNER}, "DatabaseSecretMalformed", "form"),
        ({"url": "postgresql://service@[db/kent", "owner_url": OWNER}, "DatabaseSecretMalformed", "form"),
        ({"url": SERVICE, "owner_url": OWNER.replace("kent", "essex")}, "DatabaseSecretMalformed", "different"),
        ({"url": OWNER, "owner_url": OWNER}, "DatabaseSecretMalformed", "one role"),
    ],
)
def test_what_is_wrong_is_said_and_no_part_of_a_url(values: dict[str, str], reason: str, told: str) -> None:
    verdict = claimed(secret(**values), REFERENCE)
    assert isinstance(verdict, Verdict)
    assert verdict.reason.name == reason
    assert told in verdict.message
    assert "word" not in verdict.text


def test_no_secret_and_one_that_is_not_base64() -> None:
    assert isinstance(claimed(None, REFERENCE), Verdict)
    assert isinstance(claimed({"data": {"url": "%", "owner-url": "%"}}, REFERENCE), Verdict)


def test_who_came_first_has_it_and_of_two_in_one_second_the_first_by_name() -> None:
    def service(created: str, name: str) -> dict[str, dict[str, str]]:
        return {"metadata": {"creationTimestamp": created, "namespace": "kent", "name": name}}

    old, new, other = service("2026-01-01T00:00:00Z", "z"), service("2026-01-02T00:00:00Z", "a"), None
    assert first_claim([new, old]) is old
    other = service("2026-01-01T00:00:00Z", "b")
    assert first_claim([old, other]) is other
