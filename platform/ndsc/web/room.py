"""How much answers may come to, one by one and together: what a part sends must not fill its caller's memory."""

from __future__ import annotations

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""An answer is read no further than this."""


class Room:
    """Room for the answers of ``among`` parts that come to ``whole`` bytes together.

    Each has an equal share that nobody else can use up: one that sends too much takes no room from those that do not.
    So the most that is held is twice the whole.
    """

    def __init__(self, whole: int, among: int) -> None:
        self._left = whole
        self._share = whole // max(1, among)

    def part(self, most: int) -> Place:
        """The place of one answer of ``most`` bytes at most."""
        return Place(most, self)

    def take(self, size: int, taken: int) -> bool:
        """Whether an answer may grow by ``size`` to ``taken`` bytes."""
        self._left -= size
        return self._left >= 0 or taken <= self._share


class Place:
    """Where one answer goes."""

    def __init__(self, most: int = MAX_ANSWER_BYTES, room: Room | None = None) -> None:
        self._most = most
        self._room = room
        self._taken = 0

    def take(self, size: int) -> bool:
        """Whether ``size`` bytes more fit."""
        self._taken += size
        return self._taken <= self._most and (self._room is None or self._room.take(size, self._taken))
