"""`ndsc search`, `ndsc show` and `ndsc why`: the one search, a record, and the decision about it."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ndsc.cli.context import Officer, home, network
from ndsc.cli.grounds import Asking, asked_by, options
from ndsc.cli.output import Output, OutputFormat, PlainOutput, err, out, print_json, print_yaml
from ndsc.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from ndsc.gateway.client import GatewayClient
    from ndsc.gateway.schemas import SearchAnswer, SearchRequest

app = typer.Typer(no_args_is_help=True)

Reach = Callable[[Officer], "AbstractContextManager[GatewayClient]"]
"""How a gateway is reached for an officer: the one here, or a cluster's."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a search is made and its answer shown."""

    limit: int
    deadline_ms: int
    open_page: bool
    output: OutputFormat


def _manner(
    limit: Annotated[int, typer.Option(min=1, max=200, help="Records from each force at most.")] = 50,
    deadline: Annotated[float, typer.Option(min=0.1, max=30, help="Seconds until the answer goes out as it is.")] = 5.0,
    open_page: Annotated[
        bool, typer.Option("--open", help="Show the answer as a page, with a picture of each match.")
    ] = False,
    output: Output = OutputFormat.TABLE,
) -> Manner:
    return Manner(limit=limit, deadline_ms=int(deadline * 1000), open_page=open_page, output=output)


in_manner = options("manner", _manner)


def person(
    name: Annotated[str, typer.Argument(help="Name as written: given names, then surname.")] = "",
    *,
    given_name: Annotated[str, typer.Option(help="First given name.")] = "",
    surname: Annotated[str, typer.Option(help="Family name.")] = "",
    born: Annotated[str, typer.Option(help="Date of birth: YYYY-MM-DD, YYYY-MM or YYYY.")] = "",
    postcode: Annotated[str, typer.Option(help="Home postcode.")] = "",
    street: Annotated[str, typer.Option(help="Home street.")] = "",
    number: Annotated[str, typer.Option(help="House number or name.")] = "",
    town: Annotated[str, typer.Option(help="Home town.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone number.")] = "",
    email: Annotated[str, typer.Option(help="E-mail address.")] = "",
    pnc_id: Annotated[str, typer.Option(help="PNC identifier.")] = "",
    cro: Annotated[str, typer.Option(help="CRO number.")] = "",
    ask_every_force: Annotated[
        bool, typer.Option(help="Where nothing can be looked up: ask all, if policy allows.")
    ] = False,
    manner: Manner,
    asking: Asking,
    reach: Reach,
) -> None:
    """Search for a person."""
    given, family = split_name(name)
    home_address = _stated(number=number, street=street, town=town, postcode=_normal("postcode", postcode))
    query = _stated(
        given_name=given_name or given,
        surname=surname or family,
        date_of_birth=born,
        home=home_address,
        phones=[_normal("phone", phone)] if phone else None,
        emails=[email] if email else None,
        pnc_id=_normal("pnc-id", pnc_id),
        cro_number=_normal("cro-number", cro),
    )
    _search("person", query, asking, manner, reach, ask_every_force=ask_every_force)


def vehicle(
    vrm: Annotated[str, typer.Argument(help="Registration mark.")] = "",
    vin: Annotated[str, typer.Option(help="Vehicle identification number.")] = "",
    *,
    manner: Manner,
    asking: Asking,
    reach: Reach,
) -> None:
    """Search for a vehicle."""
    query = _stated(category="vehicle", vrm=_normal("vrm", vrm), vin=_normal("vin", vin))
    _search("object", query, asking, manner, reach)


def phone(
    number: Annotated[str, typer.Argument(help="Telephone number.")] = "",
    imei: Annotated[str, typer.Option(help="Handset identity.")] = "",
    *,
    manner: Manner,
    asking: Asking,
    reach: Reach,
) -> None:
    """Search for a telephone."""
    query = _stated(category="phone", phone_number=_normal("phone", number), imei=_normal("imei", imei))
    _search("object", query, asking, manner, reach)


def location(
    name: Annotated[str, typer.Argument(help="Name of the place.")] = "",
    area: Annotated[str, typer.Option(help="Area it lies in, such as a town or an LSOA name.")] = "",
    number: Annotated[str, typer.Option(help="House number or name.")] = "",
    street: Annotated[str, typer.Option(help="Street.")] = "",
    postcode: Annotated[str, typer.Option(help="Postcode.")] = "",
    uprn: Annotated[str, typer.Option(help="Unique Property Reference Number.")] = "",
    *,
    manner: Manner,
    asking: Asking,
    reach: Reach,
) -> None:
    """Search for a place."""
    address = _stated(number=number, street=street, postcode=_normal("postcode", postcode), uprn=_normal("uprn", uprn))
    query = _stated(name=name, area_name=area, address=address)
    _search("location", query, asking, manner, reach)


def event(
    crime_reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="Crime reference.")] = "",
    urn: Annotated[str, typer.Option(help="Reference of an intelligence report.")] = "",
    *,
    manner: Manner,
    asking: Asking,
    reach: Reach,
) -> None:
    """Search for an event by its reference."""
    query = _stated(crime_reference=crime_reference, urn=urn)
    _search("event", query, asking, manner, reach)


