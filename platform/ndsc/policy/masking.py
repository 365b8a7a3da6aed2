"""Masks carried out on a body: what the asker gets is built from what they may see, and what was masked is listed.

A mask on something that is not recorded leaves no trace, so that a mask does not tell that there is a value. A
treatment that does not fit the attribute withholds it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Body, Role
from ndsc.model.sharing import DataCategory, Treatment
from ndsc.policy.decider import Mask

B = TypeVar("B", bound=Body)

WITHHELD = None


class TellingLink(NamedTuple):
    """A sort of link that says what an attribute says: its role, and the data category at its telling end."""

    role: Role
    category: DataCategory


TOLD_BY_LINKS: Mapping[str, tuple[TellingLink, ...]] = {
    "home": (TellingLink(Role.LIVES_AT, DataCategory.LOCATION),),
    "phones": (TellingLink(Role.USES, DataCategory.PHONE), TellingLink(Role.KEEPER_OF, DataCategory.PHONE)),
}
"""Attributes that a link tells as well: a mask on one also drops these links, at whichever end it stands."""

_OUTWARD = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)\s*[0-9][A-Z]{2}$")
_ALWAYS_SHOWN = frozenset({"kind", "category", "absent"})  # what the record is; policy decided on it already


class Masked(NamedTuple):
    """A body as it may be shown, and the masks that changed something."""

    body: Body
    masks: tuple[Mask, ...]


def apply_masks(body: Body, masks: Sequence[Mask]) -> Masked:
    """Build the body that may be shown. Attributes that the body does not have are ignored."""
    fields = type(body).model_fields
    changed: dict[str, Any] = {}
    applied: list[Mask] = []
    absent = dict(body.absent)
    for mask in masks:
        if mask.field not in fields or mask.field in _ALWAYS_SHOWN:
            continue
        absent.pop(mask.field, None)
        value = changed.get(mask.field, getattr(body, mask.field))
        if value in (None, ()):
            continue
        changed[mask.field] = _shown(mask, value)
        applied.append(mask)
    if absent != body.absent:
        changed["absent"] = absent
    values = {name: getattr(body, name) for name in fields} | changed
    return Masked(type(body).model_validate(values), tuple(applied))


def tells_masked(masks: Sequence[Mask], role: str, ends: Collection[str]) -> bool:
    """Whether a link by itself says what a mask hides; ``ends`` are the data categories of the records at its ends."""
    tellers = [link for mask in masks for link in TOLD_BY_LINKS.get(mask.field, ())]
    return any(link.role == role and link.category in ends for link in tellers)


def _shown(mask: Mask, value: Any) -> Any:
    empty: Any = () if isinstance(value, tuple) else WITHHELD
    if mask.treatment is Treatment.WITHHELD:
        return empty
    shown = _TREATMENTS[mask.treatment](mask.field, value)
    return empty if shown is None else shown


def _year_only(_: str, value: Any) -> Any:
    return PartialDate(value.year) if isinstance(value, PartialDate) else None


def _month_only(_: str, value: Any) -> Any:
    return PartialDate(value.year, value.month) if isinstance(value, PartialDate) else None


def _area_only(field: str, value: Any) -> Any:
    if isinstance(value, Address):
        return Address(town=value.town, postcode=_outward(value.postcode))
    if field in {"latitude", "longitude"} and isinstance(value, float):
        return math.floor(value * 100) / 100  # 0.01 degree is about a kilometre
    if field in {"easting", "northing"} and isinstance(value, int):
        return value // 1000 * 1000
    return _outward(value) if isinstance(value, str) else None


def _outward(postcode: str | None) -> str | None:
    match = _OUTWARD.match(postcode or "")
    return match.group(1) if match else None


def _initials(_: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_first_letters(str(part)) for part in value)
    return _first_letters(value) if isinstance(value, str) else None


def _first_letters(text: str) -> str:
    return " ".join(f"{word[0]}." for word in text.split())


_TREATMENTS: dict[Treatment, Callable[[str, Any], Any]] = {
    Treatment.YEAR_ONLY: _year_only,
    Treatment.MONTH_ONLY: _month_only,
    Treatment.AREA_ONLY: _area_only,
    Treatment.INITIALS: _initials,
}
