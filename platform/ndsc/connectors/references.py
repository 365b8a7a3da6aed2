"""References: what names a row, or an entity that rows share, in its source."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

_MAX = 150
_ORDINAL = re.compile(r"(?:\[(\d{1,9})\])?(?:/|$)")


def joined_reference(parts: Sequence[str]) -> str:
    """One part as it stands, several as a digest; ``#`` marks an occurrence, so a source's own is written ``%23``."""
    if len(parts) == 1:
        return bounded_reference(parts[0].replace("%", "%25").replace("#", "%23"))
    return digest_of(parts)


def bounded_reference(reference: str) -> str:
    """The reference, or a digest of one that is too long to be one."""
    return reference if len(reference) <= _MAX else digest_of([reference])


def digest_of(parts: Sequence[str]) -> str:
    """The first 128 bits of SHA-256 over the parts, each with its length before it, in hexadecimal."""
    whole = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def occurrences(paths: Sequence[str], start: str) -> list[int]:
    """The numbers under which a repeated path occurs in a row: 1 for ``a`` and ``a/b``, 2 for ``a[2]/b``."""
    found = set()
    for path in paths:
        if path.startswith(start) and (match := _ORDINAL.match(path, len(start))):
            found.add(int(match[1] or 1))
    return sorted(found)


def numbered(path: str, number: int) -> str:
    """The path of the occurrence with that number."""
    return path if number == 1 else f"{path}[{number}]"
