"""What the pages are written with: tables, and code that no table breaks on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- Made from the code by `make docs`: change the code, not this page. -->"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a column that is blank in every row is left out."""
    listed = [[_cell(cell) for cell in row] for row in rows]
    kept = [place for place in range(len(headings)) if any(row[place] for row in listed)]
    lines = [[headings[place] for place in kept], ["---"] * len(kept)]
    lines += [[row[place] for place in kept] for row in listed]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def code(text: str) -> str:
    """Text as code; nothing for no text."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Several, parted by commas."""
    return ", ".join(code(text) for text in texts)


def block(text: str, language: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```\n"


def page(title: str, about: str, *parts: str) -> str:
    """A whole page: title, what it is about, and its parts, a blank line between them."""
    return "\n\n".join(part.strip() for part in (MADE, f"# {title}", about, *parts) if part.strip()) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
