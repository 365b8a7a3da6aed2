"""Does the log still say what it said? Every entry is hashed again and the tree built anew from the first.

What the database alone cannot show, heads kept elsewhere do: somebody who may write to the database can cut off the
tail, or rewrite entry, leaf and frontier together, but cannot make them fit a head that was signed and taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ndsc.audit.entries import leaf_data
from ndsc.audit.log import AuditLog, StoredEntry, StoredNode
from ndsc.audit.merkle import Frontier, TreeHead, leaf_hash

MAX_FINDINGS = 1_000
"""Findings listed one by one: a log that is wrong throughout need not be printed throughout."""

_MAX_COMPARED = 200  # entries among which a moved one is looked for: the work grows with the square
_UNKNOWN = b"\x00" * 32


class Fault(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    ADDED = "added"
    REWRITTEN = "rewritten"
    SHRUNK = "shrunk"
    HEAD = "head-damaged"
    NODE = "node-changed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, in the entries ``first`` to ``last``."""

    fault: Fault
    first: int
    last: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What verifying found. ``head`` is computed from the entries as they are now, not believed."""

    origin: str
    head: TreeHead
    findings: tuple[Finding, ...]
    kept_heads: int

    @property
    def intact(self) -> bool:
        """Nothing is wrong."""
        return not self.findings


def verify(log: AuditLog, kept: Iterable[TreeHead] = ()) -> Report:
    """Read the whole log as it is at one moment; compare it with itself, its inner nodes and the ``kept`` heads.

    Memory does not grow with the log: one pass, in pages.
    """
    heads = sorted(set(kept), key=lambda head: head.size)
    with log.snapshot() as (stored, entries, nodes):
        reading = _Reading(stored, heads.copy(), nodes)
        for entry in entries:
            reading.take(entry)
        findings = reading.finish()
        return Report(log.origin, reading.tree.head(), tuple(findings[:MAX_FINDINGS]), len(heads))


class _Reading:
    """One pass. :attr:`tree` is built from the entries' text; a second one from the leaves that are stored beside."""

    def __init__(self, stored: Frontier | None, kept: list[TreeHead], nodes: Iterator[StoredNode]) -> None:
        self.tree = Frontier()
        self._leaves = Frontier()
        self._whole = stored is not None
        self._stored = stored or Frontier()
        self._peaks = dict(zip(self._stored.spans(), self._stored.peaks, strict=True))
        self._starts = {end: start for start, end in self._peaks}
        self._kept = kept
        self._nodes = nodes
        self._node = next(nodes, None)
        self._agreed = 0
        self._misfits: list[StoredEntry] = []
        self._findings: list[Finding] = []
        if not self._whole:
            self._find(Fault.HEAD, 0, 0, "The stored tree head is missing or damaged.")
        self._look_at_kept_heads()

    def take(self, entry: StoredEntry) -> None:
        """The next row of the database, in the order of its numbers."""
        if entry.seq > self.tree.size:
            self._find_removed(entry.seq)
        if self._whole and entry.seq >= self._stored.size:
            self._find(Fault.ADDED, entry.seq, entry.seq, f"Entry {entry.seq} never went through the log's own door.")
        leaf = leaf_hash(leaf_data(entry.seq, entry.canonical))
        if leaf != entry.leaf and len(self._misfits) < MAX_FINDINGS:
            self._misfits.append(entry)
        self._grow(leaf, entry.leaf)

    def finish(self) -> list[Finding]:
        """Everything that was found, by place."""
        if self.tree.size < self._stored.size:
            self._find_removed(self._stored.size)
        for head in self._kept:
            now = self.tree.size
            self._find(
                Fault.SHRUNK, now, head.size - 1, f"A kept head commits to {head.size} entries; the log has {now}."
            )
        for entry in self._misfits:
            self._find_misfit(entry)
        for node in (self._node, *self._nodes) if self._node is not None else ():
            self._find_node(node)
        return sorted(self._findings, key=lambda finding: (finding.first, finding.last))

    def _grow(self, leaf: bytes, stored: bytes) -> None:
        self.tree.append(leaf)
        self._look_at_nodes(stored)
        self._leaves.append(stored)
        start = self._starts.get(self.tree.size)
        if start is not None and self._leaves.peaks[-1] != self._peaks[start, self.tree.size]:
            self._find_rewritten(start, "the log's own tree head")
        self._look_at_kept_heads()

    def _look_at_nodes(self, leaf: bytes) -> None:
        """Compare the inner nodes that end with this leaf; one that should have ended before is none of the tree's."""
        size = self._leaves.size + 1
        while self._node is not None and self._node.span[1] <= size:
            node, self._node = self._node, next(self._nodes, None)
            if node.span[1] < size or self._leaves.completed_by(leaf).get(node.level) != node.hash:
                self._find_node(node)

    def _look_at_kept_heads(self) -> None:
        while self._kept and self._kept[0].size <= self.tree.size:
            head = self._kept.pop(0)
            if head.root != self._leaves.root():
                self._find_rewritten(self._agreed, f"the kept head of {head.size} entries")
            else:
                self._agreed = head.size

    def _find_removed(self, end: int) -> None:
        first, last = self.tree.size, end - 1
        one = first == last
        self._find(
            Fault.REMOVED, first, last, f"Entry {first} is gone." if one else f"Entries {first} to {last} are gone."
        )
        while self.tree.size < end:
            self._grow(_UNKNOWN, _UNKNOWN)

    def _find_rewritten(self, first: int, witness: str) -> None:
        last = self.tree.size - 1
        if not any(finding.fault is Fault.REMOVED and finding.first <= last for finding in self._findings):
            self._find(
                Fault.REWRITTEN, first, last, f"Among entries {first} to {last} something does not fit {witness}."
            )

    def _find_node(self, node: StoredNode) -> None:
        first, last = max(0, node.span[0]), max(0, node.span[1] - 1)
        if not any(
            finding.fault is Fault.REMOVED and finding.first <= last and first <= finding.last
            for finding in self._findings
        ):
            self._find(Fault.NODE, first, last, f"The inner node kept for entries {first} to {last} is not theirs.")

    def _find_misfit(self, entry: StoredEntry) -> None:
        origin = self._place_of(entry)
        if origin is None:
            self._find(Fault.CHANGED, entry.seq, entry.seq, f"Entry {entry.seq} was changed.")
        else:
            self._find(Fault.MOVED, entry.seq, entry.seq, f"Entry {entry.seq} was written as entry {origin}.")

    def _place_of(self, entry: StoredEntry) -> int | None:
        """Where the entry stood: its number is in its leaf, which went with it or stayed behind."""
        for other in self._misfits[:_MAX_COMPARED]:
            if leaf_hash(leaf_data(other.seq, entry.canonical)) in (entry.leaf, other.leaf) and other is not entry:
                return other.seq
        return self._place_near(entry)

    def _place_near(self, entry: StoredEntry) -> int | None:
        """Entries that closed up behind a removed one are a few places from where they were."""
        for place in range(max(0, entry.seq - 3), entry.seq + 4):
            if leaf_hash(leaf_data(place, entry.canonical)) == entry.leaf:
                return place
        return None

    def _find(self, fault: Fault, first: int, last: int, sentence: str) -> None:
        if len(self._findings) < MAX_FINDINGS * 2:
            self._findings.append(Finding(fault, first, last, sentence))
