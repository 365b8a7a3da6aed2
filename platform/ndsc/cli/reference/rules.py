"""The page of policy: what rules are asked, what they answer, which rules there are, and the closed lists they name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml

from ndsc.cli.reference.markdown import block, code, codes, page, table
from ndsc.cli.reference.schemas import attributes
from ndsc.model.dates import PartialDate
from ndsc.model.facts import PolicyFacts, epoch_day
from ndsc.model.pole import Address, Person
from ndsc.model.sharing import Clearance, DataCategory, Purpose, Role, Treatment
from ndsc.policy.bundle import load_bundle
from ndsc.policy.decider import Duty, Mask, RecordDecision, Refusal, SearchDecision, SearchRequest, Subject
from ndsc.policy.force_rules import ForceRules
from ndsc.policy.masking import apply_masks
from ndsc.policy.questions import Question

_SHOWN = {
    "home": Address(number="14", street="Larkmoor Rise", town="Cardiff", postcode="CC10 4LD"),
    "date_of_birth": PartialDate(1987, 3, 9),
    "given_name": "Siân",
}


def markdown() -> str:
    """The page."""
    decisions = (SearchDecision, RecordDecision, Refusal, Mask, Duty)
    return page(
        "Policy",
        "What Rego rules in `platform/policies` see and answer. Rules never see a name, an identifier or free text.",
        f"## Input\n\n{block(json.dumps(_example(), indent=2), 'json')}\n`holder` is the force whose node is asked. "
        "Days are counted from 1970-01-01.",
        f"## Facts of a record\n\nEach member of `input.records`; every value is plain and none is null.\n\n"
        f"{attributes(PolicyFacts)}",
        f"## Rules\n\n{_rules()}",
        f"## Force rules\n\nWhat one force decides for its own records (`spec.policy` of its DataNode). Each can only "
        f"narrow.\n\n{attributes(ForceRules)}",
        *(f"## {kind.__name__}\n\n{attributes(kind)}" for kind in decisions),
        f"## Lists\n\n{_lists()}",
        f"## Treatments\n\nWhat a mask makes of a value.\n\n{_treatments()}",
    )


def _example() -> dict[str, Any]:
    subject = Subject(sub="pc4417", force="south-wales", roles=("officer",), clearance=1)
    request = SearchRequest(
        purpose=Purpose.PREVENT_CRIME,
        justification="Seen leaving the scene",
        today=epoch_day(date(2026, 1, 31)),
    )
    return Question.of(subject, request).document("btp") | {"records": ["..."]}


def _rules() -> str:
    rows = (
        (code(path.rpartition("/")[0]), about.get("title", ""), about.get("description", ""))
        for path, about in _metadata()
    )
    return table(("folder", "rule", "meaning"), rows)


def _metadata() -> Iterator[tuple[str, dict[str, str]]]:
    """The METADATA block (OPA's annotation) at the head of each rule."""
    for module in load_bundle().rules:
        head = module.source.partition("\npackage ")[0].splitlines()
        lines = (line.removeprefix("#").removeprefix(" ") for line in head if line.startswith("#"))
        yield module.path, yaml.safe_load("\n".join(line for line in lines if line != "METADATA")) or {}


def _lists() -> str:
    return table(
        ("list", "values"),
        (
            ("purposes", codes(purpose.value for purpose in Purpose)),
            ("roles", codes(role.value for role in Role)),
            ("clearances", ", ".join(f"{level.value} `{level.name.lower()}`" for level in Clearance)),
            ("data categories", codes(category.value for category in DataCategory)),
        ),
    )


def _treatments() -> str:
    rows = ((code(treatment.value), *(_shown(field, treatment) for field in _SHOWN)) for treatment in Treatment)
    return table(("treatment", *(f"`{field}`: {_words(value)}" for field, value in _SHOWN.items())), rows)


def _shown(field: str, treatment: Treatment) -> str:
    body = apply_masks(Person.model_validate({field: _SHOWN[field]}), [Mask(field=field, treatment=treatment)]).body
    return _words(getattr(body, field)) or "-"


def _words(value: object) -> str:
    if isinstance(value, Address):
        return ", ".join(part for part in (value.number, value.street, value.town, value.postcode) if part)
    return str(value or "")
