"""The platform's secrets are made once, never replaced, and never made anew for an index that needs the old ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ndsc.cluster.platform_keys import INDEX_DATABASE, INDEX_KEYS, PEPPER, KeyLostError, Secret, make_missing
from ndsc.index.oprf_keys import OprfKeys
from ndsc.registry.pepper import Pepper

ALL = {INDEX_KEYS, PEPPER, "evaluator-db-service", "registry-db-service", "gateway-db-service"}


class Platform:
    """A namespace in memory."""

    def __init__(self, *databases: str) -> None:
        self.secrets: dict[str, Secret] = {}
        self.databases = set(databases)

    def has_secret(self, name: str) -> bool:
        return name in self.secrets

    def has_database(self, name: str) -> bool:
        return name in self.databases

    def add_secret(self, secret: Secret) -> bool:
        return self.secrets.setdefault(secret.name, secret) is secret


def test_what_is_missing_is_made_and_what_is_there_stays() -> None:
    platform = Platform()
    assert dict(make_missing(platform)) == dict.fromkeys(ALL, True)
    before = dict(platform.secrets)
    platform.databases.add(INDEX_DATABASE)
    del platform.secrets["gateway-db-service"]
    assert dict(make_missing(platform)) == dict.fromkeys(ALL, False) | {"gateway-db-service": True}
    assert {name: platform.secrets[name] for name in ALL - {"gateway-db-service"}} == {
        name: before[name] for name in ALL - {"gateway-db-service"}
    }


@pytest.mark.parametrize("lost", [INDEX_KEYS, PEPPER])
def test_a_lost_key_of_an_index_that_is_there_is_not_made_anew(lost: str) -> None:
    platform = Platform()
    list(make_missing(platform))
    platform.databases.add(INDEX_DATABASE)
    before = platform.secrets.copy()
    del before[lost]
    platform.secrets = before.copy()
    with pytest.raises(KeyLostError, match=lost):
        list(make_missing(platform))
    assert platform.secrets == before


def test_an_install_that_was_cut_off_is_completed() -> None:
    platform = Platform()
    next(make_missing(platform))
    assert dict(make_missing(platform))[PEPPER] is True


def test_who_comes_second_has_made_nothing() -> None:
    class Late(Platform):
        def has_secret(self, name: str) -> bool:
            return False

    platform = Late()
    list(make_missing(platform))
    assert dict(make_missing(platform)) == dict.fromkeys(ALL, False)


def test_the_secrets_are_what_the_services_read(tmp_path: Path) -> None:
    platform = Platform()
    list(make_missing(platform))
    for name in (INDEX_KEYS, PEPPER):
        (tmp_path / name).mkdir(mode=0o700)
        for file, content in platform.secrets[name].data.items():
            (tmp_path / name / file).write_bytes(content)
            (tmp_path / name / file).chmod(0o600)
    assert OprfKeys(tmp_path / INDEX_KEYS).load().keys() == {1}
    assert Pepper.load(tmp_path / PEPPER / "pepper.key")


def test_passwords_are_random_and_fit_into_a_url() -> None:
    platform = Platform()
    list(make_missing(platform))
    logins = [platform.secrets[name] for name in ALL if name.endswith("-service")]
    passwords = {one.data["password"] for one in logins}
    assert len(passwords) == 3
    assert all(re.fullmatch(rb"[0-9a-f]{64}", password) for password in passwords)
    assert {(one.type, one.data["username"]) for one in logins} == {("kubernetes.io/basic-auth", b"ndsc_service")}


def test_a_secret_is_not_printed() -> None:
    platform = Platform()
    list(make_missing(platform))
    printed = repr(platform.secrets)
    assert "ndsc oprf key" not in printed
    assert "password" not in printed
