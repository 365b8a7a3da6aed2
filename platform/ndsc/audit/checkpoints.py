"""Signed tree heads as C2SP tlog-checkpoint 1.0 (a C2SP signed-note), and proofs as C2SP tlog-proof 1.0.

Both are plain text that any other implementation reads, so a force, an inspector or a court can check a log's head
against the one they kept without a line of our code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ndsc.audit.errors import BadCheckpointError
from ndsc.audit.merkle import HASH_SIZE, TreeHead, leaf_hash, verify_inclusion
from ndsc.trust.errors import BadSignatureError
from ndsc.trust.keys import SigningKey, VerifyKey

_ED25519 = b"\x01"
"""The signature type of Ed25519 in the signed-note specification."""
_NAME = re.compile(r"[^\s+]{1,255}")
_PROOF = "c2sp.org/tlog-proof@v1"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_MAX_SIGNATURES = 100


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry is in a log: what :func:`read_proof` found in a tlog-proof file."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str


def key_id(name: str, key: VerifyKey) -> bytes:
    """Which key of that name signed: the first 4 bytes of SHA-256 over name, newline, type and key."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + key.raw).digest()[:4]


def sign_note(text: str, name: str, key: SigningKey) -> str:
    """A signed note (C2SP signed-note): ``text`` ends in a newline; ``name`` is the key's name."""
    if not _NAME.fullmatch(name):
        raise BadCheckpointError("A key's name has no spaces and no plus sign.")
    signature = key_id(name, key.public) + key.sign(text.encode())
    return f"{text}\n— {name} {_encode(signature)}\n"


def open_note(note: str, name: str, key: VerifyKey) -> str:
    """The text of a note that ``key`` signed under ``name``. Raises :class:`BadCheckpointError`.

    Signatures of others are passed over, as the specification asks: witnesses add theirs to the same note.
    """
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n") or tail.count("\n") > _MAX_SIGNATURES:
        raise BadCheckpointError("It is not a signed note.")
    text += "\n"
    for line in tail[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.partition(" ")
        signature = _decode(encoded)
        if dash != "—" or not _NAME.fullmatch(signer) or len(signature) < 5:
            raise BadCheckpointError("A signature line of the note is malformed.")
        if signer == name and signature[:4] == key_id(name, key):
            try:
                key.verify(signature[4:], text.encode())
            except BadSignatureError:
                raise BadCheckpointError("The signature of the tree head does not fit.") from None
            return text
    raise BadCheckpointError(f"The note is not signed by {name} with the key that is expected.")


def sign_checkpoint(origin: str, head: TreeHead, key: SigningKey) -> str:
    """A tree head as a checkpoint whose key has the log's own name, as the specification recommends."""
    return sign_note(f"{origin}\n{head.size}\n{_encode(head.root)}\n", origin, key)


def open_checkpoint(checkpoint: str, origin: str, key: VerifyKey) -> TreeHead:
    """The head in a checkpoint of this log, its signature verified. Raises :class:`BadCheckpointError`."""
    return _head_in(open_note(checkpoint, origin, key), origin)


def write_proof(index: int, path: Sequence[bytes], checkpoint: str) -> str:
    """A tlog-proof: index, the inclusion path and the checkpoint, for a file named ``*.tlog-proof``."""
    return "\n".join([_PROOF, f"index {index}", *map(_encode, path), "", checkpoint])


def read_proof(text: str) -> Proof:
    """Read a tlog-proof; nothing is verified yet. Raises :class:`BadCheckpointError`."""
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != _PROOF or not separator:
        raise BadCheckpointError(f"A proof starts with {_PROOF}.")
    rest = lines[2:] if lines[1:] and lines[1].startswith("extra ") else lines[1:]
    word, _, number = rest[0].partition(" ") if rest else ("", "", "")
    path = tuple(_decode(line) for line in rest[1:])
    if word != "index" or not _SIZE.fullmatch(number) or any(len(node) != HASH_SIZE for node in path):
        raise BadCheckpointError("The proof's index or one of its hashes is malformed.")
    return Proof(int(number), path, checkpoint)


def verify_proof(text: str, data: bytes, origin: str, key: VerifyKey) -> TreeHead:
    """The head that ``data`` is proved to be under. Raises BadCheckpointError or BadProofError."""
    proof = read_proof(text)
    head = open_checkpoint(proof.checkpoint, origin, key)
    verify_inclusion(leaf_hash(data), proof.index, head, proof.path)
    return head


def _head_in(text: str, origin: str) -> TreeHead:
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise BadCheckpointError("The note is not a checkpoint: origin, size and root hash on a line each.")
    if lines[0] != origin:
        raise BadCheckpointError("The checkpoint is of another log.")
    root = _decode(lines[2])
    if len(root) != HASH_SIZE:
        raise BadCheckpointError("The checkpoint's root hash is not 32 bytes.")
    return TreeHead(int(lines[1]), root)


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadCheckpointError("A hash or signature is not base64.") from None
    if _encode(data) != text:
        raise BadCheckpointError("A hash or signature is not spelt as base64 should be.")
    return data
