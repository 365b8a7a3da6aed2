"""The stack's configuration, typed: what is wrong in it is said before anything is asked of a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pulumi
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from ndsc.resources.base import Manifest, Name
from ndsc.resources.loader import load_paths

ROOT = Path(__file__).parents[3]
Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Part(BaseModel):
    """A closed part of the configuration; names are camelCase there and snake_case here."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Image(Part):
    """The image of every Python service."""

    repository: Text = Field(default="ndsc.local/ndsc", description="Where a cluster pulls it from.")
    tag: str = Field(default="", max_length=128, description="Which; that of the chart's version if empty.")


class CloudNativePg(Part):
    """The operator of the databases."""

    install: bool = Field(default=True, description="Whether this stack installs it; no where the cluster has it.")
    namespace: Name = Field(default="cnpg-system", description="Where it runs.")
    repository: Text = Field(default="https://cloudnative-pg.github.io/charts", description="Where its chart is.")
    version: Text = Field(default="0.26.0", description="Version of its chart.")


class Platform(Part):
    """How the platform is to be."""

    kubeconfig: Text | None = Field(default=None, description="Path of the cluster's file; KUBECONFIG if left out.")
    context: Text | None = Field(default=None, description="Context in that file; its current one if left out.")
    namespace: Name = Field(default="ndsc-system", description="Where the platform's own parts run.")
    charts: Path = Field(default=ROOT / "charts", description="Folder of the charts ndsc-crds and ndsc.")
    image: Image = Field(default_factory=Image, description="The image of every Python service.")
    cloudnative_pg: CloudNativePg = Field(
        default_factory=CloudNativePg, description="The operator of the databases.", alias="cloudnativePg"
    )
    values: dict[str, Any] = Field(default_factory=dict, description="Other values of the chart ndsc.")


class ConfigurationError(Exception):
    """The stack's configuration cannot be used; the message says where and why."""


def platform(config: pulumi.Config) -> Platform:
    """What ``ndsc:platform`` says. Raises :class:`ConfigurationError`."""
    try:
        return Platform.model_validate(config.get_object("platform") or {})
    except ValidationError as error:
        said = "; ".join(
            f"ndsc:platform.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)
        )
        raise ConfigurationError(said) from None


def manifests(config: pulumi.Config) -> list[Manifest]:
    """The resources of ``ndsc:manifests``, validated as ``ndsc apply`` and the API server validate them.

    Raises :class:`ConfigurationError`, or ManifestError with every fault of every file.
    """
    paths = config.get_object("manifests") or []
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise ConfigurationError("ndsc:manifests: should be a list of files or folders")
    return load_paths(paths)
