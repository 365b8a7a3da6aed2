"""Where the rules are, and the digest that names them.

In a checkout the rules are in ``platform/policies``, in an installed wheel in ``ndsc/policies``. Tests stand beside the
rules they test and are not part of what decides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndsc.errors import NotFoundError

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = (_PACKAGE / "policies", _PACKAGE.parent / "policies")
_TEST = "_test.rego"
_CASES = "cases.json"


class PoliciesMissingError(NotFoundError):
    """No folder of rules: nothing could be decided."""

    code = "policies-missing"
    title = "The policy rules are missing"


def policies_folder() -> Path:
    """The folder of the shipped rules. Raises :class:`PoliciesMissingError`."""
    for place in _PLACES:
        if any(place.glob("*/*.rego")):
            return place
    raise PoliciesMissingError("no folder of Rego rules stands beside or inside the package", hint="reinstall ndsc")


@dataclass(frozen=True, slots=True)
class Module:
    """One Rego file: its path below the folder of rules, and its text."""

    path: str
    source: str

    @property
    def is_test(self) -> bool:
        """Whether the file tests rules and decides nothing."""
        return self.path.endswith(_TEST)


@dataclass(frozen=True, slots=True)
class Bundle:
    """All rules of one folder, in the order of their paths."""

    modules: tuple[Module, ...]
    cases: Mapping[str, Any]  # the data that the tests run on; nothing is ever decided by it

    @property
    def rules(self) -> tuple[Module, ...]:
        """The files that decide."""
        return tuple(module for module in self.modules if not module.is_test)

    @property
    def tests(self) -> tuple[Module, ...]:
        """The files that test."""
        return tuple(module for module in self.modules if module.is_test)

    def revision(self, data: Mapping[str, Any]) -> str:
        """SHA-256 over the rules and the data they judge by, first 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for part in (*_parts(self.rules), json.dumps(data, sort_keys=True, ensure_ascii=True)):
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
        return digest.hexdigest()[:16]


def load_bundle(folder: Path | None = None) -> Bundle:
    """Read every rule below ``folder``, by default the shipped ones. Raises :class:`PoliciesMissingError`."""
    root = folder or policies_folder()
    modules = tuple(
        Module(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(root.rglob("*.rego"))
    )
    if not any(not module.is_test for module in modules):
        raise PoliciesMissingError(f"{root.name} holds no Rego rule")
    cases = root / _CASES
    return Bundle(modules, json.loads(cases.read_text(encoding="utf-8")) if cases.exists() else {})


def _parts(modules: Iterable[Module]) -> Iterable[str]:
    for module in modules:
        yield module.path
        yield module.source
