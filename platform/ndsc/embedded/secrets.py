"""The secrets of the two national parts: each made once, when the network is first opened, in a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ndsc.index.oprf_keys import OprfKey, OprfKeys
from ndsc.registry.pepper import Pepper
from ndsc.storage.making import one_at_a_time


def index_keys(folder: Path) -> Mapping[int, OprfKey]:
    """The evaluator's keys by epoch; the first is made with the folder, and never when the folder has lost its keys."""
    keys = OprfKeys(folder)
    with one_at_a_time(folder):
        if not folder.exists():
            keys.make(1)
        return keys.load()


def pepper(folder: Path) -> Pepper:
    """The registry's pepper, made with its folder."""
    file = folder / "pepper.key"
    with one_at_a_time(folder):
        if not folder.exists():
            Pepper.generate().save(file)
        return Pepper.load(file)
