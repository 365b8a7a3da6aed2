"""`ndsc operator render`: what the operator makes of manifests, and nothing that it does not make."""

from __future__ import annotations

from pathlib import Path

import yaml
from typer.testing import CliRunner

from ndsc.cli.main import app
from ndsc.resources.force import Force
from ndsc.resources.loader import load_paths
from ndsc_operator.plan import force_steps
from ndsc_operator.settings import Settings

MANIFEST = Path(__file__).parents[3] / "platform" / "ndsc" / "embedded" / "manifests" / "south-wales.yaml"


def test_a_force_is_rendered_as_it_is_applied_and_a_node_is_said_to_be_left_out() -> None:
    shown = CliRunner().invoke(app, ["operator", "render", "-f", str(MANIFEST)])
    assert shown.exit_code == 0
    force = next(one for one in load_paths([MANIFEST]) if isinstance(one, Force))
    expected = [child for step in force_steps(force, Settings()) for child in step.children]
    assert list(yaml.safe_load_all(shown.stdout)) == expected
    assert "datanode.ndsc.police.uk/south-wales: the operator makes nothing of it yet." in shown.stderr.replace(
        "\n", " "
    )
