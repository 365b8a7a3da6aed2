"""A public key as manifests and the hub write it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ndsc.resources.base import Part
from ndsc.trust.keys import VerifyKey


class PublicKey(Part):
    """An Ed25519 public key as a JSON Web Key (RFC 8037 section 2)."""

    kty: Literal["OKP"] = Field(default="OKP", description="Key type: OKP.")
    crv: Literal["Ed25519"] = Field(default="Ed25519", description="Curve: Ed25519.")
    x: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")] = Field(
        description="The 32 bytes of the key, base64url without padding."
    )
    kid: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16}$")] | None = Field(
        default=None, description="Its id, the first 16 characters of its thumbprint (RFC 7638)."
    )

    @classmethod
    def of(cls, key: VerifyKey) -> PublicKey:
        """The key as it is written."""
        return cls.model_validate(key.jwk())

    def verify_key(self) -> VerifyKey:
        """The key to verify by. Raises ``BadKeyError`` for one that would verify anything, or a wrong ``kid``."""
        return VerifyKey.from_jwk(self.model_dump(exclude_none=True))
