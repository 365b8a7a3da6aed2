"""Keys: named by their thumbprint, private on disk, made only when asked, and refused when they are unsafe."""

from __future__ import annotations

import base64
import pickle
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ndsc.trust.errors import BadKeyError, BadSignatureError, KeyExistsError, KeyMissingError, UnsafeKeyFileError
from ndsc.trust.keys import KeyDirectory, SigningKey, VerifyKey

RFC_8037_JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_8037_SEED = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")


def test_the_thumbprint_is_the_one_of_rfc_8037_appendix_a_3() -> None:
    key = VerifyKey.from_jwk(RFC_8037_JWK)
    assert key.thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert key.kid == "kPrK_qmxVWaYVA9w"


def test_the_public_half_follows_from_the_seed_of_rfc_8037_appendix_a_1() -> None:
    assert SigningKey.from_seed(RFC_8037_SEED).public == VerifyKey.from_jwk(RFC_8037_JWK)


def test_rfc_8032_section_7_1_test_2() -> None:
    key = SigningKey.from_seed(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    expected = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert key.sign(b"\x72").hex() == expected


def test_a_signature_over_other_data_is_refused() -> None:
    key = SigningKey.generate()
    signature = key.sign(b"seen")
    key.public.verify(signature, b"seen")
    with pytest.raises(BadSignatureError):
        key.public.verify(signature, b"not seen")
    with pytest.raises(BadSignatureError):
        SigningKey.generate().public.verify(signature, b"seen")


def test_a_public_key_goes_through_its_jwk() -> None:
    key = SigningKey.generate().public
    assert VerifyKey.from_jwk(key.jwk()) == key


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "RSA"},
        {"crv": "X25519"},
        {"d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
        {"x": None},
        {"x": 17},
        {"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR"},
        {"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"},
        {"x": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
        {"x": "A" * 43},
        {"kid": "somebody-elses-id"},
    ],
)
def test_a_jwk_that_is_not_a_sound_public_ed25519_key_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadKeyError):
        VerifyKey.from_jwk({**RFC_8037_JWK, **change})


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 2**255 + 1])
def test_a_key_under_which_any_message_verifies_is_refused(y: int) -> None:
    with pytest.raises(BadKeyError):
        VerifyKey(y.to_bytes(32, "little"))


def test_a_saved_key_is_the_same_key_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    key = SigningKey.generate()
    file = tmp_path / "keys" / "kent.pem"
    key.save(file)
    assert SigningKey.load(file).kid == key.kid
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in file.parent.iterdir()] == ["kent.pem"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "kent.pem"
    tmp_path.chmod(0o700)
    SigningKey.generate().save(file)
    file.chmod(mode)
    with pytest.raises(UnsafeKeyFileError):
        SigningKey.load(file)


def test_a_key_is_not_kept_where_others_can_swap_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(UnsafeKeyFileError):
        SigningKey.generate().save(tmp_path / "kent.pem")
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    first = keys.make("kent")
    with pytest.raises(KeyExistsError):
        keys.make("kent")
    assert keys.get("kent").kid == first.kid
    assert [entry.name for entry in (tmp_path / "keys").iterdir()] == ["kent.pem"]


def test_looking_for_a_key_does_not_make_one(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    with pytest.raises(KeyMissingError):
        keys.get("kent")
    assert keys.names() == []
    assert not (tmp_path / "keys").exists()


def test_a_directory_lists_the_public_half_of_each_key(tmp_path: Path) -> None:
    keys = KeyDirectory(tmp_path / "keys")
    made = {name: keys.make(name).public for name in ("kent", "gwent")}
    assert keys.names() == ["gwent", "kent"]
    assert keys.public_keys() == {key.kid: key for key in made.values()}


@pytest.mark.parametrize("name", ["", "..", "../kent", "a/b", "Kent", ".hidden", "a" * 64, "kent\n"])
def test_a_key_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadKeyError):
        KeyDirectory(tmp_path).make(name)


def test_a_file_that_holds_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    other_kind = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content in (b"", b"not a key", other_kind, b"\xff" * 100_000):
        file = tmp_path / "odd.pem"
        file.write_bytes(content)
        file.chmod(0o600)
        with pytest.raises(BadKeyError):
            SigningKey.load(file)


def test_a_name_that_is_no_file_is_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop.pem"
    loop.symlink_to(loop)
    with pytest.raises(BadKeyError):
        SigningKey.load(loop)


def test_a_private_key_shows_and_pickles_nothing_of_itself() -> None:
    key = SigningKey.generate()
    assert repr(key) == f"SigningKey({key.kid})"
    with pytest.raises(TypeError):
        pickle.dumps(key)
