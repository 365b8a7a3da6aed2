"""The pages of the model: attributes with their standards, identifiers, and the code lists."""

from __future__ import annotations

from collections.abc import Mapping

from ndsc.cli.reference.markdown import code, codes, page, table
from ndsc.cli.reference.schemas import Column, attributes
from ndsc.model.codes import get, names
from ndsc.model.handling import Grading, ProtectiveMarking
from ndsc.model.identifiers import IDENTIFIERS
from ndsc.model.npcc import data_standards
from ndsc.model.pole import BODIES, Address, Kind, Role
from ndsc.model.record import Link, Provenance, Record
from ndsc.model.retention import shipped_schedule

_SHOWN_WHOLE = 50

_STANDARDS: Mapping[str, Column] = {
    "code list": lambda _, part: f"[`{part['codes']}`](code-lists.md#{part['codes']})" if "codes" in part else "",
    "NIEM 6.0": lambda _, part: code(part.get("niem", "")),
    "data standard": lambda _, part: _standard(part.get("standard", "")),
}


def markdown() -> str:
    """The page of the profile."""
    bodies = {kind.value.capitalize(): body for kind, body in BODIES.items()}
    return page(
        "Model",
        "The POLE-aligned profile: person, object, location, event, and links with a role. It is aligned with the NPCC "
        "Minimum POLE Data Standards Dictionary v1.1 (last column) and maps to NIEM 6.0, and claims conformance with "
        "neither. What is left out was not recorded; `absent` says more: asked and `unknown`, or known to have `none`.",
        *(f"## {name}\n\n{attributes(body, _STANDARDS)}" for name, body in bodies.items()),
        f"## Address\n\n{attributes(Address, _STANDARDS)}",
        f"## Record\n\nWhat every record carries around its body.\n\n{attributes(Record)}",
        f"## Link\n\nRoles: {codes(role.value for role in Role)}.\n\n{attributes(Link)}",
        f"## ProtectiveMarking\n\n{attributes(ProtectiveMarking)}",
        f"## Grading\n\nIntelligence only: 3x5x2, or 5x5x5 kept as it stands.\n\n{attributes(Grading)}",
        f"## Provenance\n\n{attributes(Provenance)}",
        f"## Retention groups\n\n{_retention()}",
        f"## Identifiers\n\nEach is checked and written in one form.\n\n{_identifiers()}",
        f"Record ids read `FORCE.LETTER.DIGEST`; the letter is that of the kind ({codes(k.value for k in Kind)}).",
    )


def code_lists() -> str:
    """The page of the code lists: each list's source, and its codes where they are few."""
    overview = (
        (f"[`{name}`](#{name})", one.title, f"{len(one):,}", one.source, one.licence)
        for name, one in ((name, get(name)) for name in names())
    )
    return page(
        "Code lists",
        "Shipped as data and checked as they are read. A connector understands codes, labels and aliases alike. Where "
        "each came from is written in `platform/ndsc/model/codes/SOURCES.md`.",
        table(("list", "what", "codes", "source", "licence"), overview),
        *(_codes(name) for name in names()),
    )


def _standard(number: str) -> str:
    return f"{number} {data_standards()[number]}" if number else ""


def _identifiers() -> str:
    rows = (
        (code(name), one.title, code(one.example), one.summary.replace("``", "`")) for name, one in IDENTIFIERS.items()
    )
    return table(("name", "identifier", "example", "form"), rows)


def _retention() -> str:
    schedule = shipped_schedule()
    rows = (
        (
            rule.group.value,
            rule.group.name.replace("_", " ").lower(),
            f"{rule.review_after_years} years",
            str(rule.keep_until_age or ""),
            rule.at_review,
        )
        for rule in schedule.groups
    )
    return f"{schedule.source}\n\n" + table(("group", "content", "review after", "kept until age", "then"), rows)


def _codes(name: str) -> str:
    entries = get(name).entries
    if len(entries) > _SHOWN_WHOLE:
        shown = table(("code", "label"), ((code(one.code), one.label) for one in entries[:5]))
        return f"## {name}\n\nThe first five of {len(entries):,}.\n\n{shown}"
    rows = ((code(one.code), one.label, ", ".join(one.aliases), one.group or "") for one in entries)
    return f"## {name}\n\n{table(('code', 'label', 'also understood', 'group'), rows)}"
