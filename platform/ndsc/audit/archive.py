"""A whole log written into a file, for when the database that it is in goes: nothing is kept that does not add up."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ndsc.audit.checkpoints import open_checkpoint, sign_checkpoint
from ndsc.audit.entries import leaf_data
from ndsc.audit.errors import DamagedLogError
from ndsc.audit.heads import KeptHeads
from ndsc.audit.log import AuditLog
from ndsc.audit.merkle import Frontier, TreeHead, leaf_hash
from ndsc.errors import UnavailableError
from ndsc.trust.keys import SigningKey, VerifyKey, flush_folder

FOLDER = "archive"
"""Of the files, in a network's home."""
HEAD_SUFFIX = ".head"


def archive(log: AuditLog, key: SigningKey, folder: Path) -> Path:
    """Write a log into the folder and return its file, which is its owner's alone and on the disk by then.

    A line for each entry, in their order, with the very text that the tree's leaf commits to (RFC 6962); beside it,
    with another suffix, the signed head (C2SP tlog-checkpoint). The same log makes the same file again. Raises
    :class:`DamagedLogError` for a log that is not what its head says, :class:`UnavailableError` where there is no room.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f".draft.{secrets.token_hex(4)}"
        lines, note = folder / f"{name}.lines", folder / f"{name}.note"
        try:
            with _private(lines) as file:
                head = _write(log, file)
                _flush(file)
            with _private(note) as file:
                file.write(sign_checkpoint(log.origin, head, key).encode())
                _flush(file)
            kept = folder / f"{log.origin.rpartition('/')[2]}-{head.root.hex()[:10]}.log"
            note.replace(kept.with_suffix(HEAD_SUFFIX))
            lines.replace(kept)  # last: where it is, its head is too
        finally:
            for draft in (lines, note):
                draft.unlink(missing_ok=True)
        flush_folder(folder)
    except OSError as error:
        raise UnavailableError(f"The log {log.origin} cannot be written into {folder}: {error.strerror}.") from error
    return kept


def archived(folder: Path, kept: KeptHeads, key: VerifyKey) -> dict[str, set[TreeHead]]:
    """By origin, those of the kept heads that the archives of its log account for, each read anew as a whole.

    Raises :class:`DamagedLogError` for an archive that is not what its head says, and :class:`BadCheckpointError` for
    one whose head nobody signed.
    """
    found: dict[str, set[TreeHead]] = {}
    for file in sorted(folder.glob("*.log")):
        checkpoint = file.with_suffix(HEAD_SUFFIX).read_text(encoding="utf-8")
        origin = checkpoint.partition("\n")[0]
        head, wanted = open_checkpoint(checkpoint, origin, key), set(kept.heads(origin, key))
        sizes, accounted = {one.size for one in wanted}, found.setdefault(origin, set())
        for tree in _growing(file):
            if tree.size in sizes:
                accounted |= {tree.head()} & wanted
        if tree.head() != head:
            raise DamagedLogError(f"The archive {file.name} is not what its head says.")
    return found


def _growing(file: Path) -> Iterator[Frontier]:
    """The tree of an archive's lines, empty and after each of them."""
    tree = Frontier()
    yield tree
    with file.open("rb") as lines:
        for line in lines:
            tree.append(leaf_hash(line.removesuffix(b"\n")))
            yield tree


def _write(log: AuditLog, file: BinaryIO) -> TreeHead:
    written = Frontier()
    with log.snapshot() as (frontier, entries, _):
        for entry in entries:
            leaf = leaf_data(entry.seq, entry.canonical)
            file.write(leaf + b"\n")
            written.append(leaf_hash(leaf))
        if frontier is None or frontier.head() != written.head():
            raise DamagedLogError(f"The log {log.origin} is not what its head says.")
    return written.head()


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
