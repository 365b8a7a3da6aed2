"""``python -m ndsc.cli.reference [FOLDER]``: write the reference pages, by default to ``docs/reference``; the chart's
table of values goes into its README where the chart is there."""

from __future__ import annotations

import sys
from pathlib import Path

from ndsc.cli.reference import chart
from ndsc.cli.reference.pages import FOLDER, rendered


def main(arguments: list[str]) -> None:
    """Write each page and name it."""
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (folder / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{folder / name}\n")
    if not arguments and chart.README.is_file():
        chart.README.write_text(chart.with_table(), encoding="utf-8")
        sys.stdout.write(f"{chart.README}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
