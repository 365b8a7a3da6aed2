"""The life of the platform's authority: replaced before its end, in an order that keeps every leaf believed by all.

1. *steady*: one authority, which issues.
2. *announced*: a following one stands in every published bundle, and issues nothing. Not before all bundles have held
   it for the time that a part may take to read its bundle again (``overlap``) does it begin to issue.
3. *promoted*: it issues; the previous one, whose key is gone, stays in the bundles until no leaf of it can be alive.

Pure: :func:`step` says what comes next; the caller keeps the outcome and publishes :attr:`Authorities.bundle`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509

from ndsc_operator.authority import Pair, due_at, new_authority


@dataclass(frozen=True, slots=True)
class Lives:
    """How long what lives. ``overlap`` is how long a bundle may take to come from the API server into every part."""

    authority: timedelta
    leaf: timedelta
    overlap: timedelta


@dataclass(frozen=True, slots=True)
class Authorities:
    """All that is known of the authority."""

    issuing: Pair
    following: Pair | None = None
    published_since: datetime | None = None
    """Since when every bundle has held the following one."""
    previous: x509.Certificate | None = None
    previous_until: datetime | None = None
    """When the last leaf of the previous one ends."""

    @property
    def bundle(self) -> tuple[x509.Certificate, ...]:
        """What every part is to trust; the one that issues comes first."""
        following = (self.following.certificate,) if self.following else ()
        previous = (self.previous,) if self.previous else ()
        return (self.issuing.certificate, *following, *previous)

    @property
    def phase(self) -> str:
        """Where it stands, in a word."""
        return "announced" if self.following else "promoted" if self.previous else "steady"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is published: whether every bundle is the present one, and when the last leaf ends that is served."""

    everywhere: bool
    last_leaf_ends: datetime | None = None


def begin(lives: Lives, now: datetime) -> Authorities:
    """A platform's first authority."""
    return Authorities(new_authority(lives.authority, now))


def step(held: Authorities, seen: Seen, lives: Lives, now: datetime, *, renews: bool = True) -> Authorities:
    """What comes next, one step at a time; the same object where there is nothing to do.

    With ``renews`` False no new authority is made: whoever brought this one brings the following one too.
    """
    if held.following is not None:
        return _announced(held, held.following, seen, lives, now)
    if held.previous is not None:
        return _promoted(held, held.previous, now)
    if renews and now >= due_at(held.issuing.certificate):
        return replace(held, following=new_authority(lives.authority, now))
    return held


def next_at(held: Authorities, lives: Lives, *, renews: bool = True) -> datetime | None:
    """When there will be something to do by time alone; none where something must happen first."""
    if held.following is not None:
        return None if held.published_since is None else held.published_since + lives.overlap
    if held.previous is not None:
        return _removed_at(held, held.previous)
    return due_at(held.issuing.certificate) if renews else None


def _announced(held: Authorities, following: Pair, seen: Seen, lives: Lives, now: datetime) -> Authorities:
    if now >= held.issuing.certificate.not_valid_after_utc:
        return _promote(held, following, seen, lives, now)  # nobody believes the old one any more: nothing to overlap
    if not seen.everywhere:
        return replace(held, published_since=None) if held.published_since else held
    if held.published_since is None:
        return replace(held, published_since=now)
    if now >= held.published_since + lives.overlap:
        return _promote(held, following, seen, lives, now)
    return held


def _promote(held: Authorities, following: Pair, seen: Seen, lives: Lives, now: datetime) -> Authorities:
    until = max(now + lives.leaf, seen.last_leaf_ends or now)
    return Authorities(issuing=following, previous=held.issuing.certificate, previous_until=until)


def _promoted(held: Authorities, previous: x509.Certificate, now: datetime) -> Authorities:
    return Authorities(issuing=held.issuing) if now >= _removed_at(held, previous) else held


def _removed_at(held: Authorities, previous: x509.Certificate) -> datetime:
    """A leaf does not outlive its authority, so neither need the authority outlive itself."""
    its = previous.not_valid_after_utc
    return min(held.previous_until or its, its)
