"""The life of an agreement: which step may follow which, and how far the facts carry it.

States are the Dataspace Protocol 2025-1's, read for an agreement of many parties: REQUESTED when it is written down,
OFFERED when some have signed, AGREED when all have, VERIFIED when every signature fits the terms and the signer's key,
FINALIZED while it is in force. SUSPENDED, EXPIRED and TERMINATED are ends, of which only the last is for good.

Pure: :func:`step` says what one event does, :func:`due` which event the facts call for, and :func:`settle` follows
them until nothing more is due. FINALIZED alone opens anything, and no state but VERIFIED leads there.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from ndsc.resources.agreement import AgreementState as State
from ndsc.resources.errors import ForbiddenTransitionError


class Event(StrEnum):
    """What can happen to an agreement; the value reads as a line of its history."""

    SIGN = "a party signed"
    SIGN_ALL = "every party has signed"
    VERIFY = "every signature was verified"
    START = "its term began"
    DOUBT = "a signature is missing or no longer verifies"
    AMEND = "its terms were changed: signatures under the old ones count no more"
    SUSPEND = "a party suspended it"
    RESUME = "nobody suspends it any more"
    EXPIRE = "its term ended"
    TERMINATE = "a party terminated it"


_BEFORE_FORCE = (State.REQUESTED, State.OFFERED, State.AGREED, State.VERIFIED)
_NOT_TERMINATED = (*_BEFORE_FORCE, State.FINALIZED, State.SUSPENDED, State.EXPIRED)

TRANSITIONS: MappingProxyType[tuple[State, Event], State] = MappingProxyType(
    {
        (State.REQUESTED, Event.SIGN): State.OFFERED,
        (State.OFFERED, Event.SIGN): State.OFFERED,
        (State.REQUESTED, Event.SIGN_ALL): State.AGREED,
        (State.OFFERED, Event.SIGN_ALL): State.AGREED,
        (State.AGREED, Event.VERIFY): State.VERIFIED,
        (State.VERIFIED, Event.START): State.FINALIZED,
        **{(state, Event.DOUBT): State.REQUESTED for state in (*_BEFORE_FORCE[1:], State.FINALIZED)},
        **{(state, Event.AMEND): State.REQUESTED for state in _NOT_TERMINATED},
        **{(state, Event.SUSPEND): State.SUSPENDED for state in (*_BEFORE_FORCE, State.FINALIZED)},
        (State.SUSPENDED, Event.RESUME): State.REQUESTED,
        **{(state, Event.EXPIRE): State.EXPIRED for state in (*_BEFORE_FORCE, State.FINALIZED, State.SUSPENDED)},
        **{(state, Event.TERMINATE): State.TERMINATED for state in _NOT_TERMINATED},
    }
)
"""Every step that there is. After SUSPENDED an agreement is looked at from the start: keys may have gone meanwhile."""


class Facts(NamedTuple):
    """What is so today."""

    amended: bool = False
    """The terms are not those that the state was reached with."""
    signed: int = 0
    """Parties with a signature under the present terms."""
    parties: int = 2
    verified: bool = False
    """Every one of those signatures fits the terms and a key of its signer."""
    started: bool = False
    ended: bool = False
    suspended: bool = False
    terminated: bool = False


def step(state: State, event: Event) -> State:
    """The state after an event. Raises :class:`ForbiddenTransitionError` when there is no such step."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        allowed = sorted(event.name for (before, event) in TRANSITIONS if before is state)
        raise ForbiddenTransitionError(
            f"an agreement that is {state} cannot take the step {event.name}",
            hint=f"Steps from here: {', '.join(allowed)}." if allowed else f"{state} is final.",
        )
    return after


def due(state: State, facts: Facts) -> Event | None:
    """The next event that the facts call for, or none. Ends come before beginnings: a doubt closes first."""
    if state is State.TERMINATED:
        return None
    ends = (
        (facts.terminated, Event.TERMINATE),
        (facts.amended, Event.AMEND),
        (facts.ended and state is not State.EXPIRED, Event.EXPIRE),
        (facts.suspended and state not in (State.SUSPENDED, State.EXPIRED), Event.SUSPEND),
    )
    for is_due, event in ends:
        if is_due:
            return event
    return _onwards(state, facts)


def _onwards(state: State, facts: Facts) -> Event | None:
    """While nothing ends it. From EXPIRED and TERMINATED only other events lead out."""
    onwards = _ONWARDS.get(state)
    return onwards(facts) if onwards else None


def _complete(facts: Facts) -> bool:
    return facts.signed >= facts.parties


def _from_requested(facts: Facts) -> Event | None:
    return Event.SIGN_ALL if _complete(facts) else Event.SIGN if facts.signed else None


def _from_offered(facts: Facts) -> Event | None:
    return Event.SIGN_ALL if _complete(facts) else None if facts.signed else Event.DOUBT


def _from_agreed(facts: Facts) -> Event | None:
    if not _complete(facts):
        return Event.DOUBT
    return Event.VERIFY if facts.verified else None


def _from_verified(facts: Facts) -> Event | None:
    if not (_complete(facts) and facts.verified):
        return Event.DOUBT
    return Event.START if facts.started else None


def _from_finalized(facts: Facts) -> Event | None:
    return None if _complete(facts) and facts.verified and facts.started else Event.DOUBT


def _from_suspended(facts: Facts) -> Event | None:
    return None if facts.suspended else Event.RESUME


_ONWARDS = {
    State.REQUESTED: _from_requested,
    State.OFFERED: _from_offered,
    State.AGREED: _from_agreed,
    State.VERIFIED: _from_verified,
    State.FINALIZED: _from_finalized,
    State.SUSPENDED: _from_suspended,
}


class Settled(NamedTuple):
    """Where the facts carried an agreement, and by which steps."""

    state: State
    steps: tuple[tuple[Event, State], ...]


def settle(state: State, facts: Facts) -> Settled:
    """Follow what is due until nothing is. An amendment is taken once."""
    steps: list[tuple[Event, State]] = []
    while (event := due(state, facts)) is not None:
        state = step(state, event)
        steps.append((event, state))
        if event is Event.AMEND:
            facts = facts._replace(amended=False)
    return Settled(state, tuple(steps))
