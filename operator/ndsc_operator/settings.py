"""What the operator is told of the platform that it works in: names, images, and where the parts are."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ndsc import __version__
from ndsc_operator.authority_rolling import Lives

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Settings(BaseModel):
    """Read from the environment, ``NDSC_OPERATOR_`` before each name in capitals; the chart's values set them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: Text = Field(default="ndsc-system", description="Where the platform's own parts run.")
    identity: Text = Field(default_factory=socket.gethostname, description="This replica, in the Lease of the leader.")
    health_port: int = Field(default=8080, ge=1, le=65535, description="Where the kubelet asks whether it lives.")
    database_operator_namespace: Text = Field(default="cnpg-system", description="Where CloudNativePG runs.")
    monitoring_namespace: Text = Field(default="monitoring", description="From where metrics may be read.")
    image: Text = Field(default=f"ndsc.local/ndsc:{__version__}", description="Image that new nodes get.")
    opa_image: Text = Field(default="ndsc.local/opa:1.22.2", description="Image of the policy engine.")
    postgresql_image: Text = Field(
        default="ghcr.io/cloudnative-pg/postgresql:17", description="Image of a managed database."
    )
    image_pull_policy: Text = Field(default="IfNotPresent", description="Kubernetes' imagePullPolicy of all of them.")
    storage_class: str = Field(default="", description="Storage class of managed databases; the default if empty.")
    version: str = Field(
        default="",
        max_length=40,
        description="Version that every node that names none is brought to; each keeps what it runs if empty.",
    )
    api_server_cidr: Text = Field(default="0.0.0.0/0", description="Addresses of the API server, for databases.")
    api_server_port: int = Field(default=6443, ge=1, le=65535, description="Port of the API server behind its Service.")
    authority_seconds: int = Field(default=365 * 86_400, ge=60, description="Life of the platform's authority.")
    authority_renews: bool = Field(
        default=True,
        description="Whether the operator makes authorities; if not, it issues by the one that it is given.",
    )
    leaf_seconds: int = Field(default=86_400, ge=20, le=90 * 86_400, description="Life of a part's certificate.")
    overlap_seconds: int = Field(
        default=900,
        ge=1,
        description="How long a certificate may take from its Secret into a part: the kubelet takes up to two minutes.",
    )
    certificate_issuer: str = Field(
        default="",
        pattern=r"^((Cluster)?Issuer/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$",
        description="Issuer of cert-manager that issues in the operator's stead, as KIND/NAME.",
    )

    @property
    def lives(self) -> Lives:
        """How long authority and leafs live."""
        seconds = (self.authority_seconds, self.leaf_seconds, self.overlap_seconds)
        return Lives(*(timedelta(seconds=one) for one in seconds))

    @model_validator(mode="after")
    def _in_proportion(self) -> Self:
        """Both are renewed when a third of their life is left: what follows must fit into that."""
        if self.leaf_seconds < 4 * self.overlap_seconds:
            raise ValueError("leaf_seconds must be at least four times overlap_seconds")
        if self.authority_seconds < 3 * (self.leaf_seconds + self.overlap_seconds):
            raise ValueError("authority_seconds must be at least three times leaf_seconds and overlap_seconds together")
        return self
