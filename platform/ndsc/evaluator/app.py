"""The evaluator over HTTP.

No postponed annotations here: FastAPI must see the types that are made inside :func:`create`.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Response

from ndsc.evaluator.schemas import Epochs, Evaluate, Evaluated
from ndsc.evaluator.service import AUDIENCE, Evaluator
from ndsc.trust.callers import caller_of
from ndsc.trust.tokens import ServiceClaims, Trusted
from ndsc.web.app import create_app
from ndsc.web.documented import PROBLEMS

_DESCRIPTION = "Turns blinded index keys into blinded tokens (RFC 9497). It sees random points and never a name."


def create(evaluator: Evaluator, *, trusted: Callable[[], Trusted]) -> FastAPI:
    """The application. ``trusted`` are the keys of the services that may ask."""
    app = create_app("evaluator", description=_DESCRIPTION, ready=evaluator.ready)
    Caller = Annotated[ServiceClaims, Depends(caller_of(AUDIENCE, trusted))]  # noqa: N806  # a type

    @app.post(
        "/v1/evaluate",
        tags=["tokens"],
        summary="Evaluate blinded elements",
        response_model=Evaluated,
        responses=PROBLEMS,
    )
    async def evaluate(request: Evaluate, caller: Caller) -> Response:
        # Already a valid model: FastAPI would only validate and copy it once more.
        answer = await evaluator.evaluate(caller, request)
        return Response(answer.model_dump_json(), media_type="application/json")

    @app.get("/v1/epochs", tags=["tokens"], summary="Which key epochs are served", responses=PROBLEMS)
    def epochs(caller: Caller) -> Epochs:
        return evaluator.epochs(caller)

    return app
