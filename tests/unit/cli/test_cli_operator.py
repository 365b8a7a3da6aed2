"""`ndsc operator render`: what the operator makes of manifests, and nothing that it does not make."""

from __future__ import annotations

from pathlib import Path

import yaml
from typer.testing import CliRunner

from ndsc.cli.main import app
from ndsc.resources.datanode import DataNode
from ndsc.resources.force import Force
from ndsc.resources.loader import load_paths
from ndsc_operator.plan import force_steps, node_steps
from ndsc_operator.settings import Settings

MANIFEST = Path(__file__).parents[3] / "platform" / "ndsc" / "embedded" / "manifests" / "south-wales.yaml"


def test_a_force_and_its_node_are_rendered_as_they_are_applied() -> None:
    shown = CliRunner().invoke(app, ["operator", "render", "-f", str(MANIFEST)])
    assert shown.exit_code == 0
    force, node = load_paths([MANIFEST])
    assert isinstance(force, Force)
    assert isinstance(node, DataNode)
    steps = (*force_steps(force, Settings()), *node_steps(node, Settings()))
    assert list(yaml.safe_load_all(shown.stdout)) == [child for step in steps for child in step.children]