@app.command()
@asked_by
def show(
    record: Annotated[str, typer.Argument(help="Record, as a search prints it.")],
    *,
    output: PlainOutput = OutputFormat.YAML,
    asking: Asking,
) -> None:
    """Show one record, as far as policy lets you see it."""
    with embedded(asking.officer) as gateway:
        found = gateway.show(record, asking.grounds())
    _print(found.model_dump(mode="json", exclude_none=True), output)


@app.command()
@asked_by
def why(
    record: Annotated[str, typer.Argument(help="Record, as a search prints it.")],
    *,
    output: PlainOutput = OutputFormat.TABLE,
    asking: Asking,
) -> None:
    """Say why a record is shown to you, or why not."""
    with embedded(asking.officer) as gateway:
        decision = gateway.why(record, asking.grounds())
    if output is not OutputFormat.TABLE:
        _print(decision.model_dump(mode="json", exclude_none=True), output)
        return
    out.print("visible" if decision.visible else "not visible", style="bold", end="")
    out.print(f": {decision.sentence}", markup=False)
    out.print(f"rule       {decision.rule}", markup=False)
    out.print(f"agreement  {decision.agreement or '-'}", markup=False)
    for mask in decision.masks:
        out.print(f"mask       {mask.field}: {mask.treatment}", markup=False)
    for duty in decision.duties:
        out.print(f"duty       {duty}", markup=False)
    out.print(f"policy     {decision.policy_revision}", style="dim")


@contextmanager
def embedded(officer: Officer) -> Iterator[GatewayClient]:
    """The gateway of the network here. Raises ``NotFoundError`` where there is none: nothing would be found."""
    with network(serve=True) as net:
        if not net.forces():
            raise NotFoundError(
                f"There is no force in {home()}, so nobody can be asked.",
                hint="Run `ndsc demo`, or describe a force and its node and run `ndsc apply -f FILE`.",
            )
        yield net.gateway(officer)


def searches(reaching: Callable[..., Reach], *, example: str) -> typer.Typer:
    """The searches by way of what ``reaching`` makes of its options, which are theirs too."""
    app = typer.Typer(no_args_is_help=True, help="Search every force that holds something.", epilog=example)
    reached = options("reach", reaching)
    for command in (person, vehicle, phone, location, event):
        app.command()(reached(in_manner(asked_by(command))))
    return app


app.add_typer(
    searches(
        lambda: embedded,
        example='Example: ndsc search person "Siân Llewellyn-Price" --born 1987-03-09 --reason "named by a witness"',
    ),
    name="search",
)


def split_name(text: str) -> tuple[str, str]:
    """Given name and surname of a name as written: ``Siân Llewellyn-Price`` or ``Llewellyn-Price, Siân``."""
    if "," in text:
        family, _, given = text.partition(",")
        return given.strip(), family.strip()
    given, _, family = text.strip().rpartition(" ")
    return given.strip(), family


def _stated(**attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value}


def _normal(identifier: str, text: str) -> str:
    if not text:
        return ""
    from ndsc.model.identifiers import IDENTIFIERS  # noqa: PLC0415  # only for searches that give one

    return IDENTIFIERS[identifier].normalise(text)


def _search(
    kind: str, query: dict[str, Any], asking: Asking, manner: Manner, reach: Reach, *, ask_every_force: bool = False
) -> None:
    from pydantic import ValidationError  # noqa: PLC0415

    from ndsc.gateway.schemas import SearchRequest  # noqa: PLC0415

    if not query:
        raise InvalidInputError("Say what to search for.", hint="`--help` shows what can be given.")
    try:
        request = SearchRequest(
            query={"kind": kind, **query},
            **asking.grounds(),
            ask_every_force=ask_every_force,
            limit=manner.limit,
            deadline_ms=manner.deadline_ms,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInputError(f"{'.'.join(str(part) for part in first['loc'][2:])}: {first['msg']}") from None
    with reach(asking.officer) as gateway:
        answer = gateway.search(request)
    _present(request, answer, asking, manner)


def _present(request: SearchRequest, answer: SearchAnswer, asking: Asking, manner: Manner) -> None:
    from ndsc.cli.answers import render  # noqa: PLC0415
    from ndsc.matching.describing import describe_query  # noqa: PLC0415

    if manner.output in (OutputFormat.JSON, OutputFormat.YAML):
        _print(answer.model_dump(mode="json", exclude_none=True), manner.output)
    elif manner.output is OutputFormat.NAME:
        for group in answer.groups:
            for member in group.members:
                out.print(member.record.id)
    else:
        officer = f"{asking.officer.sub}@{asking.officer.force} · {asking.purpose}"
        out.print(render(answer, title=describe_query(request.query), asker=officer))
    if manner.open_page:
        _open(request, answer, asking)


def _open(request: SearchRequest, answer: SearchAnswer, asking: Asking) -> None:
    from ndsc.matching.report import Grounds, render  # noqa: PLC0415  # draws charts: slow to load

    stated = Grounds(
        officer=f"{asking.officer.sub}@{asking.officer.force}",
        purpose=asking.purpose,
        justification=asking.justification,
        reference=asking.reference,
    )
    path: Path = home() / "reports" / f"{answer.request_id}.html"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    page = render(request.query, answer.model_dump(mode="json"), stated)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)  # nobody else's at any moment
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(page)
    err.print(f"The report is {path}", markup=False)
    webbrowser.open(path.as_uri())


def _print(value: Any, output: OutputFormat) -> None:
    (print_json if output is OutputFormat.JSON else print_yaml)(value)
