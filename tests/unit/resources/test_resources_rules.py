"""Each rule about several fields: one manifest that it accepts, one that it refuses, and the words of the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from ndsc.resources.errors import ManifestError
from ndsc.resources.rules import RULES, Rule
from ndsc.resources.validation import check_change, parse_manifest

_ENVELOPE = {"apiVersion": "ndsc.police.uk/v1alpha1"}
FORCE: dict[str, Any] = {
    **_ENVELOPE,
    "kind": "Force",
    "metadata": {"name": "kent"},
    "spec": {"code": "kent", "name": "Kent Police"},
}
NODE: dict[str, Any] = {**_ENVELOPE, "kind": "DataNode", "metadata": {"name": "kent"}, "spec": {"force": "kent"}}
AGREEMENT: dict[str, Any] = {
    **_ENVELOPE,
    "kind": "DataSharingAgreement",
    "metadata": {"name": "example"},
    "spec": {
        "title": "An example",
        "parties": [{"force": "kent"}, {"force": "essex"}],
        "legalBasis": {"statute": "An Act, section 1", "gateway": "An example."},
        "purposes": ["prevent-crime"],
        "categories": ["nominal"],
        "startsOn": "2026-01-01",
        "endsOn": "2026-12-31",
        "reviewOn": "2026-06-30",
        "dpia": "EXAMPLE",
    },
}
BASES = {"Force": FORCE, "DataNode": NODE, "DataSharingAgreement": AGREEMENT}


def changed(kind: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    manifest = deepcopy(BASES[kind])
    for path, value in changes.items():
        *parents, last = path.split(".")
        below = manifest
        for name in parents:
            below = below.setdefault(name, {})
        below[last] = value
    return manifest


PROVIDERS = [{"force": "kent", "role": "provider"}, {"force": "essex", "role": "provider"}]
CONSUMERS = [{"force": "kent", "role": "consumer"}, {"force": "essex", "role": "consumer"}]
ONE_WAY = [{"force": "kent", "role": "provider"}, {"force": "essex", "role": "consumer"}]
TWICE = [{"force": "kent"}, {"force": "essex"}, {"force": "kent", "role": "consumer"}]

STATE_CASES: list[tuple[str, int, dict[str, Any], dict[str, Any]]] = [
    ("Force", 0, {}, {"metadata.name": "kent-police"}),
    ("Force", 2, {"spec.successorOf": ["surrey"]}, {"spec.successorOf": ["kent"]}),
    ("Force", 3, {"spec.successorOf": ["surrey", "essex"]}, {"spec.successorOf": ["surrey", "surrey"]}),
    ("DataNode", 1, {"spec.replicas": {"min": 2, "max": 2}}, {"spec.replicas": {"min": 4}}),
    (
        "DataNode",
        2,
        {"spec.database": {"mode": "external", "urlSecretRef": {"name": "db"}}},
        {"spec.database": {"mode": "external"}},
    ),
    ("DataNode", 2, {"spec.database": {"storage": "20Gi"}}, {"spec.database": {"urlSecretRef": {"name": "db"}}}),
    (
        "DataNode",
        3,
        {"spec.connectors": [{"name": "a"}, {"name": "b"}]},
        {"spec.connectors": [{"name": "a"}, {"name": "a"}]},
    ),
    (
        "DataNode",
        4,
        {"spec.index.rules": [{"kind": "event", "visibility": "silent"}]},
        {"spec.index.rules": [{"visibility": "silent"}]},
    ),
    ("DataSharingAgreement", 0, {}, {"spec.parties": TWICE}),
    ("DataSharingAgreement", 1, {"spec.parties": ONE_WAY}, {"spec.parties": CONSUMERS}),
    ("DataSharingAgreement", 2, {"spec.parties": ONE_WAY}, {"spec.parties": PROVIDERS}),
    (
        "DataSharingAgreement",
        3,
        {"spec.startsOn": "2026-06-30", "spec.endsOn": "2026-06-30"},
        {"spec.endsOn": "2025-12-31"},
    ),
    ("DataSharingAgreement", 4, {"spec.reviewOn": "2026-12-31"}, {"spec.reviewOn": "2027-01-01"}),
    (
        "DataSharingAgreement",
        5,
        {"spec.ceiling.sensitive": True},
        {"spec.ceiling": {"tier": "SECRET", "sensitive": True}},
    ),
    ("DataSharingAgreement", 6, {"spec.suspendedBy": ["essex"]}, {"spec.suspendedBy": ["surrey"]}),
    ("DataSharingAgreement", 7, {"spec.terminatedBy": ["essex"]}, {"spec.terminatedBy": ["surrey"]}),
]
CHANGE_CASES: list[tuple[str, int, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("Force", 1, {}, {"spec.name": "Kent Constabulary"}, {"spec.code": "essex", "metadata.name": "essex"}),
    ("DataNode", 0, {}, {"spec.hibernated": True}, {"spec.force": "essex"}),
    (
        "DataSharingAgreement",
        8,
        {"spec.terminatedBy": ["kent"]},
        {"spec.terminatedBy": ["kent", "essex"]},
        {"spec.terminatedBy": ["essex"]},
    ),
    (
        "DataSharingAgreement",
        9,
        {"spec.terminatedBy": ["kent"]},
        {"spec.terminatedBy": ["kent"], "metadata.labels": {"a": "b"}},
        {"spec.terminatedBy": ["kent"], "spec.endsOn": "2030-01-01"},
    ),
]


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
