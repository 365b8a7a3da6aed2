"""The registry over HTTP.

No postponed annotations here: FastAPI must see the types that are made inside :func:`create`.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query, Response

from ndsc.registry.schemas import (
    Accepted,
    Append,
    Catalogue,
    Change,
    Changed,
    Datasets,
    Digest,
    Holders,
    Listed,
    ListedForces,
    Lookup,
    Notices,
    Rebuild,
    Withdrawn,
)
from ndsc.registry.service import AUDIENCE, Registry
from ndsc.trust.callers import caller_of
from ndsc.trust.tokens import ServiceClaims, Trusted
from ndsc.web.app import create_app
from ndsc.web.documented import PROBLEMS

_DESCRIPTION = "Which force holds something under a token. It knows no name, no record and no crime category."

Force = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{1,62}$", openapi_examples={"a force": {"value": "south-wales"}})]
Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="number of the rebuild")]
After = Annotated[int, Query(ge=0, le=2**63 - 1, description="notices later than this one")]


def create(registry: Registry, *, trusted: Callable[[], Trusted]) -> FastAPI:
    """The application. ``trusted`` are the keys of the services that may ask."""
    app = create_app("registry", description=_DESCRIPTION, ready=registry.ready)
    Caller = Annotated[ServiceClaims, Depends(caller_of(AUDIENCE, trusted))]  # noqa: N806  # a type

    @app.post(
        "/v1/lookup", tags=["search"], summary="Which forces hold something", response_model=Holders, responses=PROBLEMS
    )
    async def lookup(request: Lookup, caller: Caller) -> Response:
        # Already a valid model: FastAPI would only validate and copy it once more.
        answer = await registry.lookup(caller, request)
        return Response(answer.model_dump_json(), media_type="application/json")

    @app.put("/v1/forces/{force}/tokens", tags=["entries"], summary="What a force holds now", responses=PROBLEMS)
    def change(force: Force, request: Change, caller: Caller) -> Changed:
        return registry.change(caller, force, request)

    @app.post("/v1/forces/{force}/rebuild", tags=["rebuild"], summary="Begin a rebuild", responses=PROBLEMS)
    def begin(force: Force, caller: Caller) -> Rebuild:
        return registry.begin_rebuild(caller, force)

    @app.post(
        "/v1/forces/{force}/rebuild/{rebuild}/entries",
        tags=["rebuild"],
        summary="Send a part",
        responses=PROBLEMS,
    )
    def append(force: Force, rebuild: Number, request: Append, caller: Caller) -> Accepted:
        return registry.append_rebuild(caller, force, rebuild, request)

    @app.post(
        "/v1/forces/{force}/rebuild/{rebuild}/commit", tags=["rebuild"], summary="Make it the whole", responses=PROBLEMS
    )
    def commit(force: Force, rebuild: Number, caller: Caller) -> Digest:
        return registry.commit_rebuild(caller, force, rebuild)

    @app.get("/v1/forces/{force}/digest", tags=["entries"], summary="What is stored, in short", responses=PROBLEMS)
    def digest(force: Force, caller: Caller) -> Digest:
        return registry.digest(caller, force)

    @app.get("/v1/forces/{force}/notices", tags=["entries"], summary="Searches met in silence", responses=PROBLEMS)
    def notices(force: Force, caller: Caller, after: After = 0) -> Notices:
        return registry.notices(caller, force, after)

    @app.put(
        "/v1/forces/{force}/catalogue",
        tags=["catalogue"],
        summary="What a force has",
        responses=PROBLEMS,
    )
    def tell(force: Force, request: Datasets, caller: Caller) -> Accepted:
        return registry.tell_catalogue(caller, force, request)

    @app.get("/v1/catalogue", tags=["catalogue"], summary="What there is in the network", responses=PROBLEMS)
    def catalogue(caller: Caller) -> Catalogue:
        return registry.catalogue(caller)

    _add_withdrawing(app, registry, trusted)
    return app


def _add_withdrawing(app: FastAPI, registry: Registry, trusted: Callable[[], Trusted]) -> None:
    """What is asked when a force's node comes and goes."""
    Caller = Annotated[ServiceClaims, Depends(caller_of(AUDIENCE, trusted))]  # noqa: N806  # a type

    @app.get("/v1/forces", tags=["entries"], summary="Forces that list anything", responses=PROBLEMS)
    def forces(caller: Caller) -> ListedForces:
        return registry.forces(caller)

    @app.get("/v1/forces/{force}/entries", tags=["entries"], summary="Whether anything is listed", responses=PROBLEMS)
    def listed(force: Force, caller: Caller) -> Listed:
        return registry.listed(caller, force)

    @app.delete("/v1/forces/{force}/entries", tags=["entries"], summary="Withdraw all of them", responses=PROBLEMS)
    def withdraw(force: Force, caller: Caller) -> Withdrawn:
        return registry.withdraw(caller, force)
