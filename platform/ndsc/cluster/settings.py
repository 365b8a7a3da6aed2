"""What a part is told by its environment: ``NDSC_`` and a setting's name in capitals. Secrets come as mounted files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from ndsc.cluster.errors import SettingError
from ndsc.model.base import ForceId

_PREFIX = "NDSC_"


class Address(NamedTuple):
    """Where a listener listens."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> Address:
        """``host:port``, such as ``0.0.0.0:8443`` or ``[::]:8443``. Raises ``ValueError``."""
        host, _, port = text.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("should be host:port")
        return cls(host.removeprefix("[").removesuffix("]"), int(port))


def _address(text: str) -> str:
    Address.read(text)
    return text


Listener = Annotated[str, StringConstraints(max_length=300), AfterValidator(_address)]
Url = Annotated[str, StringConstraints(pattern=r"^https://[a-z0-9.-]{1,253}(:[0-9]{1,5})?$", max_length=270)]
Role = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class Settings(BaseModel):
    """What a group of settings has in common: closed, frozen, and read from the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read them. Raises :class:`SettingError`, which names each variable and none of the values."""
        given = {name: environment[variable(name)] for name in cls.model_fields if environment.get(variable(name))}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = [f"{variable(str(one['loc'][0]))}: {one['msg']}" for one in error.errors(include_input=False)]
            raise SettingError("; ".join(wrong), hint="Set it in the environment: see `ndsc serve --help`.") from None


class PartSettings(Settings):
    """What every part is told."""

    tls_dir: Path = Field(default=Path("/etc/ndsc/tls"), description="Folder of tls.crt, tls.key and ca.crt.")
    listen: Listener = Field(default="0.0.0.0:8443", description="Where the API listens, with TLS.")
    probes: Listener = Field(
        default="0.0.0.0:9090",  # a pod's own address is not known before it runs
        description="Where /livez, /readyz and /metrics listen, without TLS.",
    )


class StoredSettings(PartSettings):
    """Those of a part with a PostgreSQL database of its own."""

    database_url: SecretStr = Field(min_length=1, description="URL of the part's database, for its service's role.")


class EvaluatorSettings(StoredSettings):
    """The evaluator's."""

    index_keys_dir: Path = Field(default=Path("/etc/ndsc/index-keys"), description="Folder of the index keys.")


class RegistrySettings(StoredSettings):
    """The registry's."""

    pepper_file: Path = Field(default=Path("/etc/ndsc/pepper/pepper.key"), description="File of the pepper.")


class MemberSettings(StoredSettings):
    """Those of a part that follows the hub and uses the index: the gateway, and each node."""

    hub_url: Url = Field(default="https://hub.ndsc-system.svc", description="The hub.")
    evaluator_url: Url = Field(default="https://evaluator.ndsc-system.svc", description="The evaluator.")
    registry_url: Url = Field(default="https://registry.ndsc-system.svc", description="The registry.")


class NodeSettings(MemberSettings):
    """A node's."""

    force: ForceId = Field(description="Code of the force whose records it holds.")
    connectors_dir: Path = Field(
        default=Path("/etc/ndsc/connectors"), description="Folder of the force's own connectors; it may be absent."
    )


class MigrationSettings(Settings):
    """What bringing a database up to date takes."""

    database_url: SecretStr = Field(min_length=1, description="URL of the part's database, for its owner.")
    service_role: Role = Field(description="Role of the service, which exists; it is given its rights.")


def variable(setting: str) -> str:
    """The environment variable of a setting."""
    return _PREFIX + setting.upper()
