"""How long to wait before something is tried again: longer each time, and never all at the same moment."""

from __future__ import annotations

import random

_FIRST_SECONDS = 0.25
_DOUBLINGS = 16


def pause(failures: int, *, most: float = 30.0) -> float:
    """Seconds to wait after that many failures in a row: doubled each time up to ``most``, the upper half by chance."""
    whole = min(most, _FIRST_SECONDS * 2.0 ** min(failures, _DOUBLINGS))
    return random.uniform(whole / 2, whole)  # noqa: S311  # spreads calls, guards nothing
