"""The tree of RFC 6962: the eight-leaf vectors that implementations of it have shared since the first one."""

from __future__ import annotations

import hashlib

import pytest

from ndsc.audit.errors import BadProofError
from ndsc.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    TreeHead,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

DATA = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
LEAVES = [leaf_hash(data) for data in DATA]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def head(size: int) -> TreeHead:
    return TreeHead(size, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize("size", range(9))
def test_the_root_of_each_size_is_the_published_one(size: int) -> None:
    assert root(LEAVES[:size]).hex() == ROOTS[size]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert hashlib.sha256(b"").digest() == EMPTY_ROOT == Frontier().root()


def test_a_leaf_and_a_node_of_the_same_bytes_differ() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def test_a_tree_continued_from_its_frontier_is_the_same_tree() -> None:
    first = Frontier()
    for leaf in LEAVES[:5]:
        first.append(leaf)
    second = Frontier(5, first.peaks)
    for leaf in LEAVES[5:]:
        second.append(leaf)
    assert second.head() == head(8)


def test_the_peaks_of_seven_leaves_span_four_two_and_one() -> None:
    tree = Frontier()
    for leaf in LEAVES[:7]:
        tree.append(leaf)
    assert tree.spans() == [(0, 4), (4, 6), (6, 7)]
    assert [root(LEAVES[start:end]) for start, end in tree.spans()] == tree.peaks


@pytest.mark.parametrize(("size", "peaks"), [(1, []), (2, [b"x" * 32] * 2), (1, [b"short"]), (-1, [])])
def test_a_frontier_that_no_tree_has_is_refused(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(ValueError, match="does not have these"):
        Frontier(size, peaks)


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_an_inclusion_proof_is_the_published_one_and_holds(index: int, size: int) -> None:
    proof = inclusion_proof(LEAVES[:size], index)
    assert [node.hex() for node in proof] == INCLUSION[index, size]
    verify_inclusion(LEAVES[index], index, head(size), proof)


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_a_consistency_proof_is_the_published_one_and_holds(old: int, new: int) -> None:
    proof = consistency_proof(LEAVES[:new], old)
    assert [node.hex() for node in proof] == CONSISTENCY[old, new]
    verify_consistency(head(old), head(new), proof)


def test_the_empty_tree_comes_before_every_tree() -> None:
    verify_consistency(head(0), head(8), [])
    verify_consistency(head(0), head(0), [])
    with pytest.raises(BadProofError):
        verify_consistency(head(0), head(8), [LEAVES[0]])
    with pytest.raises(BadProofError):
        verify_consistency(TreeHead(0, LEAVES[0]), head(8), [])


def test_a_shrunken_tree_is_never_consistent() -> None:
    with pytest.raises(BadProofError):
        verify_consistency(head(8), head(6), consistency_proof(LEAVES, 6))


@pytest.mark.parametrize("index", [-1, 8, 9])
def test_there_is_no_proof_of_an_entry_outside_the_tree(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES, index)
    with pytest.raises(BadProofError):
        verify_inclusion(LEAVES[0], index, head(8), [])


@pytest.mark.parametrize("old", [-1, 0, 9])
def test_there_is_no_consistency_proof_from_outside_the_tree(old: int) -> None:
    with pytest.raises(IndexError):
        consistency_proof(LEAVES, old)
