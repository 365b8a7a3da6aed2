"""The forces of the United Kingdom and the crown dependencies: codes, names, and how to find one by what is written.

Facts compiled from data.police.uk (slugs), the Office for National Statistics (police force area codes) and open
Ministry of Justice code (PNC force codes); ``forces.csv`` beside this module says more. A PNC code that two bodies
share at different times (67, the agency before the NCA) or that STATS19 uses for another force is never guessed at:
only PNC codes are read, not STATS19 ones. Forces merge and are renamed, so the list is data and a network may hold
fewer.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import ClassVar

from pydantic import Field

from ndsc.errors import NotFoundError
from ndsc.model.base import ForceId, Model, Text


class UnknownForceError(NotFoundError):
    """No force has that code."""

    code: ClassVar[str] = "unknown-force"
    title: ClassVar[str] = "No such force"


class ForceEntry(Model):
    """One force of the shipped list."""

    slug: ForceId = Field(description="its code in this network")
    name: Text
    kind: Text = Field(description="territorial (E&W), special, agency, crown dependency ...")
    ons_code: Text | None = Field(default=None, description="ONS police force area code, such as W15000003")
    pnc_codes: tuple[Text, ...] = Field(default=(), description="PNC force codes, present and past")
    note: Text | None = None


def _read() -> dict[str, ForceEntry]:
    with (files("ndsc.model") / "forces.csv").open(encoding="utf-8") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        entries = [
            ForceEntry(
                slug=row["slug"],
                name=row["name"],
                kind=row["kind"],
                ons_code=row["ons_code"] or None,
                pnc_codes=tuple(row["pnc_codes"].split()),
                note=row["note"] or None,
            )
            for row in rows
        ]
    return {entry.slug: entry for entry in entries}


FORCES: Mapping[str, ForceEntry] = MappingProxyType(_read())
"""Every force by its slug."""


@lru_cache(maxsize=1)
def _by_code() -> dict[str, str]:
    """Upper-case code, name or slug to slug; what would name two forces names none."""
    found: dict[str, set[str]] = {}
    for entry in FORCES.values():
        for code in (entry.slug, entry.name, entry.ons_code, *entry.pnc_codes):
            if code:
                found.setdefault(code.upper(), set()).add(entry.slug)
    return {code: next(iter(slugs)) for code, slugs in found.items() if len(slugs) == 1}


def resolve(code: str) -> ForceEntry:
    """The force that a slug, a full name, an ONS code or a PNC code (two digits, ``05`` or ``5``) names.

    Raises ``UnknownForceError``, with the nearest slugs as its hint.
    """
    wanted = code.strip().upper()[:80]
    padded = wanted.zfill(2) if wanted.isascii() and wanted.isdigit() else wanted
    slug = _by_code().get(padded) or _by_code().get(wanted.replace(" ", "-").replace("_", "-"))
    if slug is None:
        raise UnknownForceError(f"{code[:40]!r} is not a force in the list of forces", hint=_nearest(wanted))
    return FORCES[slug]


def name_of(code: str) -> str:
    """The name of a force by its slug; the slug itself of one that is not in the list, as after a merger."""
    entry = FORCES.get(code)
    return entry.name if entry else code


def _nearest(wanted: str) -> str:
    text = wanted.lower()
    names = {name: entry.slug for entry in FORCES.values() for name in (entry.slug, entry.name.lower())}
    inside = [slug for name, slug in names.items() if len(text) > 1 and text in name]
    close = [names[name] for name in difflib.get_close_matches(text, names, n=4, cutoff=0.6)]
    slugs = list(dict.fromkeys(inside + close))[:3]
    return (
        f"Did you mean {' or '.join(slugs)}?" if slugs else "A force's code is like south-wales, btp, 62 or W15000003."
    )
