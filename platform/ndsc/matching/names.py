"""Names as they are compared: folded to plain letters, by sound, and with the forms that nicknames stand for."""

from __future__ import annotations

import json
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

import jellyfish

_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_STREET_WORDS = {
    "av": "avenue",
    "ave": "avenue",
    "cl": "close",
    "cres": "crescent",
    "ct": "court",
    "dr": "drive",
    "gdns": "gardens",
    "gr": "grove",
    "la": "lane",
    "ln": "lane",
    "pde": "parade",
    "pk": "park",
    "pl": "place",
    "rd": "road",
    "sq": "square",
    "st": "street",
    "tce": "terrace",
    "terr": "terrace",
}
_GIVEN_NAMES = Path(__file__).with_name("given_names.json")


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Lower-case letters and digits without accents, spaces or hyphens: ``O'Brien-Łąski`` is ``obrienlaski``.

    Text in a script that has no Latin base keeps its own letters, so it still compares with itself.
    """
    small = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in small.translate(_UNDECOMPOSED) if char.isalnum())


def fold_words(text: str) -> tuple[str, ...]:
    """The folded words of a text, split at spaces and hyphens."""
    return tuple(word for word in map(fold, text.replace("-", " ").split()) if word)


def fold_street(text: str) -> str:
    """A street without case, accents or spaces, its usual abbreviations written out (``St`` last is ``street``)."""
    words = list(fold_words(text))
    if len(words) > 1:
        words[-1] = _STREET_WORDS.get(words[-1], words[-1])
    return "".join(words)


@lru_cache(maxsize=65_536)
def sound(folded: str) -> str | None:
    """The Metaphone code of a folded name (Philips 1990), or ``None`` if it has no sound in Latin letters."""
    if not folded.isascii():
        return None
    return str(jellyfish.metaphone(folded)).replace(" ", "") or None


@cache
def _forms() -> dict[str, tuple[str, ...]]:
    table: dict[str, set[str]] = {}
    for formal, short in json.loads(_GIVEN_NAMES.read_text(encoding="utf-8"))["forms"].items():
        for name in (formal, *short):
            table.setdefault(name, {name}).add(formal)
    return {name: tuple(sorted(forms)) for name, forms in table.items()}


def given_forms(folded: str) -> tuple[str, ...]:
    """The names that a given name may stand for, itself among them: ``bob`` is ``bob`` and ``robert``."""
    return _forms().get(folded, (folded,))
