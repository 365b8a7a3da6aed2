"""Whose tokens make somebody an officer of a force: the keys that the force itself names, and no other force's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ndsc.resources.jwk import PublicKey
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import VerifyKey
from ndsc.trust.tokens import KeyBinding


def officer_keys(keys: Mapping[str, Iterable[PublicKey]]) -> dict[str, KeyBinding]:
    """By key id, the keys of each force's identity provider, bound to the forces that name them.

    Forces may share a provider; naming a key lets it speak for the force that names it only. A key that any signature
    would fit is left out.
    """
    found: dict[VerifyKey, set[str]] = {}
    for force, named in keys.items():
        for key in named:
            try:
                found.setdefault(key.verify_key(), set()).add(force)
            except BadKeyError:
                continue
    return {key.kid: KeyBinding(key, forces=frozenset(forces)) for key, forces in found.items()}
