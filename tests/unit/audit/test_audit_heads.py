"""Heads that are kept elsewhere survive there whole, bounded, and are believed for their signature alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ndsc.audit.checkpoints import sign_checkpoint
from ndsc.audit.errors import BadCheckpointError
from ndsc.audit.heads import MAX_KEPT, KeptHeads
from ndsc.audit.merkle import TreeHead
from ndsc.trust.keys import SigningKey

ORIGIN = "ndsc.police.uk/audit/node/kent"
KEY = SigningKey.generate()


def head(size: int) -> TreeHead:
    return TreeHead(size, size.to_bytes(32, "big"))


def test_heads_come_back_as_they_were_kept(tmp_path: Path) -> None:
    kept = KeptHeads(tmp_path / "safe" / "heads.json")
    for size in (3, 8):
        kept.keep(ORIGIN, sign_checkpoint(ORIGIN, head(size), KEY))
    kept.save()
    again = KeptHeads(tmp_path / "safe" / "heads.json")
    assert list(again.origins()) == [ORIGIN]
    assert again.heads(ORIGIN, KEY.public) == [head(3), head(8)]
    assert again.heads("another", KEY.public) == []
    assert [file.name for file in (tmp_path / "safe").iterdir()] == ["heads.json"]


def test_the_same_head_is_kept_once(tmp_path: Path) -> None:
    kept = KeptHeads(tmp_path / "heads.json")
    for _ in range(3):
        kept.keep(ORIGIN, sign_checkpoint(ORIGIN, head(3), KEY))
    assert kept.heads(ORIGIN, KEY.public) == [head(3)]


def test_a_long_history_thins_out_but_keeps_its_first_and_its_last(tmp_path: Path) -> None:
    kept = KeptHeads(tmp_path / "heads.json")
    for size in range(MAX_KEPT + 300):
        kept.keep(ORIGIN, sign_checkpoint(ORIGIN, head(size), KEY))
    sizes = [each.size for each in kept.heads(ORIGIN, KEY.public)]
    assert len(sizes) <= MAX_KEPT
    assert (sizes[0], sizes[-1]) == (0, MAX_KEPT + 299)
    assert sizes == sorted(sizes)


def test_a_head_that_somebody_else_signed_is_not_believed(tmp_path: Path) -> None:
    kept = KeptHeads(tmp_path / "heads.json")
    kept.keep(ORIGIN, sign_checkpoint(ORIGIN, head(3), SigningKey.generate()))
    with pytest.raises(BadCheckpointError):
        kept.heads(ORIGIN, KEY.public)


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', '{"a": [1]}', "[" * 100_000, "\ud800"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "heads.json"
    file.write_bytes(content.encode(errors="surrogatepass"))
    with pytest.raises(BadCheckpointError):
        KeptHeads(file)


def test_the_file_is_plain_json_of_checkpoints(tmp_path: Path) -> None:
    kept = KeptHeads(tmp_path / "heads.json")
    checkpoint = sign_checkpoint(ORIGIN, head(3), KEY)
    kept.keep(ORIGIN, checkpoint)
    kept.save()
    assert json.loads((tmp_path / "heads.json").read_text()) == {ORIGIN: [checkpoint]}
