"""Links of the documentation lead somewhere, and every command has its place in a page that a person wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndsc.cli.reference.commands import commands
from ndsc.cli.reference.pages import FOLDER

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
WRITTEN = [page for page in PAGES if not page.is_relative_to(ROOT / FOLDER)]

_LINK = re.compile(r"(?<!`)\[[^\]\n]*(?:\n[^\]\n]*)?\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def links(page: Path) -> Iterator[str]:
    """Where a page links to, but for addresses elsewhere."""
    prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return (target for target in _LINK.findall(prose) if not re.match(r"[a-z]+:", target))


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives the headings of a page."""
    prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(prose)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_a_file_and_a_heading_in_it(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: {target.name} has no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if link[0] != "#"]
    assert [page.name for page in PAGES if page not in seen] == []


def test_every_command_is_told_of_in_a_page_that_a_person_wrote() -> None:
    prose = "\n".join(page.read_text(encoding="utf-8") for page in WRITTEN)
    assert [name for name, _ in commands() if not re.search(rf"{name.removeprefix('ndsc ')}\b", prose)] == []


def test_every_shell_block_is_one_that_the_tests_know() -> None:
    known = {"sh", "text", "json", "yaml", "mermaid", ""}
    for page in PAGES:
        for words in re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert words in known or re.fullmatch(r"sh exits=\d+", words), f"{page.name}: a block of {words!r}"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_claims_compliance(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"\b(is|are|fully|be) (compliant|certified|accredited)\b|\bcompl(ies|iant) with\b", text)
