"""Every shell block of the documentation runs, in the order of its page, as a reader would run it.

A block is ```` ```sh ````; ```` ```sh exits=1 ```` is one that is meant to fail. A ```` ```text ```` block straight
after it is what it prints, errors last: `...` in a line stands for anything (a time, a digest), and alone on a line for
any lines. Pages share one network, which the demonstration's manifests and people make in small; each block is a shell
of its own in the folder of its page, and prints 80 columns as wherever no terminal says otherwise.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.network import trim
from tests.preloaded import preloaded

from ndsc.connectors.catalogue import shipped
from ndsc.embedded import scenario
from ndsc.embedded.network import Network
from ndsc.resources.loader import load_paths
from ndsc.samples import SAMPLES
from ndsc.storage.server import TemporaryServer
from ndsc.synth import generate

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PEOPLE = 40
OURS = ("NDSC_", "PYTEST_", "COLUMNS")

EXEMPT = {
    "make demo": "the fixture makes the same network in small; the demonstration has tests of its own",
    "export NDSC_DATABASE_URL=": "it names a server of the reader's",
    'export NDSC_HOME="$PWD/network-two"': "belongs to that server",
}
"""Lines that are not run, by how they begin, with the reason."""

_BLOCK = re.compile(
    r"^```sh(?: exits=(?P<code>\d+))?\n(?P<body>.*?)^```$(?:\n\n```text\n(?P<said>.*?)^```$)?", re.MULTILINE | re.DOTALL
)
_EXPORT = re.compile(r"^export .*$", re.MULTILINE)


class Block(NamedTuple):
    """One shell block."""

    line: int
    exits: int
    body: str
    said: str | None


def blocks(page: Path) -> Iterator[Block]:
    """The shell blocks of a page without the lines that are exempt."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        kept = [line for line in found["body"].splitlines() if not line.startswith(tuple(EXEMPT))]
        yield Block(text.count("\n", 0, found.start()) + 2, int(found["code"] or 0), "\n".join(kept), found["said"])


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """A reader's environment after `make demo`: fewer people, a server that is up, and the command on the path."""
    folder = tmp_path_factory.mktemp("docs")
    with TemporaryServer(durable=False) as server, preloaded(tmp_path_factory.mktemp("ndsc")) as commands:
        url = server.url_of("postgres")
        with Network(folder / "home", database_url=url) as network:
            _demonstrate(network, folder)
        yield {
            **{name: value for name, value in os.environ.items() if not name.startswith(OURS)},
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "NDSC_HOME": str(folder / "home"),
            "NDSC_DATABASE_URL": url,
            "BROWSER": "true",
            "TERM": "dumb",
        }


def _demonstrate(network: Network, folder: Path) -> None:
    generate(folder, PEOPLE, scenario.FORCES, scenario.SEED, {})
    network.apply(load_paths([Path(scenario.__file__).parent / "manifests"]))
    for force in scenario.FORCES:
        network.node(force).loader.load(folder / f"{force}.jsonl", shipped("ndsc-synthetic"))
    for sample in SAMPLES:
        if sample.force in ("durham", "city-of-london"):
            file = trim(sample.path, folder) if sample.path.suffix == ".csv" else sample.path
            network.node(sample.force).loader.load(file, shipped(sample.connector))
    network.serve()
    for force in scenario.FORCES:
        network.node(force).indexer.drain()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(blocks(page))], ids=lambda page: str(page.relative_to(ROOT))
)
def test_the_shell_blocks_of_a_page_run(page: Path, reader: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "platform").symlink_to(ROOT / "platform")
    exported = ""
    for block in blocks(page):
        ran = _run(f"{exported}\n{block.body}", tmp_path, reader)
        where = f"{page.relative_to(ROOT)}, line {block.line}"
        assert ran.returncode == block.exits, f"{where}: exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        said = ran.stdout + ran.stderr
        assert block.said is None or prints(block.said, said), f"{where} does not print what the page says, but\n{said}"
        exported += "\n".join(["", *_EXPORT.findall(block.body)])  # a reader's shell remembers what was exported


def prints(shown: str, said: str) -> bool:
    """Whether a page's output block is what was printed; spaces at the ends of lines do not count."""
    pattern = ""
    for line in shown.splitlines():
        any_lines = line.strip() == "..."
        pattern += r"(?:.*\n)*" if any_lines else r".*".join(map(re.escape, line.rstrip().split("..."))) + r"\n"
    printed = "".join(f"{line.rstrip()}\n" for line in said.splitlines())
    return re.fullmatch(pattern, printed) is not None


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        ("a\nb\n", "a  \nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\n", False),
        ("took ... ms (x)\n", "took 12.5 ms (x)\n", True),
        ("took ... ms\n", "took 12.5 s\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_an_output_block_is_compared_but_for_its_ellipses(shown: str, said: str, same: bool) -> None:
    assert prints(shown, said) is same


def test_pages_show_what_commands_print() -> None:
    assert sum(block.said is not None for page in PAGES for block in blocks(page)) >= 10


def test_every_output_block_stands_after_a_command() -> None:
    for page in [page for page in PAGES if "reference" not in page.parts]:
        text = page.read_text(encoding="utf-8")
        shown = sum(block.said is not None for block in blocks(page))
        assert text.count("\n```text\n") == shown, f"{page.name} has an output block that no test compares"


def _run(script: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_no_line_is_exempt_without_need() -> None:
    lines = [
        line for page in PAGES for found in _BLOCK.finditer(page.read_text("utf-8")) for line in found[0].splitlines()
    ]
    assert [start for start in EXEMPT if not any(line.startswith(start) for line in lines)] == []
