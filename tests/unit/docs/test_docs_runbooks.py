"""A runbook claims what a test has shown: each test that it names is there, and each reason that it names is given."""

from __future__ import annotations

import re
from pathlib import Path

from ndsc_operator.conditions import REASONS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-to" / "runbooks.md").read_text(encoding="utf-8")
TESTS = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "e2e").glob("test_*.py"))
SEEN = re.compile(r"^\| seen \| .*", re.MULTILINE)


def test_each_test_that_is_named_is_a_test_on_a_cluster() -> None:
    named = set(re.findall(r"`(test_\w+)", PAGE))
    assert named
    assert {name for name in named if f"def {name}(" not in TESTS} == set()


def test_each_reason_that_is_seen_is_one_that_the_operator_gives() -> None:
    given = {word for reason in REASONS for word in (reason.name, reason.condition)} | {"Hibernated"}
    seen = {word for line in SEEN.findall(PAGE) for word in re.findall(r"`([A-Z][a-z]+[A-Za-z]+)`", line)}
    assert seen
    assert seen - given == set()


def test_every_runbook_says_what_is_seen_what_heals_what_is_left_and_what_showed_it() -> None:
    for runbook in PAGE.split("\n## ")[1:]:
        rows = re.findall(r"^\| (seen|by itself|a person|shown by) \|", runbook, re.MULTILINE)
        assert rows == ["seen", "by itself", "a person", "shown by"], runbook.splitlines()[0]
