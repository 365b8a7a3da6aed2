"""For what an officer's token was issued: its purpose and the words it was asked with, as RFC 9396 says them.

The officer states them to whoever signs them in, and each part compares: a gateway that passes a search on for another
purpose, or with another justification, is refused by the nodes.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, Literal, Protocol

from pydantic import StringConstraints

from ndsc.model.base import Code, Model

Digest = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""A SHA-256 digest in base64url without padding."""


class Grounds(Protocol):
    """Why somebody asks; what was not stated is empty."""

    @property
    def purpose(self) -> str:
        """Policing purpose."""

    @property
    def justification(self) -> str:
        """Why it is necessary."""

    @property
    def reference(self) -> str:
        """The case it belongs to."""

    @property
    def legal_basis(self) -> str:
        """The power relied on."""


class Stated(Model):
    """The one entry of a token's ``authorization_details``. The digest is over all of the grounds."""

    type: Literal["urn:ndsc:authorization:grounds"] = "urn:ndsc:authorization:grounds"
    purpose: Code
    digest: Digest

    @classmethod
    def of(cls, grounds: Grounds) -> Stated:
        """What a token for these grounds says."""
        return cls(purpose=grounds.purpose, digest=digest(grounds))


def digest(grounds: Grounds) -> str:
    """SHA-256 over the grounds as JSON with sorted names and no spaces, in UTF-8."""
    said = {
        "justification": grounds.justification,
        "legal_basis": grounds.legal_basis,
        "purpose": grounds.purpose,
        "reference": grounds.reference,
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode("ascii")
