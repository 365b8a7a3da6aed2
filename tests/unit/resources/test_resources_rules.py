"""Each rule about several fields: one manifest that it accepts, one that it refuses, and the words of the refusal."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rule_cases import CHANGE_CASES, STATE_CASES, changed

from ndsc.resources.errors import ManifestError
from ndsc.resources.rules import RULES, Rule
from ndsc.resources.validation import check_change, parse_manifest


@pytest.mark.parametrize(("kind", "index", "good", "bad"), STATE_CASES)
def test_a_rule_accepts_and_refuses(kind: str, index: int, good: dict[str, Any], bad: dict[str, Any]) -> None:
    rule = RULES[kind][index]
    parse_manifest(changed(kind, good))
    with pytest.raises(ManifestError) as caught:
        parse_manifest(changed(kind, bad))
    assert (rule.path, rule.message) in {(problem.path, problem.message) for problem in caught.value.problems}


@pytest.mark.parametrize(("kind", "index", "before", "good", "bad"), CHANGE_CASES)
def test_a_rule_about_a_change_accepts_and_refuses(
    kind: str, index: int, before: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    rule, old = RULES[kind][index], parse_manifest(changed(kind, before))
    assert rule.on_change
    check_change(parse_manifest(changed(kind, good)), old)
    with pytest.raises(ManifestError) as caught:
        check_change(parse_manifest(changed(kind, bad)), old)
    assert rule.message in {problem.message for problem in caught.value.problems}


def test_every_rule_has_both_manifests() -> None:
    tried = {(kind, index) for kind, index, *_ in STATE_CASES} | {(kind, index) for kind, index, *_ in CHANGE_CASES}
    assert tried == {(kind, index) for kind, rules in RULES.items() for index in range(len(rules))}


@pytest.mark.parametrize("rule", [rule for rules in RULES.values() for rule in rules])
def test_words_and_paths_of_a_rule_fit_an_api_server(rule: Rule) -> None:
    assert "\n" not in rule.message
    assert len(rule.message) <= 2048
    assert rule.path == "" or rule.path.startswith("spec")
    assert "self" in rule.cel


def test_a_missing_party_is_refused_by_the_schema() -> None:
    with pytest.raises(ManifestError, match=r"spec\.parties"):
        parse_manifest(changed("DataSharingAgreement", {"spec.parties": [{"force": "kent"}]}))
