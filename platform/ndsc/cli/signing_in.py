"""An officer at the gateway of a cluster: their token is signed by the key that their force's manifest names.

A token names who may pass it on (RFC 8693 section 4.4): the gateway, by the key of the certificate that it presents.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from ndsc.cli.context import Officer as Named
from ndsc.cluster.identity import believing
from ndsc.errors import UnavailableError
from ndsc.gateway.client import PART, GatewayClient
from ndsc.trust.certified import Authorities
from ndsc.trust.grounds import Grounds
from ndsc.trust.keys import SigningKey
from ndsc.trust.proofs import Prover
from ndsc.trust.sessions import Session
from ndsc.trust.tokens import Officer, issue_officer
from ndsc.web.client import ElsewhereTransport

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60
_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Door:
    """Where a gateway is reached: a port of this machine, the name on its certificate, and who issued that."""

    port: int
    name: str
    authorities: Authorities

    def holder(self) -> str:
        """The thumbprint (RFC 7638) of the key of its certificate.

        Raises ``UnavailableError`` where nobody answers, or somebody else.
        """
        try:
            with (
                socket.create_connection((_HERE, self.port), timeout=_CONNECT_SECONDS) as plain,
                believing(self.authorities).wrap_socket(plain, server_hostname=self.name) as secured,
            ):
                presented = secured.getpeercert(binary_form=True)
        except ssl.SSLCertVerificationError as error:
            raise UnavailableError(f"{self.name} is not who answers: {error.verify_message}.") from None
        except OSError as error:
            raise UnavailableError(f"{self.name} does not answer: {error}.") from None
        binding = self.authorities.binding(presented or b"", datetime.now(UTC))
        if binding.service != PART:
            raise UnavailableError(f"{self.name} is not who answers: its certificate is of another part.")
        return binding.key.thumbprint()


@contextmanager
def signed_in(door: Door, issuer: SigningKey, officer: Named) -> Iterator[GatewayClient]:
    """The gateway behind the door, for an officer whom ``issuer`` signs in. Raises what :meth:`Door.holder` raises."""
    who = Officer(
        sub=officer.sub, name=officer.sub, force=officer.force, roles=officer.roles, clearance=officer.clearance
    )
    prover, passes_on = Prover(SigningKey.generate()), door.holder()

    def token(grounds: Grounds) -> str:
        return issue_officer(issuer, who, grounds=grounds, holder=prover.holder, gateway=passes_on)

    transport = ElsewhereTransport(believing(door.authorities), f"{_HERE}:{door.port}")
    url = f"https://{door.name}"
    with httpx.Client(base_url=url, transport=transport, timeout=_ANSWER_SECONDS, trust_env=False) as client:
        yield GatewayClient(client, Session(token, prover))
