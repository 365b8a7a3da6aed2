"""Bytes as text: a byte order mark says the encoding, else the format does, and nothing is guessed."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO, cast

from ndsc.connectors.connector import Format

_PIECE = 65_536


def _lone_surrogate(error: UnicodeError) -> tuple[str, int]:
    """A mark that no reader lets pass, where ``surrogateescape`` (PEP 383) has none because the units are two bytes."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udc00", error.end


codecs.register_error("ndsc-lone-surrogate", _lone_surrogate)


class _Borrowed(io.BufferedIOBase):
    """Another's stream, read through and never closed: a text wrapper closes what it is given when it is collected."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._stream.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._stream.read(_PIECE if size < 0 else size)


def text_of(stream: BinaryIO, form: Format) -> io.TextIOWrapper:
    """The stream as text with its own line ends; bytes that the encoding does not have become lone surrogates.

    The stream must be able to seek: the byte order mark is looked at first.
    """
    start = stream.read(4)
    stream.seek(-len(start), io.SEEK_CUR)
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    errors = "ndsc-lone-surrogate" if encoding == "utf-16" else "surrogateescape"
    return io.TextIOWrapper(cast("BinaryIO", _Borrowed(stream)), encoding=encoding, errors=errors, newline="")


def skip_line(text: io.TextIOWrapper) -> None:
    """Pass over the rest of the present line, in pieces."""
    while (piece := text.readline(_PIECE)) and not piece.endswith(("\n", "\r")):
        pass
