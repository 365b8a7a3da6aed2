"""What a part is told by its environment: read whole or refused, and no value of it is repeated."""

from __future__ import annotations

import pytest

from ndsc.cluster.errors import SettingError
from ndsc.cluster.settings import Address, MigrationSettings, NodeSettings, RegistrySettings

URL = "postgresql://ndsc_service:open-sesame@kent-db-rw/ndsc"


def test_defaults_are_those_of_the_platforms_own_namespace() -> None:
    settings = NodeSettings.from_environment({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": "kent"})
    assert settings.hub_url == "https://hub.ndsc-system.svc"
    assert settings.database_url.get_secret_value() == URL
    assert "sesame" not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"NDSC_FORCE": "kent"}, "NDSC_DATABASE_URL"),
        ({"NDSC_DATABASE_URL": URL}, "NDSC_FORCE"),
        ({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": ""}, "NDSC_FORCE"),
        ({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": "Kent sesame"}, "NDSC_FORCE"),
        ({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": "kent", "NDSC_HUB_URL": "http://hub/sesame"}, "NDSC_HUB_URL"),
        ({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": "kent", "NDSC_HUB_URL": "https://u:sesame@hub"}, "NDSC_HUB_URL"),
        ({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": "kent", "NDSC_LISTEN": "sesame"}, "NDSC_LISTEN"),
        ({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": "kent", "NDSC_PROBES": "0.0.0.0:0"}, "NDSC_PROBES"),
    ],
)
def test_what_is_wrong_is_named_and_never_quoted(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingError, match=named) as refused:
        NodeSettings.from_environment(environment)
    assert "sesame" not in f"{refused.value} {refused.value.hint}"


def test_what_is_another_parts_is_not_read() -> None:
    assert RegistrySettings.from_environment({"NDSC_DATABASE_URL": URL, "NDSC_FORCE": "!"}).listen == "0.0.0.0:8443"


@pytest.mark.parametrize("role", ["", "a b", "x;DROP", "Ndsc"])
def test_a_service_role_is_a_plain_name(role: str) -> None:
    with pytest.raises(SettingError, match="NDSC_SERVICE_ROLE"):
        MigrationSettings.from_environment({"NDSC_DATABASE_URL": URL, "NDSC_SERVICE_ROLE": role})


@pytest.mark.parametrize(
    ("text", "address"), [("127.0.0.1:8443", ("127.0.0.1", 8443)), ("[::]:9090", ("::", 9090)), ("a:1", ("a", 1))]
)
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert Address.read(text) == address
