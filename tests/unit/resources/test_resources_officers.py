"""Keys of identity providers: each speaks for the forces that name it, and for no other."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ndsc.errors import UnauthenticatedError
from ndsc.resources.jwk import PublicKey
from ndsc.resources.officers import officer_keys
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import SMALL_ORDER, SigningKey, VerifyKey
from ndsc.trust.proofs import Prover
from ndsc.trust.tokens import Officer, issue_officer, verify_officer

KENT, SHARED = SigningKey.generate(), SigningKey.generate()
TRUSTED = officer_keys(
    {
        "kent": [PublicKey.of(KENT.public)],
        "essex": [PublicKey.of(SHARED.public)],
        "surrey": [PublicKey.of(SHARED.public)],
    }
)


class Stating(NamedTuple):
    """Grounds."""

    purpose: str = "prevent-crime"
    justification: str = "a justification that is long enough"
    reference: str = ""
    legal_basis: str = ""


def token(key: SigningKey, force: str) -> str:
    officer = Officer(sub="officer", name="officer", force=force, roles=("officer",), clearance=1)
    return issue_officer(key, officer, grounds=Stating(), holder=Prover(SigningKey.generate()).holder)


@pytest.mark.parametrize(("key", "force"), [(KENT, "kent"), (SHARED, "essex"), (SHARED, "surrey")])
def test_a_force_is_spoken_for_by_the_key_that_it_names(key: SigningKey, force: str) -> None:
    assert verify_officer(token(key, force), TRUSTED).force == force


@pytest.mark.parametrize(("key", "force"), [(KENT, "essex"), (SHARED, "kent"), (SigningKey.generate(), "kent")])
def test_no_force_is_spoken_for_by_a_key_that_it_does_not_name(key: SigningKey, force: str) -> None:
    with pytest.raises(UnauthenticatedError):
        verify_officer(token(key, force), TRUSTED)


@pytest.mark.parametrize("x", SMALL_ORDER)
def test_a_key_that_any_signature_fits_is_left_out(x: str) -> None:
    key = PublicKey(x=x)
    with pytest.raises(BadKeyError):
        key.verify_key()
    assert officer_keys({"kent": [key]}) == {}


def test_a_written_key_is_the_key() -> None:
    assert PublicKey.of(KENT.public).verify_key() == KENT.public == VerifyKey(KENT.public.raw)
