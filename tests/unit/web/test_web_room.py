"""What many answers come to together is bounded, and one that is too large leaves the others their room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ndsc.web.room import Place, Room


def test_one_answer_has_its_own_bound() -> None:
    place = Place(100)
    assert place.take(60)
    assert place.take(40)
    assert not place.take(1)


def test_an_answer_may_use_what_the_others_do_not() -> None:
    room = Room(100, among=4)
    assert room.part(100).take(90)


def test_whoever_takes_everything_takes_nobodys_share() -> None:
    room = Room(100, among=4)
    greedy = room.part(1_000)
    assert not greedy.take(1_000)
    modest = [room.part(1_000) for _ in range(3)]
    assert all(place.take(25) for place in modest)
    assert not any(place.take(1) for place in modest)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 80)), max_size=60))
def test_all_that_is_let_in_is_at_most_twice_the_whole(sent: list[tuple[int, int]]) -> None:
    room = Room(100, among=7)
    places = [room.part(90) for _ in range(7)]
    held = [0] * 7
    for number, size in sent:
        if places[number].take(size):
            held[number] += size
    assert sum(held) <= 200
    assert max(held) <= 90
