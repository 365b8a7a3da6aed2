"""Who this process is and whom it believes: the certificates that are mounted, read again when they change.

A Secret's files are replaced together (Kubernetes turns one symbolic link, ``..data``), so all three are read below
where that link points now. What cannot be used leaves the present ones in use, and is told of.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from ndsc.cluster.errors import NotReadyError
from ndsc.errors import NdscError
from ndsc.trust.certified import Authorities, Leaf, Speaker, certified_tokens
from ndsc.trust.errors import BadCertificateError, KeyMissingError
from ndsc.trust.keys import read_private

_LOOK_SECONDS = 1.0
_MAX_FILE = 64 * 1024
_FILES = ("tls.crt", "tls.key", "ca.crt")
_log = structlog.get_logger("ndsc.cluster")

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """One generation of the mounted files."""

    leaf: Leaf
    authorities: Authorities
    server: ssl.SSLContext
    client: ssl.SSLContext

    @classmethod
    def read(cls, folder: Path) -> Credentials:
        """Read them. Raises ``KeyMissingError``, or :class:`BadCertificateError` (of another authority, too)."""
        place = _published(folder)
        leaf = Leaf.read(_content(place / "tls.crt"), read_private(place / "tls.key", mounted=True))
        authorities = Authorities(_content(place / "ca.crt"))
        authorities.binding(leaf.der, datetime.now(UTC))
        return cls(leaf, authorities, _server(place), believing(authorities))


class Identity:
    """The present credentials of a part, and what is made by them.

    Raises what :meth:`Credentials.read` raises, and :class:`BadCertificateError` if they are not ``expected``'s.
    """

    def __init__(self, folder: Path, expected: Speaker) -> None:
        self._folder = folder
        self._expected = expected
        self._stamp = _stamp(folder)
        self._present = self._read()
        self._changed: list[Callable[[], None]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="ndsc-certificates", daemon=True)
        self.server = self._present.server
        """For listeners: each handshake is made with the present certificate."""
        self.server.sni_callback = self._choose

    @property
    def leaf(self) -> Leaf:
        """The present leaf."""
        return self._present.leaf

    def client(self) -> ssl.SSLContext:
        """For connections to other parts: it believes the present authorities; ask for it with each connection."""
        return self._present.client

    def trusted(self) -> Authorities:
        """Whom to believe by their tokens."""
        return self._present.authorities

    def tokens(self, audience: str) -> Callable[[], str]:
        """A source of this part's tokens for another."""
        return certified_tokens(lambda: self._present.leaf, audience)

    def check(self) -> None:
        """Raises :class:`NotReadyError` unless others believe the certificate now."""
        present = self._present
        try:
            present.authorities.binding(present.leaf.der, datetime.now(UTC))
        except BadCertificateError as error:
            raise NotReadyError(f"The certificate is not accepted: {error.message}") from None

    def on_change(self, hear: Callable[[], None]) -> None:
        """Have ``hear`` called, on another thread, after each change."""
        self._changed.append(hear)

    def start(self) -> None:
        """Follow the files until :meth:`close`."""
        self._thread.start()

    def close(self) -> None:
        """Follow them no longer."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def refresh(self) -> bool:
        """Take up what is mounted now, if it changed; answers whether it did."""
        stamp = _stamp(self._folder)
        if stamp == self._stamp:
            return False
        try:
            self._present = self._read()
        except NdscError as error:
            _log.error("certificate not taken up", code=error.code)
            return False
        self._stamp = stamp
        _log.info("certificate taken up")
        for hear in self._changed:
            hear()
        return True

    def _follow(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            try:
                self.refresh()
            except OSError as error:  # between two states of the folder
                _log.warning("certificates cannot be read", error=type(error).__name__)

    def _read(self) -> Credentials:
        found = Credentials.read(self._folder)
        if found.leaf.speaker != self._expected:
            raise BadCertificateError(f"The certificate is not for {self._expected.service}, but for another part.")
        return found

    def _choose(self, connection: Any, _name: str | None, _first: ssl.SSLContext) -> None:
        connection.context = self._present.server


def _server(place: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(place / "tls.crt", place / "tls.key")
    except (ssl.SSLError, OSError):
        raise BadCertificateError("The certificate and its key cannot be served with.") from None
    return context


def believing(authorities: Authorities) -> ssl.SSLContext:
    """TLS 1.3 with a part that these authorities have named, and with nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the host's name
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authorities.pem.decode("ascii"))
    return context


def _published(folder: Path) -> Path:
    link = folder / "..data"
    return link.resolve() if link.is_symlink() else folder


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_FILE + 1)
    except OSError:
        raise KeyMissingError(f"{file.name} is not mounted.") from None


def _stamp(folder: Path) -> Stamp:
    place = _published(folder)
    found = [(place / name).stat() for name in _FILES if (place / name).exists()]
    return tuple((one.st_mtime_ns, one.st_ino, one.st_size) for one in found)
