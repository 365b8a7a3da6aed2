"""Every condition and reason that the operator gives, and what a person does about it: the docs are made from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from ndsc.resources.base import Condition, ConditionStatus, Status

S = TypeVar("S", bound=Status)


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of a condition: what it means, and the remedy where one is needed."""

    condition: str
    name: str
    status: ConditionStatus
    meaning: str
    remedy: str = ""


_TRUE, _FALSE = ConditionStatus.TRUE, ConditionStatus.FALSE

AVAILABLE = Reason("Ready", "Available", _TRUE, "All that the resource asks for is there.")
NOT_DONE = Reason(
    "Ready", "Progressing", _FALSE, "It is being brought to what its spec says.", "Wait; the message names the step."
)
NAMESPACE_TAKEN = Reason(
    "Ready",
    "NamespaceTaken",
    _FALSE,
    "A namespace of the force's code is there that the operator did not make.",
    "Move what is in it and delete it, or label it app.kubernetes.io/managed-by=ndsc-operator and "
    "ndsc.police.uk/force=CODE to hand it over.",
)
REFUSED = Reason(
    "Ready",
    "Refused",
    _FALSE,
    "The API server refuses a child, and will again until something is changed.",
    "Read the message: it is the server's own. Change the resource, the quota or the platform's settings.",
)
UNREACHABLE = Reason(
    "Ready",
    "ApiServerError",
    _FALSE,
    "The API server failed or did not answer.",
    "Nothing, if it passes: it is tried again, less often each time.",
)

REASONS = (AVAILABLE, NOT_DONE, NAMESPACE_TAKEN, REFUSED, UNREACHABLE)


def with_reason(status: S, reason: Reason, message: str, generation: int) -> S:
    """The status with that condition; its transition time stays unless True, False or Unknown changed."""
    return status.with_condition(
        Condition(
            type=reason.condition,
            status=reason.status,
            reason=reason.name,
            message=message[:4096],
            last_transition_time=datetime.now(UTC).replace(microsecond=0),
            observed_generation=generation,
        )
    ).model_copy(update={"observed_generation": generation})


def plain(status: Status) -> Mapping[str, Any]:
    """As the API server takes it."""
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)
