"""One canonical form of key input, so that two implementations make the same token of the same thing.

A key's bytes are ``DOMAIN``, the rule's name and the parts, each preceded by its length in two bytes, big-endian, as
UTF-8: no two lists of parts have the same bytes. ``tests/golden/index-keys.json`` holds vectors. Another encoding is a
new ``VERSION``: no token made before it meets one made after. Other rules, facets or forms are a new
:data:`ndsc.index.keys.TABLE`: what they leave alone still meets while forces change over, one after the other.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import jellyfish

VERSION = 1
DOMAIN = f"ndsc.police.uk/index-key/v{VERSION}"

_LETTERS_WITHOUT_DECOMPOSITION = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_NOT_LATIN = re.compile(r"[^a-z]")
_NOT_ASCII = re.compile(r"[^a-z0-9]")
_VOWEL_LIKE = re.compile(r"[aeiouhwy]")
_CACHED = 1 << 16


def canonical_bytes(rule: str, parts: tuple[str, ...]) -> bytes:
    """The bytes of one key. Raises ``ValueError`` for a part over 65,535 bytes."""
    out = bytearray()
    for text in (DOMAIN, rule, *parts):
        data = text.encode()
        if len(data) > 0xFFFF:
            raise ValueError("a part of an index key holds at most 65,535 bytes")
        out += len(data).to_bytes(2, "big") + data
    return bytes(out)


@lru_cache(_CACHED)
def fold(text: str) -> str:
    """Letters and digits alone, in lower case and without accents: ``O'Brién`` is ``obrien``.

    Letters of other scripts stay as they are: a name in Cyrillic is a name.
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS_WITHOUT_DECOMPOSITION)
    return "".join(character for character in plain if character.isalnum())


@lru_cache(_CACHED)
def sound(text: str) -> str:
    """American Soundex of the folded text: ``smyth`` and ``Smith`` are ``S530``. Empty for what has no letter.

    What is not written in Latin letters has no Soundex and stands for itself.
    """
    folded = fold(text)
    latin = _NOT_LATIN.sub("", folded)
    if latin:
        return jellyfish.soundex(latin)
    return "" if folded.isdigit() else folded


@lru_cache(_CACHED)
def outline(text: str) -> str:
    """The first letter, then the consonants that the text has, in order of the alphabet, each once.

    ``Williams`` and ``Wililams`` are ``wlms``: swapped, doubled and dropped letters mostly leave it as it was. ``h``,
    ``w`` and ``y`` count as vowels. What is not written in Latin letters stands for itself.
    """
    folded = fold(text)
    latin = _NOT_LATIN.sub("", folded)
    if latin:
        return latin[0] + "".join(sorted(set(_VOWEL_LIKE.sub("", latin))))
    return "" if folded.isdigit() else folded


@lru_cache(_CACHED)
def letters(text: str) -> str:
    """The Latin letters that a name has, in order of the alphabet, each once; another script stands for itself."""
    folded = fold(text)
    latin = _NOT_LATIN.sub("", folded)
    return "".join(sorted(set(latin))) if latin or folded.isdigit() else folded


@lru_cache(_CACHED)
def characters(text: str) -> str:
    """The Latin letters and digits that a text has, in order, each once."""
    return "".join(sorted(set(_NOT_ASCII.sub("", fold(text)))))


@lru_cache(_CACHED)
def consonants_and_digits(text: str) -> str:
    """As :func:`characters`, without the vowels and ``h``, ``w``, ``y``."""
    return _VOWEL_LIKE.sub("", characters(text))
