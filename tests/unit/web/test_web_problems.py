"""Problem documents that can always be sent."""

from __future__ import annotations

import json

from ndsc.web.problems import problem


def test_a_detail_that_is_no_text_is_answered_all_the_same() -> None:
    """Half a surrogate is how Python keeps a byte that is no UTF-8: what quotes it must not fail at being sent."""
    answer = problem(422, "invalid-input", "The input is not valid", "no column \udce9t\udce9")
    assert json.loads(bytes(answer.body))["detail"] == "no column ?t?"
