"""A Service of a cluster on a port of this machine, by ``kubectl port-forward``: with kubectl's own rights and ways."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ndsc.errors import UnavailableError

_START_SECONDS = 20.0
_END_SECONDS = 5.0
_LISTENS = re.compile(rb"^Forwarding from 127\.0\.0\.1:([0-9]+) -> ", re.MULTILINE)


@contextmanager
def forwarded(
    service: str, namespace: str, port: int, context: str = "", *, seconds: float = _START_SECONDS
) -> Iterator[int]:
    """The port of 127.0.0.1 that leads to the Service's ``port`` as long as this lasts; waits ``seconds`` for it.

    Raises ``UnavailableError`` in kubectl's words. Whoever else on this machine uses the port gets no further than a
    stranger would: what is behind it asks for a token.
    """
    where = ("--namespace", namespace, *(("--context", context) if context else ()))
    words = ("kubectl", "port-forward", *where, "--address=127.0.0.1", f"service/{service}", f":{port}")
    try:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603
    except OSError as error:
        raise UnavailableError(
            f"kubectl cannot be started: {error.strerror}.", hint="It leads to the gateway: put it on the PATH."
        ) from None
    try:
        assert child.stdout is not None
        yield _listening(child.stdout, f"{service}.{namespace}", seconds)
    finally:
        _end(child)


def _listening(said: IO[bytes], what: str, seconds: float) -> int:
    """The port, once kubectl says that it listens there."""
    heard, ends = b"", time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(said, selectors.EVENT_READ)
        while selector.select(ends - time.monotonic()):
            part = os.read(said.fileno(), 4096)
            heard += part
            if found := _LISTENS.search(heard):
                return int(found[1])
            if not part:
                words = heard.decode(errors="replace").strip().removeprefix("error: ") or "it ended without a word"
                raise UnavailableError(f"kubectl does not lead to {what}: {words}")
    raise UnavailableError(f"kubectl did not lead to {what} within {seconds:g} s.")


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    if child.stdout is not None:
        child.stdout.close()
