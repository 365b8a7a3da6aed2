"""The keys of the embedded network: each part's and each force's own, readable by their owner only."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from ndsc.trust.errors import KeyExistsError, KeyMissingError
from ndsc.trust.issuer import EMBEDDED, DevelopmentIssuer
from ndsc.trust.keys import KeyDirectory, SigningKey, VerifyKey
from ndsc.trust.tokens import KeyBinding, service_tokens

_ISSUER, _GATEWAY, _AUDIT = "issuer", "gateway", "audit"


class Identities:
    """Signing keys by owner, and whom each part believes."""

    def __init__(self, folder: Path) -> None:
        self._keys = KeyDirectory(folder)
        self.officers: Mapping[str, VerifyKey | KeyBinding] = {}
        """Keys that sign officers' tokens, by key id; see :meth:`believe`."""
        self.services: dict[str, KeyBinding] = {}
        """Keys that sign services' tokens, each bound to its service and force; a live view."""
        issuer = self._own(_ISSUER)
        self._issuer_key = issuer.public
        self.issuer = DevelopmentIssuer(issuer, mode=EMBEDDED)
        self.believe({})
        self.gateway = self._own(_GATEWAY)
        """The gateway's key: for its own tokens, and to prove that it is the one who shows an officer's."""
        self.services[self.gateway.kid] = KeyBinding(self.gateway.public, service="gateway")

    def believe(self, providers: Mapping[str, KeyBinding]) -> None:
        """Take officers' tokens from these keys from now on, and from the development issuer as ever."""
        self.officers = {**providers, self._issuer_key.kid: self._issuer_key}

    def join(self, force: str) -> SigningKey:
        """The force's own key, made when it joins; from then on its node is believed."""
        key = self._own(f"force-{force}")
        self.services[key.kid] = KeyBinding(key.public, service="node", force=force)
        return key

    def gateway_tokens(self, audience: str) -> Callable[[], str]:
        """Service tokens of the gateway for one other service."""
        return service_tokens(self.gateway, "gateway", None, audience)

    def node_tokens(self, force: str, audience: str) -> Callable[[], str]:
        """Service tokens of a force's node for one other service."""
        return service_tokens(self.join(force), "node", force, audience)

    @property
    def audit(self) -> SigningKey:
        """Signs the heads of the audit logs."""
        return self._own(_AUDIT)

    def _own(self, name: str) -> SigningKey:
        try:
            return self._keys.get(name)
        except KeyMissingError:
            with contextlib.suppress(KeyExistsError):  # another process made it meanwhile
                return self._keys.make(name)
            return self._keys.get(name)
