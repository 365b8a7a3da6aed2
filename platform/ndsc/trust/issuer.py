"""The development issuer: signs whoever is named, so it exists in embedded mode and nowhere else."""

from __future__ import annotations

from ndsc.trust.errors import DevelopmentIssuerRefusedError
from ndsc.trust.grounds import Grounds
from ndsc.trust.keys import SigningKey
from ndsc.trust.tokens import Officer, issue_officer

EMBEDDED = "embedded"


class DevelopmentIssuer:
    """Issues officers' tokens without asking who they are.

    Raises :class:`DevelopmentIssuerRefusedError` unless ``mode`` is ``embedded``: anywhere else the tokens come from
    the force's own identity provider, and this would be a door beside it.
    """

    def __init__(self, key: SigningKey, *, mode: str) -> None:
        if mode != EMBEDDED:
            raise DevelopmentIssuerRefusedError(
                f"It signs any name it is given, so it refuses to run in mode {mode!r}.",
                hint="Use the force's identity provider; the embedded network is for one machine with synthetic data.",
            )
        self._key = key

    def token(self, officer: Officer, grounds: Grounds, *, holder: str, gateway: str | None = None) -> str:
        """A token for these grounds, for the keys of these thumbprints (see :func:`issue_officer`)."""
        return issue_officer(self._key, officer, grounds=grounds, holder=holder, gateway=gateway)
