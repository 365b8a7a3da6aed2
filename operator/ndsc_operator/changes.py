"""Which changes of a data node are news: not what the operator itself wrote into its status, but for one thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ndsc_operator.children.common import Object
from ndsc_operator.judging import condition
from ndsc_operator.refs import Ref

_State = tuple[object, ...]


@dataclass(slots=True)
class Changes:
    """Remembers, of each node that there is, what was last heard of it."""

    _manifests: dict[Ref, _State] = field(default_factory=dict)
    _readiness: dict[Ref, _State] = field(default_factory=dict)

    def there(self, refs: Iterable[Ref]) -> tuple[Ref, ...]:
        """Those of these nodes that there are."""
        return tuple(ref for ref in refs if ref in self._manifests)

    def begin_anew(self) -> None:
        """All that will be heard is news."""
        self._manifests.clear()
        self._readiness.clear()

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
