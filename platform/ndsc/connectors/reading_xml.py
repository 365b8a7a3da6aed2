"""XML exports, streamed: no tree is built, a document type declaration is refused, and nothing outside is fetched.

Entity bombs and external entities need a document type declaration, so a file that has one is not read at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from lxml import etree

from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.paths import RowBuilder, aliased_paths
from ndsc.connectors.rows import MAX_DEPTH, MAX_FIELD, BadRow, RawRow

_CHUNK = 65_536


def xml_rows(stream: BinaryIO, connector: Connector) -> Iterator[RawRow | BadRow]:
    """One row for each element whose path ends in ``format.record``; namespaces are left out of names.

    XML that stops being well formed gives one bad row where it stops, since nothing after it can be trusted.
    """
    finder = _RowFinder(tuple((connector.format.record or "").split("/")))
    names = aliased_paths(connector)
    # The parser's limits stay on (huge_tree is off), and no entity is resolved even though none can be declared.
    parser = etree.XMLParser(
        target=cast("Any", finder),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    line = 0
    try:
        while piece := stream.read(_CHUNK):
            parser.feed(piece)
            for built in finder.completed():
                line += 1
                yield built.row(line, names)
        parser.close()
    except etree.XMLSyntaxError as error:
        finder.found = True
        for built in finder.completed():
            line += 1
            yield built.row(line, names)
        why = f"from here on the file is not XML: {str(error.msg)[:160]}"
        yield BadRow(line + 1, "", "malformed-xml", why, last=True)
    if not finder.found:
        raise UnreadableFileError(f"the file has no element {connector.format.record}")


@dataclass(slots=True)
class _Element:
    path: str
    text: list[str] = field(default_factory=list)
    length: int = 0
    children: dict[str, int] = field(default_factory=dict)
    nil: bool = False


class _RowFinder:
    """The parser's target: it is told of each start, text and end."""

    def __init__(self, home: tuple[str, ...]) -> None:
        self._home = home
        self._outside: list[str] = []
        self._open: list[_Element] = []
        self._builder = RowBuilder()
        self._lost = 0
        self._done: list[RowBuilder] = []
        self.found = False

    def completed(self) -> list[RowBuilder]:
        """The rows that ended since it was last asked."""
        done, self._done = self._done, []
        return done

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise UnreadableFileError(
            "the file declares a document type, which exports do not need and attacks do",
            hint="export it again without a DOCTYPE",
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if not self._open:
            self._outside.append(name)
            if len(self._outside) > 4 * MAX_DEPTH:
                raise UnreadableFileError(f"the file is nested over {4 * MAX_DEPTH} deep outside its rows")
            if tuple(self._outside[-len(self._home) :]) != self._home:
                return
            self.found = True
            self._builder = RowBuilder()
            self._enter("", attributes)
        elif self._lost or len(self._open) > MAX_DEPTH:
            self._builder.fail("too-deep", f"the row is nested over {MAX_DEPTH} deep")
            self._lost += 1
        else:
            parent = self._open[-1]
            count = parent.children[name] = parent.children.get(name, 0) + 1
            own = name if count == 1 else f"{name}[{count}]"
            self._enter(f"{parent.path}/{own}" if parent.path else own, attributes)

    def _enter(self, path: str, attributes: dict[str, str]) -> None:
        element = _Element(path)
        self._open.append(element)
        for key, value in attributes.items():
            name = _local(key)
            if name == "nil" and value in {"true", "1"}:
                element.nil = True
            else:
                self._builder.put(f"{path}/@{name}" if path else f"@{name}", value)

    def data(self, text: str) -> None:
        if not self._open or self._lost or self._builder.broken:
            return
        element = self._open[-1]
        element.length += len(text)
        if element.length > MAX_FIELD:
            self._builder.fail("value-too-long", f"a value is over {MAX_FIELD} characters")
            element.text.clear()
        else:
            element.text.append(text)

    def end(self, tag: str) -> None:
        if self._lost:
            self._lost -= 1
            return
        if not self._open:
            self._outside.pop()
            return
        element = self._open.pop()
        text = "".join(element.text).strip()
        if text and not element.nil:
            self._builder.put(element.path or "text()", text)
        if not self._open:
            self._outside.pop()
            self._done.append(self._builder)

    def comment(self, text: str) -> None:
        """Comments are no data."""

    def pi(self, target: str, data: str | None = None) -> None:
        """Processing instructions are no data."""

    def close(self) -> None:
        """The end of the document; the rows have been handed over already."""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
