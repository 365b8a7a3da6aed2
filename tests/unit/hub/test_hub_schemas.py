import pytest
from pydantic import ValidationError

from ndsc.hub.schemas import NetworkNode, NetworkState
from ndsc.resources.jwk import PublicKey
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import SigningKey

KENT = NetworkNode(force="kent", name="kent", url="https://kent.kent.svc")
WALES = NetworkNode(force="south-wales", name="main", url="https://main.south-wales.svc:8443", hibernated=True)
KEY = SigningKey.generate().public


def test_the_same_network_has_the_same_revision_in_whatever_order_it_was_read() -> None:
    one, other = NetworkState.of(nodes=[KENT, WALES]), NetworkState.of(nodes=[WALES, KENT])
    assert one == other
    assert len(one.revision) == 64


@pytest.mark.parametrize(
    "other",
    [
        NetworkState.of(nodes=[KENT.model_copy(update={"hibernated": True})]),
        NetworkState.of(nodes=[KENT], party_keys={"kent": (PublicKey.of(KEY),)}),
        NetworkState.of(nodes=[KENT], officer_keys={"kent": (PublicKey.of(KEY),)}),
    ],
)
def test_whatever_differs_gives_another_revision(other: NetworkState) -> None:
    assert other.revision != NetworkState.of(nodes=[KENT]).revision


def test_what_is_told_is_read_again_as_it_was() -> None:
    state = NetworkState.of(nodes=[KENT, WALES], party_keys={"kent": (PublicKey.of(KEY),)})
    assert NetworkState.model_validate(state.dump()) == state
    assert state.party_keys["kent"][0].verify_key() == KEY


def test_a_node_answers_over_tls_only_and_at_no_path() -> None:
    for url in ("http://kent.kent.svc", "https://kent.kent.svc/other", "https://user@kent.kent.svc"):
        with pytest.raises(ValidationError):
            NetworkNode(force="kent", name="kent", url=url)


def test_a_key_that_any_signature_fits_verifies_nothing() -> None:
    with pytest.raises(BadKeyError):
        PublicKey(x="A" * 43).verify_key()
