"""``python -m ndsc_operator.definitions``: write the custom resource definitions into their chart."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from ndsc.resources.definition import definitions

FOLDER = Path(__file__).parents[2] / "charts" / "ndsc-crds" / "templates"
_HEADER = "# Made from the models by `make crds`: change those, not this file.\n"


def rendered() -> Iterator[tuple[str, str]]:
    """File name and text of each definition."""
    for one in definitions():
        text = yaml.safe_dump(one, sort_keys=False, width=120, allow_unicode=True)
        yield f"{one['spec']['names']['plural']}.yaml", _HEADER + text


def main() -> None:
    """Write each and name it."""
    for name, text in rendered():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{FOLDER / name}\n")


if __name__ == "__main__":
    main()
