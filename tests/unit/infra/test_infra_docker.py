"""What people with Docker build is what the charts run: no Docker is here to try it with, so the names are compared."""

from __future__ import annotations

import re
from pathlib import Path

from ndsc_operator.settings import Settings

ROOT = Path(__file__).parents[3]


def test_the_images_have_the_names_that_the_platform_runs() -> None:
    makefile = (ROOT / "Makefile").read_text()
    made = dict(re.findall(r"^(\w+)_IMAGE := (\S+)$", makefile, re.MULTILINE))
    assert made == {"NDSC": Settings().image, "OPA": Settings().opa_image}


def test_the_build_is_given_all_that_it_copies() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(
        r"^COPY ((?!--).+) \S+$", (ROOT / "infra" / "images" / "ndsc.Dockerfile").read_text(), re.MULTILINE
    )
    wanted = {name for line in copied for name in line.split()}
    assert wanted
    assert {line[1:] for line in ignored if line.startswith("!")} == wanted
