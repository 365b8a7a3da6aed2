"""Which changes of a data node are news: not what the operator itself wrote into its status, but for one thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ndsc_operator.api import Ref
from ndsc_operator.children.common import Object
from ndsc_operator.judging import condition
from ndsc_operator.kinds import JUDGED

_State = tuple[object, ...]
_VOLATILE = frozenset({"resourceVersion", "managedFields", "generation"})


def digest(one: Mapping[str, Any]) -> str:
    """Of a child as far as its changes are news: without its status, unless that is judged, and what counts changes."""
    kept = one if one["kind"] in JUDGED else {part: its for part, its in one.items() if part != "status"}
    metadata = {name: its for name, its in one["metadata"].items() if name not in _VOLATILE}
    text = json.dumps({**kept, "metadata": metadata}, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class Changes:
    """Remembers, of each node that there is, what was last heard of it."""

    _manifests: dict[Ref, _State] = field(default_factory=dict)
    _readiness: dict[Ref, _State] = field(default_factory=dict)

    def heard(self, ref: Ref, one: Object, *, gone: bool) -> tuple[bool, bool]:
        """Whether its manifest is news, and whether that or its readiness is."""
        its = one["metadata"]
        manifest = (its.get("uid"), its.get("generation"), its.get("deletionTimestamp"), gone)
        readiness = (*manifest, condition(one, "Ready").get("status"))
        news = self._manifests.get(ref) != manifest, self._readiness.get(ref) != readiness
        if gone:
            self._manifests.pop(ref, None)
            self._readiness.pop(ref, None)
        else:
            self._manifests[ref], self._readiness[ref] = manifest, readiness
        return news
