"""At every instant every leaf that is served is believed by everybody, whatever the rounds and however slow the parts.

A simulation over an authority's whole life and longer. The operator works now and then; a part reads its Secret again
some time after it was written; one Secret cannot be written for a while.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc_operator.authority import Name, of_force, verifies
from ndsc_operator.authority_rolling import Authorities, Lives, Seen, begin, next_at, step
from ndsc_operator.authority_secrets import (
    Published,
    authority_secret,
    leaf_secret,
    read_authority,
    read_published,
    refreshed,
)
from ndsc_operator.children.common import Object

START = datetime(2026, 1, 1, tzinfo=UTC)
LEAF = timedelta(hours=24)
SLOWEST_ROUND, LONGEST_OUTAGE, OVERLAP = LEAF / 12, LEAF / 8, LEAF / 12
"""Together less than the third of a leaf's life that is left when it is renewed."""


@dataclass
class Part:
    """A part, which reads its Secret ``lag`` after it was written."""

    name: Name
    lag: timedelta
    secret: Object | None = None
    written: list[tuple[datetime, Published]] = field(default_factory=list)

    def write(self, published: Published, now: datetime) -> None:
        self.secret = leaf_secret(published, {})
        self.written.append((now, read_published(self.secret)))

    def serving(self, now: datetime) -> Published:
        """What it read last. What was there when it started it read at once."""
        read = [published for at, published in self.written if at + self.lag <= now]
        return read[-1] if read else self.written[0][1]


@dataclass
class Platform:
    """The operator's rounds over the Secrets."""

    lives: Lives
    parts: list[Part]
    held: Authorities
    outage: tuple[datetime, datetime]
    authorities: set[int] = field(default_factory=set)

    def round(self, now: datetime) -> None:
        published = [part.written[-1][1] for part in self.parts if part.written]
        seen = Seen(
            everywhere=all(set(one.bundle) == set(self.held.bundle) for one in published),
            last_leaf_ends=max((one.leaf.certificate.not_valid_after_utc for one in published), default=None),
        )
        issuing = self.held.issuing.certificate
        self.held = read_authority(authority_secret(step(self.held, seen, self.lives, now), {}))  # a restart between
        if self.held.issuing.certificate != issuing:
            self.parts[1].secret = None  # somebody deletes it: the new authority issues at once
        self.authorities.add(self.held.issuing.certificate.serial_number)
        for index, part in enumerate(self.parts):
            if index == 0 and self.outage[0] <= now < self.outage[1] and part.written:
                continue
            fresh, why = refreshed(part.secret, part.name, self.held, self.lives, now)
            if why:
                part.write(fresh, now)


@settings(max_examples=12, deadline=None)
@given(
    lags=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    gaps=st.lists(st.floats(0.2, 1), min_size=20, max_size=20),
    outage=st.floats(0, 1),
)
def test_at_every_instant_each_leaf_that_is_served_verifies_by_each_bundle(
    lags: list[float], gaps: list[float], outage: float
) -> None:
    lives = Lives(authority=(LEAF + OVERLAP) * 3, leaf=LEAF, overlap=OVERLAP)
    names = [of_force("node", code, code, code) for code in ("kent", "essex", "dorset")]
    parts = [Part(name, OVERLAP * lag) for name, lag in zip(names, lags, strict=True)]
    # The outage falls about where a following authority is announced.
    starts = START + lives.authority * (0.55 + 0.2 * outage)
    platform = Platform(lives, parts, begin(lives, START), (starts, starts + LONGEST_OUTAGE))
    now, rounds = START, 0
    while now < START + lives.authority * 1.1:
        platform.round(now)
        _all_believe_each_other(parts, now)
        gap = SLOWEST_ROUND * gaps[rounds % len(gaps)]
        for part in (0.3, 0.6, 0.999):
            _all_believe_each_other(parts, now + gap * part)
        now, rounds = now + gap, rounds + 1
    assert len(platform.authorities) >= 2
    assert len(platform.held.bundle) <= 2


def _all_believe_each_other(parts: list[Part], now: datetime) -> None:
    serving = [part.serving(now) for part in parts]
    for one in serving:
        for other in serving:
            assert verifies(one.leaf.certificate, other.bundle, now)


@settings(max_examples=50, deadline=None)
@given(late=st.floats(0, 3), everywhere=st.lists(st.booleans(), min_size=1, max_size=30))
def test_a_following_authority_issues_only_after_all_bundles_have_long_held_it(
    late: float, everywhere: list[bool]
) -> None:
    lives = Lives(authority=LEAF * 100, leaf=LEAF, overlap=OVERLAP)
    held = step(begin(lives, START), Seen(everywhere=True), lives, START + lives.authority * 0.7)
    assert held.phase == "announced"
    now, held_since = START + lives.authority * 0.7, None
    for seen in everywhere:
        now += OVERLAP * late
        if not seen:
            held_since = None
        elif held_since is None:
            held_since = now
        held = step(held, Seen(everywhere=seen), lives, now)
        if held.phase == "promoted":
            assert held_since is not None
            assert now >= held_since + OVERLAP
            return
        due = next_at(held, lives)
        assert (due is None) == (held_since is None)
