"""The oblivious function: RFC 9497's and RFC 9380's vectors, refusals, and keys on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ndsc.errors import InvalidInputError
from ndsc.index import oprf
from ndsc.index.encoding import decode, encode
from ndsc.index.errors import ElementError, EpochUnknownError
from ndsc.index.group import Ristretto255, expand_message
from ndsc.index.oprf_keys import OprfKey, OprfKeys
from ndsc.trust.errors import BadKeyError, KeyExistsError, UnsafeKeyFileError

RFC = json.loads((Path(__file__).parents[2] / "golden" / "rfc9497-ristretto255-sha512-oprf.json").read_text())
KEY = bytes.fromhex(RFC["sk"])
IDENTITY = bytes(32)
NOT_CANONICAL = bytes.fromhex("00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")  # RFC 9496 A.2
NEGATIVE = bytes.fromhex("0100000000000000000000000000000000000000000000000000000000000000")  # RFC 9496 A.2


def test_the_key_pair_is_derived_as_in_the_rfc() -> None:
    assert oprf.derive_key(bytes.fromhex(RFC["seed"]), bytes.fromhex(RFC["key_info"])) == KEY


@pytest.mark.parametrize("vector", RFC["vectors"], ids=lambda vector: vector["input"])
def test_blind_evaluate_and_finalize_follow_the_rfc(vector: dict[str, str]) -> None:
    given = {name: bytes.fromhex(value) for name, value in vector.items()}
    blinded = oprf.blind(given["input"], given["blind"])
    assert blinded.element == given["blinded_element"]
    evaluated = oprf.evaluate(KEY, blinded.element)
    assert evaluated == given["evaluation_element"]
    assert oprf.finalize(given["input"], blinded.blind, evaluated) == given["output"]
    assert oprf.evaluate_directly(KEY, given["input"]) == given["output"]


@pytest.mark.parametrize(
    ("message", "length", "expected"),
    [
        ("", 0x20, "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"),
        ("abc", 0x20, "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"),
    ],
)
def test_messages_expand_as_in_rfc_9380_appendix_k_3(message: str, length: int, expected: str) -> None:
    domain = b"QUUX-V01-CS02-with-expander-SHA512-256"
    assert expand_message(message.encode(), domain, length).hex() == expected


@pytest.mark.parametrize("element", [IDENTITY, NOT_CANONICAL, NEGATIVE, b"short", bytes(33), b"\xff" * 32])
def test_what_is_no_element_is_refused_by_both_sides(element: bytes) -> None:
    with pytest.raises(ElementError):
        oprf.evaluate(KEY, element)
    with pytest.raises(ElementError):
        oprf.finalize(b"input", oprf.blind(b"input").blind, element)


def test_zero_is_no_scalar() -> None:
    with pytest.raises(ElementError):
        Ristretto255().invert_all([KEY, bytes(32)])
    with pytest.raises(ElementError):
        oprf.public_key(bytes(32))


def test_limits_are_those_of_the_rfc() -> None:
    assert len(oprf.evaluate_directly(KEY, bytes(65_535))) == 64
    with pytest.raises(InvalidInputError):
        oprf.blind(bytes(65_536))
    with pytest.raises(InvalidInputError):
        oprf.derive_key(b"short", b"")
    with pytest.raises(ValueError, match="255"):
        expand_message(b"", bytes(256), 64)


def test_a_key_is_kept_privately_and_never_overwritten(tmp_path: Path) -> None:
    keys = OprfKeys(tmp_path / "oprf")
    with pytest.raises(EpochUnknownError):
        keys.load()
    made = keys.make(1)
    assert keys.load() == {1: made}
    file = tmp_path / "oprf" / "epoch-1.key"
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyExistsError):
        keys.make(1)
    file.chmod(0o644)
    with pytest.raises(UnsafeKeyFileError):
        keys.load()


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "epoch-1.key"
    path.write_bytes(b"ndsc oprf key\nepoch: 0\nkey: " + b"A" * 43 + b"\n")
    path.chmod(0o600)
    with pytest.raises(BadKeyError):
        OprfKey.load(path)


def test_a_key_does_not_print_its_secret() -> None:
    key = OprfKey.generate(1)
    assert encode(key.secret) not in repr(key)
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


@pytest.mark.parametrize("text", ["", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "é" * 43])
def test_only_the_one_text_of_32_bytes_is_read(text: str) -> None:
    with pytest.raises(InvalidInputError):
        decode(text)
    assert decode(encode(bytes(range(32)))) == bytes(range(32))
