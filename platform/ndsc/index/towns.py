"""Spells towns right, so that a slip of the keyboard does not part two records of one place.

``towns.txt`` lists towns of the United Kingdom, the larger ones first (general knowledge, written for this project).
It belongs to the canonical form of keys: a change to it is another table (:data:`ndsc.index.keys.TABLE`).
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

import jellyfish

from ndsc.index.canonical import fold

_LETTERS_A_SLIP = 3
"""One wrong letter is believed for each so many letters of a town."""
_MOST_SLIPS = 2


@lru_cache(1 << 16)
def spelt_right(text: str) -> str:
    """The listed town that the text is, but for a slip or two; else the text, folded as every town is.

    A slip is a letter more, less or wrong, or two swapped (Damerau-Levenshtein). Of several towns equally near, the one
    that is listed first is meant. A town that is not listed may so become a listed one of nearly the same name, for
    everybody alike: their keys still meet, and no key has a town alone.
    """
    folded = fold(text)
    most = min(_MOST_SLIPS, len(folded) // _LETTERS_A_SLIP)
    if not most or folded in _towns():
        return folded
    near = [town for town in _towns() if abs(len(town) - len(folded)) <= most]
    found = [(jellyfish.damerau_levenshtein_distance(folded, town), place) for place, town in enumerate(near)]
    slips, place = min(found, default=(most + 1, 0))
    return near[place] if slips <= most else folded


@cache
def _towns() -> tuple[str, ...]:
    text = (resources.files("ndsc.index") / "towns.txt").read_text(encoding="utf-8")
    return tuple(dict.fromkeys(map(fold, text.splitlines())))
