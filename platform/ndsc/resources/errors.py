"""What can be wrong with a manifest, an agreement's step, or a signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ndsc.errors import ConflictError, InvalidInputError, NotFoundError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it."""

    path: str
    message: str
    hint: str = ""
    source: str = ""
    document: int = 0
    line: int = 0

    def __str__(self) -> str:
        where = self.source
        if self.document:
            where += f", document {self.document}"
        if self.line:
            where += f", line {self.line}"
        return ": ".join(part for part in (where, self.path, self.message) if part)


class ManifestError(InvalidInputError):
    """Manifests that cannot be accepted; ``problems`` has all that is wrong with them, in order."""

    code: ClassVar[str] = "invalid-manifest"
    title: ClassVar[str] = "The manifest is not valid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        hints = dict.fromkeys(problem.hint for problem in self.problems if problem.hint)
        super().__init__("\n".join(str(problem) for problem in self.problems), hint=" ".join(hints))


class UnknownKindError(NotFoundError):
    """No kind of resource is called that."""

    code: ClassVar[str] = "unknown-kind"
    title: ClassVar[str] = "No such kind of resource"


class UnknownFieldError(NotFoundError):
    """The kind has no such field."""

    code: ClassVar[str] = "unknown-field"
    title: ClassVar[str] = "No such field"


class ForbiddenTransitionError(ConflictError):
    """An agreement in that state cannot take that step."""

    code: ClassVar[str] = "forbidden-transition"
    title: ClassVar[str] = "The agreement cannot take this step now"


class NotAPartyError(InvalidInputError):
    """Somebody signed who is not a party to the agreement."""

    code: ClassVar[str] = "not-a-party"
    title: ClassVar[str] = "Not a party to the agreement"
