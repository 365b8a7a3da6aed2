"""Label selectors mean what they mean to kubectl."""

from __future__ import annotations

import pytest

from ndsc.control.errors import BadSelectorError
from ndsc.control.selectors import parse_selector

LABELS = {"region": "wales", "tier": "2", "ndsc.police.uk/pilot": ""}


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ("", True),
        ("region=wales", True),
        ("region==wales", True),
        ("region=scotland", False),
        ("region!=scotland", True),
        ("region!=wales", False),
        ("absent!=anything", True),
        ("region in (scotland, wales)", True),
        ("region in (scotland)", False),
        ("region notin (scotland)", True),
        ("absent notin (x)", True),
        ("region", True),
        ("absent", False),
        ("!absent", True),
        ("!region", False),
        ("ndsc.police.uk/pilot=", True),
        ("region=wales,tier=2", True),
        ("region=wales,tier=3", False),
        (" region in (wales,scotland) , !absent ", True),
    ],
)
def test_a_selector_selects(selector: str, selects: bool) -> None:
    assert parse_selector(selector)(LABELS) is selects


@pytest.mark.parametrize("selector", ["a=b=c", "a>1", "in (x)", "a in x", "a in (x", "=", "a=b c", "x" * 5000])
def test_what_cannot_be_read_is_refused(selector: str) -> None:
    with pytest.raises(BadSelectorError):
        parse_selector(selector)
