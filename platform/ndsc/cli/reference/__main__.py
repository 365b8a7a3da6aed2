"""``python -m ndsc.cli.reference [FOLDER]``: write the reference pages, by default to ``docs/reference``."""

from __future__ import annotations

import sys
from pathlib import Path

from ndsc.cli.reference.pages import FOLDER, rendered


def main(arguments: list[str]) -> None:
    """Write each page and name it."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (folder / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{folder / name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
