"""Manifests from files, folders and standard input: all of them valid, or none and every reason why."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ndsc.errors import NotFoundError
from ndsc.resources.base import Manifest
from ndsc.resources.documents import MAX_BYTES, Document, read_documents
from ndsc.resources.errors import ManifestError, Problem
from ndsc.resources.force import Force
from ndsc.resources.kinds import KINDS
from ndsc.resources.validation import check_forces, validate

MAX_FILES = 2_000
SUFFIXES = frozenset({".yaml", ".yml", ".json"})
STDIN = "-"


def load_paths(paths: Iterable[str | Path], *, recursive: bool = False, known: Collection[str] = ()) -> list[Manifest]:
    """The manifests of files and folders (``-`` is standard input), in the order in which they are to be applied.

    ``known`` are codes of forces beside those of the shipped list. Raises ManifestError with all problems of all
    files, or NotFoundError for a path that is not there.
    """
    documents = [document for path in paths for document in _documents(str(path), recursive=recursive)]
    return load_documents(documents, known=known)


def load_text(text: str | bytes, source: str = "manifest", *, known: Collection[str] = ()) -> list[Manifest]:
    """The manifests of one text. Raises ManifestError."""
    data = text.encode() if isinstance(text, str) else text
    return load_documents(read_documents(data, source), known=known)


def load_documents(documents: Sequence[Document], *, known: Collection[str] = ()) -> list[Manifest]:
    """The manifests of documents that were read. Raises ManifestError."""
    items = [item for document in documents for item in _items(document)]
    made: list[tuple[Document, Manifest]] = []
    problems: list[Problem] = []
    for item in items:
        manifest, wrong = validate(item.value)
        problems += [_placed(item, path, problem) for path, problem in wrong]
        if manifest is not None:
            made.append((item, manifest))
    codes = {manifest.spec.code for _, manifest in made if isinstance(manifest, Force)}
    for item, manifest in made:
        wrong = check_forces(manifest, known if isinstance(manifest, Force) else {*known, *codes})
        problems += [_placed(item, path, problem) for path, problem in wrong]
    problems += _twice(made)
    if problems:
        raise ManifestError(problems)
    order = list(KINDS)
    return sorted((manifest for _, manifest in made), key=lambda manifest: order.index(manifest.kind))


def _items(document: Document) -> Iterator[Document]:
    """The document, or what is in a List, which is how ``get -o yaml`` prints several."""
    value = document.value
    if not (isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list)):
        yield document
        return
    for index, item in enumerate(value["items"]):
        lines = {path[2:]: line for path, line in document.lines.items() if path[:2] == ("items", index)}
        yield replace(document, value=item, lines=lines)


def _placed(document: Document, path: tuple[str | int, ...], problem: Problem) -> Problem:
    return replace(problem, source=document.source, document=document.number, line=document.line_of(path))


def _twice(made: Sequence[tuple[Document, Manifest]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str | None, str], Document] = {}
    for document, manifest in made:
        key = (manifest.kind, manifest.metadata.namespace, manifest.name)
        first = seen.setdefault(key, document)
        if first is not document:
            message = f"{manifest.kind} {manifest.name} is also in {first.source}, document {first.number}"
            yield _placed(document, ("metadata", "name"), Problem("metadata.name", message, "Keep one of the two."))


def _documents(path: str, *, recursive: bool) -> Iterator[Document]:
    if path == STDIN:
        yield from read_documents(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
        return
    for file in _files(Path(path), recursive=recursive):
        yield from read_documents(_content(file), str(file))


def _files(path: Path, *, recursive: bool) -> list[Path]:
    if not path.exists():
        raise NotFoundError(
            f"the path {str(path)!r} does not exist", hint="Give a file, a folder, or - for standard input."
        )
    if not path.is_dir():
        return [path]
    found = path.rglob("*") if recursive else path.iterdir()
    files = sorted(file for file in found if file.suffix in SUFFIXES and file.is_file())
    if not files or len(files) > MAX_FILES:
        said = f"holds more than {MAX_FILES} manifests" if files else "holds no .yaml, .yml or .json file"
        raise ManifestError([Problem("", f"the folder {said}", "", str(path))])
    return files


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ManifestError([Problem("", f"cannot be read: {error.strerror}", "", str(file))]) from error
