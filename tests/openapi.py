"""Tries an application against its own OpenAPI document, in this process (Schemathesis, bounded examples)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

Attempt = tuple[str, str, GenerationMode]


def attempts(app: FastAPI) -> Iterator[Attempt]:
    """Every operation with valid input, and with broken input where it takes any."""
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, GenerationMode.POSITIVE
            if "requestBody" in operation or operation.get("parameters"):
                yield method.upper(), path, GenerationMode.NEGATIVE


@dataclass(frozen=True)
class Asked:
    """A request that is about to be made."""

    method: str
    path: str
    body: Any
    query: Any


def bearer(token: Callable[[], str]) -> Callable[[Asked], dict[str, str]]:
    """What shows a service's token, whatever is asked."""
    return lambda _: {"Authorization": f"Bearer {token()}"}


def keeps_to_document(
    app: FastAPI, attempt: Attempt, shown: Callable[[Asked], dict[str, str]], *, examples: int = 12
) -> None:
    """Raises when an answer has a status, a type or a body that the document does not name, or is a server's error.

    What is accepted is not checked: a text of the right shape need not be a group element or a number in use, quotas
    run out, and what a client sends beside the documented parameters is ignored.
    """
    method, path, mode = attempt
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    cases = schema[path][method].as_strategy(generation_mode=mode)

    @given(st.data())
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    def answers_as_documented(data: st.DataObject) -> None:
        case = data.draw(cases)
        asked = Asked(case.method.upper(), case.formatted_path, case.body, case.query)
        case.call_and_validate(
            headers=shown(asked),
            excluded_checks=[positive_data_acceptance, negative_data_rejection],
        )

    answers_as_documented()
