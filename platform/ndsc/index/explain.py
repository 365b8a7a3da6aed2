"""The table of keys in words: what the reference page prints, made from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ndsc.index.facets import FACETS
from ndsc.index.keys import KEY_RULES


class KeyExplanation(NamedTuple):
    """One rule in words."""

    kind: str
    rule: str
    made_of: str
    attributes: tuple[str, ...]
    bits: int
    why: str


def explain() -> Iterator[KeyExplanation]:
    """Each rule, in the order of the table."""
    for rule in KEY_RULES:
        facets = [FACETS[rule.kind][name] for name in rule.facets]
        yield KeyExplanation(
            kind=rule.kind.value,
            rule=rule.name,
            made_of=" + ".join(facet.words for facet in facets),
            attributes=tuple(dict.fromkeys(name for facet in facets for name in facet.attributes)),
            bits=rule.bits,
            why=rule.why,
        )


def markdown() -> str:
    """The same as a table in Markdown."""
    lines = ["| kind | key | made of | bits | finds in spite of, or what it is |", "| --- | --- | --- | ---: | --- |"]
    lines += [f"| {row.kind} | `{row.rule}` | {row.made_of} | {row.bits} | {row.why} |" for row in explain()]
    return "\n".join(lines) + "\n"
