"""The table of values in the chart's README, made from its values.yaml: the comment above a value is its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from ndsc.cli.reference.markdown import code, table

README = Path("charts/ndsc/README.md")
_VALUES = "values.yaml"
_BEGIN, _END = "<!-- Made from values.yaml by `make docs`. -->\n", "<!-- End of what is made. -->\n"


class UndocumentedValueError(Exception):
    """A value has no comment above it."""


def with_table(readme: Path = README) -> str:
    """The README's text with its table made anew. Raises :class:`UndocumentedValueError`."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    made = table(("value", "if left out", "meaning"), _rows((readme.parent / _VALUES).read_text(encoding="utf-8")))
    return f"{before}{_BEGIN}\n{made}\n{_END}{after}"


def _rows(text: str) -> Iterator[tuple[str, str, str]]:
    lines = text.splitlines()
    for path, key, value in _leaves(yaml.compose(text) or yaml.MappingNode("", []), ()):
        meaning = _comment_above(lines, key.start_mark.line)
        if not meaning:
            raise UndocumentedValueError(f"{'.'.join(path)} has no comment above it in {_VALUES}")
        written = text[value.start_mark.index : value.end_mark.index].strip()
        yield code(".".join(path)), code(written), meaning


def _leaves(node: yaml.Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], yaml.Node, yaml.Node]]:
    """Every value that is written on one line, with its path and key; a block is gone into."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        its = (*path, str(key.value))
        if isinstance(value, yaml.MappingNode) and not value.flow_style:
            yield from _leaves(value, its)
        else:
            yield its, key, value


def _comment_above(lines: list[str], line: int) -> str:
    found: list[str] = []
    while line > 0 and lines[line - 1].strip().startswith("#"):
        line -= 1
        found.insert(0, lines[line].strip().removeprefix("#").strip())
    return " ".join(found)
