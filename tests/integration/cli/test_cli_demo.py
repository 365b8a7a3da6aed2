"""`ndsc demo`: the eight forces and the four searches, with less data; a second run is quick and says the same."""

from __future__ import annotations

import io
import re
import time
from collections import Counter

import pytest
from rich.console import Console

from ndsc.cli import demo, output
from ndsc.embedded import scenario
from ndsc.model.forces import resolve
from ndsc.synth.story import REFUSED, SIAN

_VARYING = (
    (re.compile(r"\d+ ms"), "MS"),
    (re.compile(r"request [0-9a-f]{16}"), "REQUEST"),
    (re.compile(r"[\u2500-\u257f]"), " "),  # the lines of tables
    (re.compile(r"Done in \d+ s"), "DONE"),
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, float]]:
    """What two runs in one folder print, and how many seconds each takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NDSC_HOME", str(tmp_path_factory.mktemp("demo") / "home"))
        patch.setattr(scenario, "PEOPLE", 80)
        patch.setattr(scenario, "SAMPLES", ())
        made = []
        for _ in range(2):
            printed, started = io.StringIO(), time.monotonic()
            console = Console(file=printed, width=180, highlight=False)  # so wide that no title is cut
            for module in (demo, output):
                patch.setattr(module, "out", console)
            demo.demo(picture=None)
            made.append((printed.getvalue(), time.monotonic() - started))
        return made


def words(text: str) -> Counter[str]:
    """Each word, as often as it is said: a shorter time leaves more room, and then lines break elsewhere."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return Counter(text.split())


def test_a_second_run_says_the_same_and_takes_less_time(runs: list[tuple[str, float]]) -> None:
    (first, long), (second, short) = runs
    assert words(second) == words(first)
    assert short < long


def test_it_shows_all_four_outcomes_and_what_to_try_next(runs: list[tuple[str, float]]) -> None:
    said = " ".join(runs[0][0].split())
    assert f"known to {resolve('south-wales').name}" in said
    for story in scenario.SEARCHES:
        assert story.title in said
    assert str(SIAN.records[0][1].person.surname) in said
    assert str(REFUSED.records[0][1].person.surname) in said
    assert re.search(r"Merseyside Police denied .*[.] ", said)
    assert "unreachable" in said
    assert "Try next" in said
