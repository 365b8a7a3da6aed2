"""A public key as manifests and the hub write it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ndsc.resources.base import Part
from ndsc.trust.keys import VerifyKey


class PublicKey(Part):
    """An Ed25519 public key as a JSON Web Key (RFC 8037 section 2), without an id: that follows from its thumbprint."""

    kty: Literal["OKP"] = Field(default="OKP", description="Key type: OKP.")
    crv: Literal["Ed25519"] = Field(default="Ed25519", description="Curve: Ed25519.")
    # 32 bytes are 42 characters and one that carries four bits: any other last one has stray bits.
    x: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$", max_length=43)] = Field(
        description="The 32 bytes of the key, base64url without padding."
    )

    @classmethod
    def of(cls, key: VerifyKey) -> PublicKey:
        """The key as it is written."""
        return cls(x=key.jwk()["x"])

    def verify_key(self) -> VerifyKey:
        """The key to verify by. Raises ``BadKeyError`` for one that any signature would fit."""
        return VerifyKey.from_jwk(self.model_dump())
