"""Which data nodes there are, as was heard of them."""

from __future__ import annotations

from typing import Any

from ndsc_operator.changes import Changes
from ndsc_operator.refs import Ref

NORTH, SOUTH = (Ref("ndsc.police.uk/v1alpha1", "DataNode", "kent", name) for name in ("north", "south"))
ONE: dict[str, Any] = {"kind": "DataNode", "metadata": {"uid": "u-1", "generation": 1}}


def test_a_node_is_there_from_when_it_was_first_heard_of_until_it_is_gone() -> None:
    changes = Changes()
    assert changes.there([NORTH, SOUTH]) == ()
    changes.heard(NORTH, ONE, gone=False)
    assert changes.there([NORTH, SOUTH]) == (NORTH,)
    changes.heard(NORTH, ONE, gone=True)
    assert changes.there([NORTH, SOUTH]) == ()


def test_once_it_begins_anew_all_is_news() -> None:
    changes = Changes()
    assert changes.heard(NORTH, ONE, gone=False) == (True, True)
    assert changes.heard(NORTH, ONE, gone=False) == (False, False)
    changes.begin_anew()
    assert changes.heard(NORTH, ONE, gone=False) == (True, True)
