"""The oblivious function, whatever the input: blinding hides it, and does not change the answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ndsc.errors import InvalidInputError
from ndsc.index import oprf
from ndsc.index.encoding import decode, encode
from ndsc.index.errors import ElementError

KEY = oprf.derive_key(bytes(32), b"test")
INPUTS = st.lists(st.binary(max_size=80), min_size=1, max_size=8)


@given(INPUTS)
@settings(max_examples=40)
def test_the_blinded_way_gives_what_the_direct_way_gives(inputs: list[bytes]) -> None:
    blinded = [oprf.blind(data) for data in inputs]
    evaluated = [oprf.evaluate(KEY, one.element) for one in blinded]
    outputs = oprf.finalize_all(inputs, [one.blind for one in blinded], evaluated)
    assert outputs == [oprf.evaluate_directly(KEY, data) for data in inputs]
    assert len(set(outputs)) == len(set(inputs))


@given(st.binary(max_size=80))
@settings(max_examples=40)
def test_the_same_input_never_looks_the_same_to_the_evaluator(data: bytes) -> None:
    assert oprf.blind(data).element != oprf.blind(data).element


@given(st.binary(max_size=80))
@settings(max_examples=40)
def test_another_key_gives_another_token(data: bytes) -> None:
    other = oprf.derive_key(bytes(32), b"other")
    assert oprf.evaluate_directly(KEY, data) != oprf.evaluate_directly(other, data)


@given(st.binary(max_size=40))
@settings(max_examples=1000)
def test_a_thousand_broken_elements_are_refused_or_evaluated_and_never_crash(element: bytes) -> None:
    try:
        evaluated = oprf.evaluate(KEY, element)
    except ElementError:
        return
    assert len(evaluated) == 32


@given(st.one_of(st.text(max_size=50), st.binary(min_size=32, max_size=32).map(encode)))
@settings(max_examples=1000)
def test_a_text_is_refused_or_is_the_one_text_of_its_bytes(text: str) -> None:
    try:
        data = decode(text)
    except InvalidInputError:
        return
    assert encode(data) == text
