"""Bytes as text: a byte order mark says the encoding, else the format does, and nothing is guessed."""

from __future__ import annotations

import io
from typing import BinaryIO

from ndsc.connectors.connector import Format

_PIECE = 65_536


def text_of(stream: BinaryIO, form: Format) -> io.TextIOWrapper:
    """The stream as text with its own line ends; bytes that UTF-8 does not have become lone surrogates.

    The stream must be able to seek: the byte order mark is looked at first.
    """
    start = stream.read(4)
    stream.seek(-len(start), io.SEEK_CUR)
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")


def skip_line(text: io.TextIOWrapper) -> None:
    """Pass over the rest of the present line, in pieces."""
    while (piece := text.readline(_PIECE)) and not piece.endswith(("\n", "\r")):
        pass
