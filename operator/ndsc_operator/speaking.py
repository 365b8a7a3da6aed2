"""The operator's own voice: it asks other parts over TLS 1.3, known by its certificate, in bounded time and space."""

from __future__ import annotations

import base64
import ssl

import aiohttp
from cryptography.hazmat.primitives.serialization import Encoding

from ndsc.trust.certified import Leaf
from ndsc.trust.errors import BadCertificateError
from ndsc.trust.tokens import issue_service
from ndsc_operator.api import Api
from ndsc_operator.refs import Ref
from ndsc_operator.remembering import Remembered
from ndsc_operator.settings import Settings

_TIMEOUT_SECONDS = 10.0
_KNOWN_SECONDS = 5.0
"""How long a certificate that was renewed may still be the one that it shows: it is renewed long before it ends."""
_LONGEST_ANSWER = 128 * 1024
_LEAF = "operator-tls"


class NoAnswerError(Exception):
    """The part was not asked, or gave no answer that can be used. The message says why and quotes nothing of it."""


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    """All of a body that is not too long. Raises :class:`NoAnswerError` for one that is."""
    body = bytearray()
    async for part in content.iter_chunked(_LONGEST_ANSWER):
        body += part
        if len(body) > _LONGEST_ANSWER:
            raise NoAnswerError("Its answer is too long.")
    return bytes(body)


class Voice:
    """Speaks as the operator."""

    def __init__(self, api: Api, settings: Settings) -> None:
        self.api = api
        self.settings = settings
        self._known = Remembered(self._identity, _KNOWN_SECONDS)

    async def ask(self, method: str, url: str, audience: str) -> bytes:
        """The body of an answer. Raises :class:`NoAnswerError` for any but 200."""
        leaf, trusted = await self._known.get()
        certificate = leaf.certificate.public_bytes(Encoding.DER)
        token = issue_service(leaf.key, "operator", None, audience, certificate=certificate)
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)) as session,
                session.request(method, url, headers=headers, ssl=trusted, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise NoAnswerError(f"It answers {answer.status}.")
                return await _bounded(answer.content)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"It does not answer ({type(error).__name__}).") from None

    async def _identity(self) -> tuple[Leaf, ssl.SSLContext]:
        """The operator's own leaf, and whom it believes."""
        secret = await self.api.get(Ref("v1", "Secret", self.settings.namespace, _LEAF))
        try:
            data = {name: base64.b64decode(text) for name, text in (secret or {}).get("data", {}).items()}
            leaf = Leaf.read(data["tls.crt"], data["tls.key"])
            trusted = ssl.create_default_context(cadata=data["ca.crt"].decode())
        except (KeyError, ValueError, BadCertificateError, ssl.SSLError):
            raise NoAnswerError(f"The operator has no certificate of its own (Secret {_LEAF}).") from None
        trusted.minimum_version = ssl.TLSVersion.TLSv1_3
        return leaf, trusted
