"""Signed heads and proofs are the C2SP texts that other implementations read and write."""

from __future__ import annotations

import base64

import pytest

from ndsc.audit.checkpoints import (
    key_id,
    open_checkpoint,
    open_note,
    read_proof,
    sign_checkpoint,
    sign_note,
    verify_proof,
    write_proof,
)
from ndsc.audit.errors import BadCheckpointError, BadProofError
from ndsc.audit.merkle import EMPTY_ROOT, TreeHead, inclusion_proof, leaf_hash, root
from ndsc.trust.keys import SigningKey, VerifyKey

ORIGIN = "ndsc.police.uk/audit/node/kent"
KEY = SigningKey.generate()
DATA = [f"{number} entry".encode() for number in range(7)]
LEAVES = [leaf_hash(data) for data in DATA]
HEAD = TreeHead(7, root(LEAVES))
CHECKPOINT = sign_checkpoint(ORIGIN, HEAD, KEY)
PROOF = write_proof(3, inclusion_proof(LEAVES, 3), CHECKPOINT)

# The example of the Go sumdb note package, from which the signed-note specification comes.
NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NEUMANN = VerifyKey(base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:])


def test_a_published_note_is_read_and_its_key_has_the_published_id() -> None:
    assert key_id("PeterNeumann", NEUMANN).hex() == "c74f20a3"
    assert open_note(NOTE, "PeterNeumann", NEUMANN).startswith("If you think")


def test_a_checkpoint_has_origin_size_and_root_on_a_line_each() -> None:
    lines = CHECKPOINT.split("\n")
    assert lines[:4] == [ORIGIN, "7", base64.b64encode(HEAD.root).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert open_checkpoint(CHECKPOINT, ORIGIN, KEY.public) == HEAD


def test_the_head_of_an_empty_log_is_signed_too() -> None:
    empty = TreeHead(0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(ORIGIN, empty, KEY), ORIGIN, KEY.public) == empty


def test_a_witness_adds_its_line_and_the_checkpoint_still_opens() -> None:
    witness = SigningKey.generate()
    text = CHECKPOINT.partition("\n\n")[0] + "\n"
    line = sign_note(text, "witness.example", witness).partition("\n\n")[2]
    for both in (CHECKPOINT + line, text + "\n" + line + CHECKPOINT.partition("\n\n")[2]):
        assert open_checkpoint(both, ORIGIN, KEY.public) == HEAD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        ORIGIN,
        CHECKPOINT[:-1],
        CHECKPOINT.replace("\n7\n", "\n8\n"),
        CHECKPOINT.replace("— ", "- "),
        CHECKPOINT.replace("\n\n", "\n"),
        CHECKPOINT.partition("\n\n")[0] + "\n\n",
        CHECKPOINT.partition("\n\n")[0] + "\n\n" + "— x AAAAAAAA\n" * 200,
        sign_checkpoint(ORIGIN, HEAD, SigningKey.generate()),
        sign_checkpoint("ndsc.police.uk/audit/node/gwent", HEAD, KEY),
        sign_note(f"{ORIGIN}\n07\n{base64.b64encode(HEAD.root).decode()}\n", ORIGIN, KEY),
        sign_note(f"{ORIGIN}\n-7\n{base64.b64encode(HEAD.root).decode()}\n", ORIGIN, KEY),
        sign_note(f"{ORIGIN}\n7\nAAAA\n", ORIGIN, KEY),
        sign_note(f"{ORIGIN}\n7\n!\n", ORIGIN, KEY),
        sign_note(f"{ORIGIN}\n7\n", ORIGIN, KEY),
        sign_note("somebody else\n7\n" + base64.b64encode(HEAD.root).decode() + "\n", ORIGIN, KEY),
    ],
)
def test_any_other_text_is_not_a_head_of_this_log(text: str) -> None:
    with pytest.raises(BadCheckpointError):
        open_checkpoint(text, ORIGIN, KEY.public)


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "new\nline"])
def test_a_key_name_that_the_format_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(BadCheckpointError):
        sign_note("text\n", name, KEY)


def test_a_proof_file_is_verified_by_itself() -> None:
    assert PROOF.startswith("c2sp.org/tlog-proof@v1\nindex 3\n")
    assert verify_proof(PROOF, DATA[3], ORIGIN, KEY.public) == HEAD


def test_a_proof_of_an_only_entry_has_no_hashes() -> None:
    only = sign_checkpoint(ORIGIN, TreeHead(1, LEAVES[0]), KEY)
    assert verify_proof(write_proof(0, [], only), DATA[0], ORIGIN, KEY.public).size == 1


def test_extra_data_in_a_proof_is_passed_over() -> None:
    extra = PROOF.replace("\nindex", "\nextra bm90ZQ==\nindex")
    assert read_proof(extra).index == 3
    assert verify_proof(extra, DATA[3], ORIGIN, KEY.public) == HEAD


def test_a_proof_is_of_its_own_entry_only() -> None:
    with pytest.raises(BadProofError):
        verify_proof(PROOF, DATA[4], ORIGIN, KEY.public)
    with pytest.raises(BadProofError):
        verify_proof(PROOF.replace("index 3", "index 4"), DATA[3], ORIGIN, KEY.public)
    with pytest.raises(BadProofError):
        verify_proof(PROOF.replace("index 3", "index 7"), DATA[3], ORIGIN, KEY.public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v2\nindex 3\n\n" + CHECKPOINT,
        PROOF.replace("index 3", "index 03"),
        PROOF.replace("index 3", "index three"),
        PROOF.replace("index 3\n", ""),
        PROOF.replace("index 3\n", "index 3\nAAAA\n"),
        PROOF.replace("index 3\n", "index 3\n?\n"),
    ],
)
def test_a_text_that_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(BadCheckpointError):
        verify_proof(text, DATA[3], ORIGIN, KEY.public)
