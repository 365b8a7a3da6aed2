"""The Merkle tree of RFC 6962 section 2.1: pure functions over hashes, no storage, no entries.

A *frontier* is the list of roots of the full subtrees that a tree splits into, largest first, one for each 1 bit of its
size. It is all that is needed to append to a tree and to know its root, in 32 bytes times the logarithm of the size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ndsc.audit.errors import BadProofError

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256().digest()
"""The root of the tree of no leaves."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How many entries a log has, and the hash that commits to all of them in their order."""

    size: int
    root: bytes


def leaf_hash(data: bytes) -> bytes:
    """``MTH({d0})``: the 0x00 in front keeps a leaf from being passed off as a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that is only ever appended to; :attr:`peaks` are its full subtrees' roots, largest first."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count() or any(len(peak) != HASH_SIZE for peak in peaks):
            raise ValueError(f"a tree of {size} leaves does not have these {len(peaks)} peaks")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; on average one further hash is computed."""
        rest = self.size
        while rest & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            rest >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def completed_by(self, leaf: bytes) -> dict[int, bytes]:
        """The roots of the full subtrees that appending this leaf would complete, by their height."""
        completed = {0: leaf}
        for height, peak in enumerate(reversed(self.peaks)):
            if not self.size >> height & 1:
                break
            completed[height + 1] = node_hash(peak, completed[height])
        return completed

    def root(self) -> bytes:
        """``MTH`` of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def head(self) -> TreeHead:
        """Size and root."""
        return TreeHead(self.size, self.root())

    def spans(self) -> list[tuple[int, int]]:
        """For each peak, the leaves ``[start, end)`` under it."""
        return full_subtrees((0, self.size))


def full_subtrees(span: tuple[int, int]) -> list[tuple[int, int]]:
    """The full subtrees that a subtree of a proof splits into, largest first."""
    (start, end), spans = span, []
    for bit in range((end - start).bit_length() - 1, -1, -1):
        if end - start >> bit & 1:
            spans.append((start, start + (1 << bit)))
            start += 1 << bit
    return spans


def root(leaves: Sequence[bytes]) -> bytes:
    """``MTH`` of these leaf hashes (section 2.1)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


Span = tuple[int, int]
"""The leaves from the first number to before the second."""


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The subtrees whose roots are ``PATH(index, D[size])`` (section 2.1.1), nearest sibling first.

    Raises IndexError outside the tree.
    """
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} of a tree of {size}")
    path: list[Span] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low = middle
    return path[::-1]


def consistency_spans(old_size: int, size: int) -> list[Span]:
    """The same for ``PROOF(old_size, D[size])`` (section 2.1.2). Raises IndexError unless ``0 < old_size <= size``."""
    if not 0 < old_size <= size:
        raise IndexError(f"from {old_size} leaves to {size}")
    path: list[Span] = []
    low, high, complete = 0, size, True
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            path.append((middle, high))
            high = middle
        else:
            path.append((low, middle))
            low, complete = middle, False
    if not complete:
        path.append((low, high))
    return path[::-1]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """``PATH(index, leaves)``. Raises IndexError outside the tree."""
    return [root(leaves[low:high]) for low, high in inclusion_spans(index, len(leaves))]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """``PROOF(old_size, leaves)``. Raises IndexError unless ``0 < old_size <= len(leaves)``."""
    return [root(leaves[low:high]) for low, high in consistency_spans(old_size, len(leaves))]


def verify_inclusion(leaf: bytes, index: int, head: TreeHead, proof: Sequence[bytes]) -> None:
    """Raises :class:`BadProofError` unless ``leaf`` is number ``index`` under ``head`` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < head.size:
        raise BadProofError(f"A tree of {head.size} entries has no entry {index}.")
    position, last, node = index, head.size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProofError("The proof is longer than the tree is high.")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            position, last = _skip_right_edge(position, last)
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or node != head.root:
        raise BadProofError("The proof does not lead to the tree head.")


def verify_consistency(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> None:
    """Raises :class:`BadProofError` unless ``new`` only appends to ``old`` (RFC 9162 section 2.1.4.2).

    The empty tree is consistent with every tree, by an empty proof.
    """
    if not 0 <= old.size <= new.size:
        raise BadProofError(f"A tree of {new.size} entries does not come after one of {old.size}.")
    if old.size in (0, new.size):
        expected = EMPTY_ROOT if old.size == 0 else new.root
        if proof or old.root != expected:
            raise BadProofError("The two tree heads do not fit each other.")
        return
    _walk_consistency(old, new, list(proof))


def _walk_consistency(old: TreeHead, new: TreeHead, proof: list[bytes]) -> None:
    if old.size & (old.size - 1) == 0:
        proof.insert(0, old.root)
    if not proof:
        raise BadProofError("The proof is empty.")
    position, last = old.size - 1, new.size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            raise BadProofError("The proof is longer than the tree is high.")
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            position, last = _skip_right_edge(position, last)
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or before != old.root or after != new.root:
        raise BadProofError("The proof does not lead from the old tree head to the new one.")


def _skip_right_edge(position: int, last: int) -> tuple[int, int]:
    """On the right edge a node has no sibling on some levels: go up to where it is a right child."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _split(size: int) -> int:
    """The largest power of two smaller than ``size`` (section 2.1)."""
    return 1 << (size - 1).bit_length() - 1
