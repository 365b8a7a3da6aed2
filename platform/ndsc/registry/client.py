"""Asks and tells the registry. Nodes use the blocking client, the gateway the asynchronous one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import Any, TypeVar

import httpx

from ndsc.index.encoding import encode
from ndsc.registry.schemas import (
    MOST_CHANGED,
    MOST_LOOKED_UP,
    Catalogue,
    Changed,
    Dataset,
    Datasets,
    Digest,
    Holder,
    Holders,
    Listed,
    ListedForces,
    Notices,
    Rebuild,
    Withdrawn,
)
from ndsc.web.client import Session, acall, call

TokenSource = Callable[[], str]
"""Answers the service's own token, fresh enough to be shown."""

_SERVICE = "registry"
T = TypeVar("T")
Added = tuple[bytes, str, str]
"""Token, kind and visibility."""
Removed = tuple[bytes, str]
"""Token and kind."""


class RegistryClient:
    """For nodes. Raises what ``ndsc.web.client`` raises."""

    def __init__(self, client: httpx.Client, token_source: TokenSource) -> None:
        self._client = client
        self._token = token_source

    def put(self, force: str, add: Sequence[Added], remove: Sequence[Removed]) -> Changed:
        """Make the force have the tokens to add and not those to remove; in parts, where they are many."""
        path, added, removed = f"/v1/forces/{force}/tokens", 0, 0
        for more, less in zip_longest(_parts(add), _parts(remove), fillvalue=()):
            body = {"add": [_added(one) for one in more], "remove": [_removed(one) for one in less]}
            changed = Changed.model_validate(self._call("PUT", path, body))
            added, removed = added + changed.added, removed + changed.removed
        return Changed(added=added, removed=removed)

    def rebuild(self, force: str, entries: Iterable[Added]) -> Digest:
        """Make the force have these and nothing else, all at once; ``entries`` may be a stream."""
        opened = Rebuild.model_validate(self._call("POST", f"/v1/forces/{force}/rebuild"))
        path = f"/v1/forces/{force}/rebuild/{opened.id}"
        for part in _parts(entries):
            self._call("POST", f"{path}/entries", {"add": [_added(one) for one in part]})
        return Digest.model_validate(self._call("POST", f"{path}/commit"))

    def digest(self, force: str) -> Digest:
        """What is stored for a force, in short."""
        return Digest.model_validate(self._call("GET", f"/v1/forces/{force}/digest"))

    def forces(self) -> ListedForces:
        """The forces that list anything."""
        return ListedForces.model_validate(self._call("GET", "/v1/forces"))

    def listed(self, force: str) -> bool:
        """Whether anything is listed for a force."""
        return Listed.model_validate(self._call("GET", f"/v1/forces/{force}/entries")).listed

    def withdraw(self, force: str) -> Withdrawn:
        """Forget all that a force lists."""
        return Withdrawn.model_validate(self._call("DELETE", f"/v1/forces/{force}/entries"))

    def notices(self, force: str, after: int = 0) -> Notices:
        """Searches that met the force's silent entries."""
        return Notices.model_validate(self._call("GET", f"/v1/forces/{force}/notices?after={after}"))

    def tell_catalogue(self, force: str, datasets: Sequence[Dataset]) -> None:
        """Say what the force has, in place of what it said before."""
        body = Datasets(datasets=tuple(datasets)).model_dump(mode="json")
        self._call("PUT", f"/v1/forces/{force}/catalogue", body)

    def catalogue(self) -> Catalogue:
        """What every force says it has."""
        return Catalogue.model_validate(self._call("GET", "/v1/catalogue"))

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return call(_SERVICE, self._client, method, path, token=self._token(), json=body)


class AsyncRegistryClient:
    """For the gateway."""

    def __init__(self, client: Session, token_source: TokenSource) -> None:
        self._client = client
        self._token = token_source

    async def lookup(self, tokens: Sequence[bytes], searcher: str | None = None) -> Holders:
        """Which forces hold something under which of the tokens (by their place), as a force's officer may know it."""
        found: dict[str, Holder] = {}
        for start in range(0, len(tokens), MOST_LOOKED_UP):
            part = [encode(token) for token in tokens[start : start + MOST_LOOKED_UP]]
            body = {"tokens": part, "searcher": searcher}
            answer = Holders.model_validate(await self._call("POST", "/v1/lookup", body))
            for holder in answer.holders:
                found[holder.force] = _joined(found.get(holder.force), holder, start)
        return Holders(holders=tuple(found[force] for force in sorted(found)))

    async def catalogue(self) -> Catalogue:
        """What every force says it has."""
        return Catalogue.model_validate(await self._call("GET", "/v1/catalogue"))

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        return await acall(_SERVICE, self._client, method, path, token=self._token(), json=body)


def _joined(before: Holder | None, holder: Holder, start: int) -> Holder:
    tokens = tuple(start + place for place in holder.tokens)
    if before is None:
        return holder.model_copy(update={"tokens": tokens})
    kinds = tuple(sorted({*before.kinds, *holder.kinds}))
    return Holder(force=holder.force, tokens=before.tokens + tokens, kinds=kinds)


def _added(one: Added) -> dict[str, str]:
    token, kind, visibility = one
    return {"token": encode(token), "kind": kind, "visibility": visibility}


def _removed(one: Removed) -> dict[str, str]:
    token, kind = one
    return {"token": encode(token), "kind": kind}


def _parts(rows: Iterable[T]) -> Iterator[Sequence[T]]:
    stream = iter(rows)
    while part := list(islice(stream, MOST_CHANGED)):
        yield part
