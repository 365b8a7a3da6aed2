"""Whatever a file holds, it is read as manifests or refused with its place: nothing else comes out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.resources.errors import ManifestError, Problem
from ndsc.resources.fields import Field, fields_of
from ndsc.resources.kinds import KINDS
from ndsc.resources.loader import load_text
from ndsc.resources.validation import parse_manifest, validate

TEXT = """\
apiVersion: ndsc.police.uk/v1alpha1
kind: DataSharingAgreement
metadata: {name: example, labels: {a: b}}
spec:
  title: An example
  parties: [{force: south-wales}, {force: btp, role: consumer}]
  legalBasis: {statute: An Act, gateway: "An example."}
  purposes: [prevent-crime]
  categories: [nominal, vehicle]
  conditions: {masks: [{field: home, treatment: withheld}], minimumClearance: sc}
  startsOn: 2026-01-01
  endsOn: 2028-12-31
  reviewOn: 2027-06-30
  dpia: EXAMPLE-1
"""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def read(data: bytes) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        load_text(data, "fuzzed.yaml")
    except ManifestError as error:
        problems = error.problems or (Problem("", ""),)
    assert all(problem.source == "fuzzed.yaml" and problem.message for problem in problems)


@settings(max_examples=600, deadline=None)
@given(
    at=st.integers(min_value=0, max_value=len(TEXT)),
    length=st.integers(min_value=0, max_value=40),
    put=st.binary(max_size=12) | st.text(alphabet="{}[]:,-&*!|>'\"#%@`\n\t ?~<=", max_size=6).map(str.encode),
)
def test_a_manifest_with_a_hole_or_a_splinter(at: int, length: int, put: bytes) -> None:
    data = TEXT.encode()
    read(data[:at] + put + data[at + length :])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_at_all(data: bytes) -> None:
    read(data)


def every_path(kind: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    waiting: list[tuple[Field, tuple[str, ...]]] = [(field, (field.name,)) for field in fields_of(KINDS[kind])]
    while waiting:
        field, path = waiting.pop()
        found.append(path)
        waiting += [(child, (*path, child.name)) for child in field.children]
    return found


SMALLEST: dict[str, dict[str, Any]] = {
    "Force": {"code": "kent", "name": "Kent Police"},
    "DataNode": {"force": "kent"},
    "DataSharingAgreement": {},
}
PATHS = [(kind, path) for kind in KINDS for path in every_path(kind)]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(PATHS), VALUES)
def test_any_value_in_any_field(where: tuple[str, tuple[str, ...]], value: Any) -> None:
    kind, path = where
    manifest: dict[str, Any] = {
        "apiVersion": "ndsc.police.uk/v1alpha1",
        "kind": kind,
        "metadata": {"name": "kent"},
        "spec": dict(SMALLEST[kind]),
    }
    below = manifest
    for name in path[:-1]:
        below = below.setdefault(name, {})
        if not isinstance(below, dict):
            return
    below[path[-1]] = value
    parsed, problems = validate(manifest)
    assert (parsed is None) == bool(problems)
    if parsed is not None:
        assert parse_manifest(json.loads(json.dumps(parsed.dump()))) == parsed
