"""For any tree: its proofs hold, and no proof holds for anything else. One flipped bit anywhere is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.audit.errors import BadProofError
from ndsc.audit.merkle import (
    TreeHead,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(str(number).encode()) for number in range(80)]
HEADS = [TreeHead(size, root(LEAVES[:size])) for size in range(len(LEAVES) + 1)]

Check = Callable[[list[bytes]], None]


def mth(leaves: list[bytes]) -> bytes:
    """The definition of section 2.1, word for word: slow, and nothing like the code under test."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def refuses_every_other_proof(check: Check, proof: list[bytes], bit: int) -> None:
    """The right proof passes; shortened, lengthened, shuffled or with one bit flipped it does not."""
    check(proof)
    others = [[*proof, b"\x00" * 32], [b"\x00" * 32, *proof]]
    if proof:
        at = bit // 256 % len(proof)
        others += [proof[1:], proof[:-1], [*proof[:at], flipped(proof[at], bit % 256), *proof[at + 1 :]]]
    if len(set(proof)) > 1:
        others.append(proof[::-1])
    for other in others:
        with pytest.raises(BadProofError):
            check(other)


@given(st.integers(0, 80))
def test_the_root_is_the_one_that_the_standard_defines(size: int) -> None:
    assert HEADS[size].root == mth(LEAVES[:size])


@settings(max_examples=200)
@given(st.data(), st.integers(1, 80), st.integers(0, 65_535))
def test_an_inclusion_proof_holds_and_no_other_does(data: st.DataObject, size: int, bit: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(LEAVES[:size], index)
    refuses_every_other_proof(lambda p: verify_inclusion(LEAVES[index], index, HEADS[size], p), proof, bit)
    with pytest.raises(BadProofError):
        verify_inclusion(flipped(LEAVES[index], bit % 256), index, HEADS[size], proof)
    with pytest.raises(BadProofError):
        verify_inclusion(LEAVES[index], index, replace(HEADS[size], root=flipped(HEADS[size].root, bit % 256)), proof)


@settings(max_examples=200)
@given(st.data(), st.integers(2, 80))
def test_an_inclusion_proof_is_of_one_place_only(data: st.DataObject, size: int) -> None:
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    with pytest.raises(BadProofError):
        verify_inclusion(LEAVES[index], other, HEADS[size], inclusion_proof(LEAVES[:size], index))


@settings(max_examples=200)
@given(st.data(), st.integers(2, 80), st.integers(0, 65_535))
def test_a_consistency_proof_holds_and_no_other_does(data: st.DataObject, new: int, bit: int) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(LEAVES[:new], old)
    refuses_every_other_proof(lambda p: verify_consistency(HEADS[old], HEADS[new], p), proof, bit)
    for before, after in (
        (replace(HEADS[old], root=flipped(HEADS[old].root, bit % 256)), HEADS[new]),
        (HEADS[old], replace(HEADS[new], root=flipped(HEADS[new].root, bit % 256))),
    ):
        with pytest.raises(BadProofError):
            verify_consistency(before, after, proof)


@settings(max_examples=100)
@given(st.integers(1, 79), st.integers(1, 79), st.integers(0, 255))
def test_a_log_with_an_entry_rewritten_has_no_proof_from_the_old_head(old: int, at: int, bit: int) -> None:
    rewritten = list(LEAVES)
    rewritten[at % old] = flipped(rewritten[at % old], bit)
    with pytest.raises(BadProofError):
        verify_consistency(HEADS[old], TreeHead(80, root(rewritten)), consistency_proof(rewritten, old))
