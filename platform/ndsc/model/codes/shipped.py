"""The code lists that come with the package, each with its file, its source and its licence."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ndsc.model.codes.lists import CodeList, UnknownCodeListError, read_entries

_OGL = "Open Government Licence v3.0"
_MIT = "MIT (Ministry of Justice)"
_BICHARD = "ministryofjustice/bichard7-next-data"
_POLICE_UK = "data.police.uk"


@dataclass(frozen=True, slots=True)
class _Shipped:
    title: str
    source: str
    licence: str
    packed: bool = False


_SHIPPED: Mapping[str, _Shipped] = {
    "sex": _Shipped("Recorded sex, CJS codes", _BICHARD, _MIT),
    "ethnicity-16-plus-1": _Shipped("Self-defined ethnicity, 16+1", "Ministry of Justice and data.police.uk", _OGL),
    "ethnicity-officer-defined": _Shipped("Officer-defined ethnicity", "data.police.uk and common police usage", _OGL),
    "age-range": _Shipped("Age range of a person searched", _POLICE_UK, _OGL),
    "country": _Shipped("Countries, ISO 3166-1 alpha-3 as the CJS uses them", _BICHARD, _MIT),
    "offence": _Shipped("CJS offence codes", _BICHARD, _MIT, packed=True),
    "crime-type": _Shipped("National crime categories", _POLICE_UK, _OGL),
    "outcome": _Shipped("Outcomes of crimes and of stops and searches", _POLICE_UK, _OGL),
    "stop-search-outcome": _Shipped("Outcomes of stops and searches", _POLICE_UK, _OGL),
    "stop-search-type": _Shipped("What was searched", _POLICE_UK, _OGL),
    "legislation": _Shipped("Powers of stop and search", _POLICE_UK, _OGL),
    "object-of-search": _Shipped("What a search was for", _POLICE_UK, _OGL),
    "remand-status": _Shipped("Remand status, CJS codes", _BICHARD, _MIT),
    "verdict": _Shipped("Verdicts, CJS codes", _BICHARD, _MIT),
    "subject-category": _Shipped("What a person is to an event", "Data Protection Act 2018 section 38(3)", _OGL),
    "retention-group": _Shipped("Retention groups", "Management of police information", _OGL),
    "warning": _Shipped("Warning markers", "common police usage", "this project"),
}


def names() -> tuple[str, ...]:
    """The names of the code lists."""
    return tuple(_SHIPPED)


@cache
def get(name: str) -> CodeList:
    """The code list of that name, read and checked on its first use. Raises ``UnknownCodeListError``."""
    try:
        shipped = _SHIPPED[name]
    except KeyError:
        raise UnknownCodeListError(
            f"there is no code list {name[:40]!r}", hint=f"There are: {', '.join(_SHIPPED)}."
        ) from None
    folder = files("ndsc.model.codes")
    if shipped.packed:
        text = gzip.decompress((folder / f"{name}.csv.gz").read_bytes()).decode()
    else:
        text = (folder / f"{name}.csv").read_text(encoding="utf-8")
    return CodeList(name, shipped.title, shipped.source, shipped.licence, read_entries(io.StringIO(text, newline="")))


LISTS: Mapping[str, str] = MappingProxyType({name: shipped.title for name, shipped in _SHIPPED.items()})
"""Title of each code list by its name."""
