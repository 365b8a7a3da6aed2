"""An agreement's life: every pair of state and event is either a step that the table names, or refused."""

from __future__ import annotations

import itertools

import pytest

from ndsc.resources.agreement import AgreementState as State
from ndsc.resources.errors import ForbiddenTransitionError
from ndsc.resources.lifecycle import TRANSITIONS, Event, Facts, due, settle, step

ALL_WELL = Facts(signed=2, parties=2, verified=True, started=True)

STEPS = """
REQUESTED:  SIGN>OFFERED SIGN_ALL>AGREED AMEND>REQUESTED SUSPEND>SUSPENDED EXPIRE>EXPIRED TERMINATE>TERMINATED
OFFERED:    SIGN>OFFERED SIGN_ALL>AGREED DOUBT>REQUESTED AMEND>REQUESTED SUSPEND>SUSPENDED EXPIRE>EXPIRED
OFFERED:    TERMINATE>TERMINATED
AGREED:     VERIFY>VERIFIED DOUBT>REQUESTED AMEND>REQUESTED SUSPEND>SUSPENDED EXPIRE>EXPIRED TERMINATE>TERMINATED
VERIFIED:   START>FINALIZED DOUBT>REQUESTED AMEND>REQUESTED SUSPEND>SUSPENDED EXPIRE>EXPIRED TERMINATE>TERMINATED
FINALIZED:  DOUBT>REQUESTED AMEND>REQUESTED SUSPEND>SUSPENDED EXPIRE>EXPIRED TERMINATE>TERMINATED
SUSPENDED:  RESUME>REQUESTED AMEND>REQUESTED EXPIRE>EXPIRED TERMINATE>TERMINATED
EXPIRED:    AMEND>REQUESTED TERMINATE>TERMINATED
"""
EXPECTED = {
    (State(line.split(":")[0]), Event[pair.split(">")[0]]): State(pair.split(">")[1])
    for line in STEPS.strip().splitlines()
    for pair in line.split(":")[1].split()
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_every_transition(state: State, event: Event) -> None:
    if (state, event) in EXPECTED:
        assert step(state, event) is EXPECTED[state, event]
    else:
        with pytest.raises(ForbiddenTransitionError, match=f"{state} cannot take the step {event.name}"):
            step(state, event)


def test_the_table_has_no_step_beyond_those() -> None:
    assert dict(TRANSITIONS) == EXPECTED


def test_only_verified_leads_to_finalized_and_nothing_leads_out_of_terminated() -> None:
    assert {before for (before, _), after in TRANSITIONS.items() if after is State.FINALIZED} == {State.VERIFIED}
    assert not [event for (before, event) in TRANSITIONS if before is State.TERMINATED]
    with pytest.raises(ForbiddenTransitionError) as caught:
        step(State.TERMINATED, Event.AMEND)
    assert caught.value.hint == "TERMINATED is final."


def test_a_signed_agreement_walks_from_request_to_force() -> None:
    state, steps = settle(State.REQUESTED, ALL_WELL)
    assert state is State.FINALIZED
    assert [event for event, _ in steps] == [Event.SIGN_ALL, Event.VERIFY, Event.START]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (ALL_WELL._replace(signed=0, verified=False), State.REQUESTED),
        (ALL_WELL._replace(signed=1, verified=False), State.OFFERED),
        (ALL_WELL._replace(verified=False), State.AGREED),
        (ALL_WELL._replace(started=False), State.VERIFIED),
        (ALL_WELL._replace(suspended=True), State.SUSPENDED),
        (ALL_WELL._replace(ended=True), State.EXPIRED),
        (ALL_WELL._replace(suspended=True, ended=True), State.EXPIRED),
        (ALL_WELL._replace(terminated=True), State.TERMINATED),
    ],
)
def test_anything_amiss_keeps_it_from_force_and_takes_it_out_of_force(facts: Facts, state: State) -> None:
    assert settle(State.REQUESTED, facts).state is state
    assert settle(State.FINALIZED, facts).state is state


def test_new_terms_start_again_even_from_an_expired_agreement() -> None:
    renewed = settle(State.EXPIRED, Facts(amended=True, signed=0, parties=2, started=True))
    assert renewed.state is State.REQUESTED
    assert settle(State.EXPIRED, ALL_WELL._replace(amended=True)).state is State.FINALIZED


def test_an_expired_agreement_does_not_come_back_when_a_clock_is_set_back() -> None:
    assert settle(State.EXPIRED, ALL_WELL).state is State.EXPIRED


def test_a_resumed_agreement_is_looked_at_from_the_start() -> None:
    state, steps = settle(State.SUSPENDED, ALL_WELL)
    assert state is State.FINALIZED
    assert steps[0] == (Event.RESUME, State.REQUESTED)
    assert settle(State.SUSPENDED, ALL_WELL._replace(verified=False)).state is State.AGREED


def every_fact() -> list[Facts]:
    flags = itertools.product((False, True), repeat=6)
    return [
        Facts(amended, signed, 2, verified and signed == 2, started, ended, suspended, terminated)
        for amended, verified, started, ended, suspended, terminated in flags
        for signed in (0, 1, 2)
    ]


@pytest.mark.parametrize("state", list(State))
def test_whatever_is_so_it_settles_and_is_in_force_only_when_all_is_well(state: State) -> None:
    for facts in every_fact():
        settled, steps = settle(state, facts)
        assert len(steps) <= 6
        assert due(settled, facts._replace(amended=False)) is None
        if settled is State.FINALIZED:
            assert facts.verified
            assert facts.started
            assert (facts.ended, facts.suspended, facts.terminated) == (False, False, False)
            assert state is not State.TERMINATED
