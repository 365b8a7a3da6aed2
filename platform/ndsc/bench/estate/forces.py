"""Forces that do not exist, each with one data node, and what the operator makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from ndsc.bench.estate.server import PREFIX, Object
from ndsc.resources.base import API_VERSION
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.validation import parse_manifest
from ndsc_operator.plan import force_steps, node_steps
from ndsc_operator.settings import Settings

NODE = (API_VERSION, "DataNode")
FORCE = (API_VERSION, "Force")


def codes(first: int, last: int, series: str = "") -> list[str]:
    """Codes of the forces with these numbers, the last one left out."""
    return [f"{PREFIX}{series}{number:04}" for number in range(first, last)]


def manifests(these: Iterable[str]) -> Iterator[Object]:
    """What an engineer applies for each: its force and its data node."""
    for code in these:
        yield {
            "apiVersion": API_VERSION,
            "kind": "Force",
            "metadata": {"name": code},
            "spec": {"name": f"Synthetic force {code}", "code": code},
        }
        yield {
            "apiVersion": API_VERSION,
            "kind": "DataNode",
            "metadata": {"name": code, "namespace": "default"},
            "spec": {"force": code},
        }


def children(these: Iterable[str]) -> Iterator[Object]:
    """What the operator makes of it, in its order; Secrets, which it makes at random, are left out."""
    for one in manifests(these):
        manifest = parse_manifest(one)
        if isinstance(manifest, Force):
            steps = force_steps(manifest, Settings())
        else:
            assert isinstance(manifest, DataNode)
            steps = node_steps(manifest, Settings())
        for step in steps:
            yield from step.children


def identity(child: Object) -> tuple[str, str, str]:
    """Kind, namespace and name; of a job's name only what does not depend on the database that it migrates."""
    its = child["metadata"]
    name = its["name"].rpartition("-")[0] if child["kind"] == "Job" else its["name"]
    return child["kind"], its.get("namespace", ""), name


def text(objects: Iterable[Object]) -> str:
    """One document that kubectl reads."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
