"""Signed heads kept outside the database: what shows that a log was cut short or rewritten as a whole.

The file is JSON, log origin to a list of checkpoints, oldest first. It does its work only where somebody who may write
to the database may not write to the file: another machine, another force, a memory stick in a safe.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from ndsc.audit.checkpoints import open_checkpoint
from ndsc.audit.errors import BadCheckpointError
from ndsc.audit.merkle import TreeHead
from ndsc.trust.keys import VerifyKey

MAX_KEPT = 1_000
"""Heads kept for a log; of more, every second one is let go, from the older half."""


class KeptHeads:
    """The signed heads in one file. Raises :class:`BadCheckpointError` when the file is something else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = _load(path)

    def origins(self) -> Iterable[str]:
        """The logs that were seen before."""
        return tuple(self._kept)

    def heads(self, origin: str, key: VerifyKey) -> list[TreeHead]:
        """The kept heads of a log, their signatures verified. Raises :class:`BadCheckpointError`."""
        return [open_checkpoint(checkpoint, origin, key) for checkpoint in self._kept.get(origin, [])]

    def keep(self, origin: str, checkpoint: str) -> None:
        """Remember one more; in the file only after :meth:`save`."""
        kept = self._kept.setdefault(origin, [])
        if checkpoint not in kept[-1:]:
            kept.append(checkpoint)
        if len(kept) > MAX_KEPT:
            older = len(kept) // 2
            self._kept[origin] = kept[:older:2] + kept[older:]

    def save(self) -> None:
        """Write the file, whole or not at all."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump(self._kept, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        finally:
            draft.unlink(missing_ok=True)


def _load(path: Path) -> dict[str, list[str]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        raise BadCheckpointError(f"{path.name} cannot be read as kept tree heads.") from None
    if not isinstance(content, dict) or not all(_is_list_of_text(value) for value in content.values()):
        raise BadCheckpointError(f"{path.name} does not hold a list of checkpoints for each log.")
    return content


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
