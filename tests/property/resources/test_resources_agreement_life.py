"""Whatever happens to an agreement, and in whatever order: only one that all signed, in its term and that nobody closed
opens anything, and its state says the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ndsc.resources.agreement import AgreementState, DataSharingAgreement
from ndsc.resources.signing import digest, in_force, settled, sign, with_signature
from ndsc.trust.keys import SigningKey, VerifyKey

PARTIES = ("kent", "essex", "btp")
FIRST_DAY = date(2026, 1, 1)
KEYRING = {
    force: [SigningKey.from_seed(bytes([number, key]) * 16) for key in (1, 2)] for number, force in enumerate(PARTIES)
}
THIEF = SigningKey.from_seed(b"\x09" * 32)
parties = st.sampled_from(PARTIES)
days = st.integers(min_value=0, max_value=120)


class AgreementLife(RuleBasedStateMachine):
    """A model beside the real thing: who signed which terms with a key that is still theirs."""

    @initialize(start=days, length=days)
    def write(self, start: int, length: int) -> None:
        self.today = FIRST_DAY
        self.key_of = dict.fromkeys(PARTIES, 0)
        self.signed: dict[str, tuple[str, int]] = {}
        self.was_terminated = False
        self.agreement = DataSharingAgreement.model_validate(
            {
                "metadata": {"name": "example"},
                "spec": {
                    "title": "An example",
                    "parties": [{"force": force} for force in PARTIES],
                    "legalBasis": {"statute": "An Act", "gateway": "An example."},
                    "purposes": ["prevent-crime"],
                    "categories": ["nominal"],
                    "startsOn": FIRST_DAY + timedelta(days=start),
                    "endsOn": FIRST_DAY + timedelta(days=start + length),
                    "reviewOn": FIRST_DAY + timedelta(days=start + length),
                    "dpia": "EXAMPLE",
                },
            }
        )
        self.settle()

    @rule(force=parties)
    def sign(self, force: str) -> None:
        index = self.key_of[force]
        signature = sign(self.agreement, force, KEYRING[force][index], datetime.now(UTC))
        self.agreement = with_signature(self.agreement, signature)
        self.signed[force] = (digest(self.agreement), index)

    @rule(force=parties)
    def forge(self, force: str) -> None:
        self.agreement = with_signature(self.agreement, sign(self.agreement, force, THIEF, datetime.now(UTC)))
        self.signed.pop(force, None)

    @rule(force=parties)
    def replace_key(self, force: str) -> None:
        self.key_of[force] ^= 1

    @rule(number=st.integers(min_value=0, max_value=3))
    def amend(self, number: int) -> None:
        self._change(title=f"An example, version {number}")

    @rule(later=st.integers(min_value=1, max_value=200))
    def renew(self, later: int) -> None:
        ends = self.today + timedelta(days=later)
        self._change(starts_on=min(self.agreement.spec.starts_on, ends), ends_on=ends, review_on=ends)

    @rule(force=parties)
    def suspend(self, force: str) -> None:
        self._change(suspended_by=tuple(sorted({*self.agreement.spec.suspended_by, force})))

    @rule(force=parties)
    def resume(self, force: str) -> None:
        self._change(suspended_by=tuple(one for one in self.agreement.spec.suspended_by if one != force))

    @precondition(lambda self: len(self.agreement.status.history) > 6)
    @rule(force=parties)
    def terminate(self, force: str) -> None:
        self._change(terminated_by=tuple(sorted({*self.agreement.spec.terminated_by, force})))

    @rule(days=st.integers(min_value=1, max_value=90))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def settle(self) -> None:
        self.agreement = settled(self.agreement, self.today, self._keys())

    @invariant()
    def opens_only_when_all_is_well(self) -> None:
        spec, present = self.agreement.spec, digest(self.agreement)
        everybody = all(self.signed.get(force) == (present, self.key_of[force]) for force in PARTIES)
        in_term = spec.starts_on <= self.today <= spec.ends_on
        well = everybody and in_term and not spec.suspended_by and not spec.terminated_by
        opens = in_force(self.agreement, self.today, self._keys())
        assert not opens or well
        brought_up_to_date = settled(self.agreement, self.today, self._keys())
        assert in_force(brought_up_to_date, self.today, self._keys()) == well or self._is_closed(brought_up_to_date)
        assert (brought_up_to_date.status.state is AgreementState.FINALIZED) == in_force(
            brought_up_to_date, self.today, self._keys()
        )

    @invariant()
    def terminated_is_for_good(self) -> None:
        state = self.agreement.status.state
        assert not self.was_terminated or state is AgreementState.TERMINATED
        self.was_terminated = state is AgreementState.TERMINATED

    @staticmethod
    def _is_closed(agreement: DataSharingAgreement) -> bool:
        return agreement.status.state in {AgreementState.TERMINATED, AgreementState.EXPIRED}

    def _keys(self) -> dict[str, list[VerifyKey]]:
        return {force: [KEYRING[force][self.key_of[force]].public] for force in PARTIES}

    def _change(self, **values: object) -> None:
        if self.agreement.spec.terminated_by:
            return  # rules refuse such a change before it gets here
        spec = self.agreement.spec.model_copy(update=values)
        self.agreement = self.agreement.model_copy(update={"spec": spec})


TestAgreementLife = AgreementLife.TestCase
TestAgreementLife.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
