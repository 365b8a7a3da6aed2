"""What the operator is told of the platform that it works in: names, images, and where the parts are."""

from __future__ import annotations

import socket
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ndsc import __version__

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
