"""The HTML report of a search: who was asked, what was found, why it was taken for one person, and what disagrees.

One file that opens offline on a phone or a desk, with no script and nothing loaded from anywhere. It is made from the
gateway's answer as plain data, and reads only what is named below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from ndsc.matching.comparing import compare, prepare
from ndsc.matching.describing import address_in_words, date_in_words, describe_query
from ndsc.matching.score import Compared, Score
from ndsc.matching.waterfall import waterfall
from ndsc.model.base import Model
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, AnyBody, Person

MOST_PICTURES = 40
"""Waterfall pictures in a report at most (about 30 KB each); every record has its table of comparisons."""


class _Read(BaseModel):
    """A part of the gateway's answer; what the report has no place for is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Refused(_Read):
    """Why a force withheld records, where that may be told."""

    sentence: str
    count: int = 1


class Asked(_Read):
    """One force that was asked."""

    force: str
    status: str
    records: int = 0
    refusals: tuple[Refused, ...] = ()
    took_ms: float = 0.0
    detail: str = ""


class Masked(_Read):
    """A field that policy changed."""

    field: str
    treatment: str


class Reason(_Read):
    """The sentence of a decision."""

    sentence: str = ""


class Found(_Read):
    """One record."""

    id: str
    force: str
    body: AnyBody
    masks: tuple[Masked, ...] = ()
    duties: tuple[str, ...] = ()
    decision: Reason = Reason()


class MemberOf(_Read):
    """A record of a group, and how well it fits the query."""

    record: Found
    probability: float
    match_weight: float
    reasons: tuple[str, ...] = ()


class Disagreement(_Read):
    """An attribute on which the records of a group differ."""

    attribute: str
    values: dict[str, tuple[str, ...]]


class Grouped(_Read):
    """The records about one person or thing."""

    label: str
    probability: float
    forces: tuple[str, ...] = ()
    members: tuple[MemberOf, ...]
    conflicts: tuple[Disagreement, ...] = ()


class Answered(_Read):
    """The gateway's answer, as far as the report shows it."""

    request_id: str
    asked_at: datetime
    took_ms: float = 0.0
    note: str = ""
    network: int = 0
    forces: tuple[Asked, ...] = ()
    groups: tuple[Grouped, ...] = ()


class Grounds(Model):
    """Who asked, and why."""

    officer: str = ""
    purpose: str = ""
    justification: str = ""
    reference: str = ""


class Detail(Model):
    """A line of a record: what, and its value in words."""

    name: str
    value: str


class Evidence(Model):
    """A member's comparisons with the query, and the picture of them where there is one."""

    comparisons: tuple[tuple[str, str, float], ...]
    picture: str = Field(default="", description="an svg element, or nothing")


def render(query: AnyBody, answer: Mapping[str, Any], grounds: Grounds | None = None) -> str:
    """The report as one HTML document. ``answer`` is the gateway's ``SearchAnswer`` as plain JSON data.

    Raises ``pydantic.ValidationError`` for data that is no such answer.
    """
    read = Answered.model_validate(answer)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            query=query,
            answer=read,
            grounds=grounds or Grounds(),
            evidence=_evidence(query, read),
            details=details_of,
            describe=describe_query,
            Markup=Markup,
        )
    )


def details_of(body: AnyBody) -> list[Detail]:
    """What a body says, attribute by attribute, in words; what was not recorded is left out."""
    details = []
    for name in type(body).model_fields:
        value = getattr(body, name)
        if name in ("kind", "absent") or value in (None, ()):
            continue
        details.append(Detail(name=_words(name), value=_value(value)))
    details += [Detail(name=_words(name), value=f"({absence})") for name, absence in body.absent.items()]
    return details


_NAMES = {"pnc_id": "PNC ID", "cro_number": "CRO number", "vrm": "Registration mark", "vin": "VIN", "imei": "IMEI"}


def _words(name: str) -> str:
    return _NAMES.get(name) or name.replace("_", " ").capitalize()


def _value(value: object) -> str:
    if isinstance(value, PartialDate):
        return date_in_words(value)
    if isinstance(value, Address):
        return address_in_words(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _evidence(query: AnyBody, answer: Answered) -> dict[str, Evidence]:
    """The evidence for each record, by its id; the best records come first, so they have the pictures."""
    asked = prepare(query)
    evidence: dict[str, Evidence] = {}
    pictures = 0
    for member in _members(answer):
        record = member.record
        if record.body.kind is not query.kind:
            continue
        score = compare(asked, prepare(record.body))
        picture = ""
        if isinstance(query, Person) and pictures < MOST_PICTURES:
            picture = waterfall(score, _in_sentence(record.id, score))
            pictures += 1
        evidence[record.id] = Evidence(comparisons=tuple(_lines(score)), picture=picture)
    return evidence


def _members(answer: Answered) -> Iterator[MemberOf]:
    for group in answer.groups:
        yield from group.members


def _lines(score: Score) -> Iterator[tuple[str, str, float]]:
    for compared in score.comparisons:
        if compared.level >= 0:
            yield _words(compared.name), compared.label, compared.weight


def _in_sentence(identity: str, score: Score) -> str:
    def part(compared: Compared) -> str:
        return f"{_words(compared.name)}: {compared.label.lower()}, {compared.weight:+.1f}"

    parts = "; ".join(part(compared) for compared in score.comparisons if compared.level >= 0)
    return f"Waterfall chart of record {identity}. {parts}. Final match weight {score.match_weight:.1f}."


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ndsc.matching"),
        autoescape=select_autoescape(["html", "j2"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = _percent
    environment.filters["spelled"] = lambda slug: slug.replace("-", " ").capitalize()
    return environment


def _percent(probability: float) -> str:
    """A probability as people read it: never 100 % for what is not certain, nor 0 % for what is not impossible."""
    if probability >= 0.999:
        return "more than 99.9 %"
    if probability < 0.001:
        return "less than 0.1 %"
    return f"{probability * 100:.1f} %"
