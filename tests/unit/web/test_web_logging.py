"""A log line holds what is on the list and nothing else, whoever writes it and however."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog

import ndsc
from ndsc.web.identity import request_id
from ndsc.web.logging import ALLOWED, MAX_VALUE, configure

SECRET = "Zebediah Quillfeather"


@pytest.fixture
def logged() -> Iterator[StringIO]:
    stream = StringIO()
    configure(level="info", stream=stream)
    yield stream
    configure()


def only_line(logged: StringIO) -> dict[str, Any]:
    (line,) = logged.getvalue().splitlines()
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_a_field_that_is_not_on_the_list_is_dropped_and_counted(logged: StringIO) -> None:
    structlog.get_logger().info("loaded", rows=5, surname=SECRET, query={"surname": SECRET})
    line = only_line(logged)
    assert (line["event"], line["rows"], line["dropped"], line["level"]) == ("loaded", 5, 2, "info")
    assert SECRET not in logged.getvalue()


@pytest.mark.parametrize("value", [{"surname": SECRET}, [SECRET], (SECRET,), object(), SECRET * 50, b"bytes"])
def test_a_field_on_the_list_holds_a_code_or_a_number_only(logged: StringIO, value: object) -> None:
    structlog.get_logger().info("loaded", state=value)
    assert "state" not in only_line(logged)
    assert SECRET not in logged.getvalue()


def test_a_code_of_the_longest_kind_passes(logged: StringIO) -> None:
    structlog.get_logger().info("loaded", rule="x" * MAX_VALUE)
    assert only_line(logged)["rule"] == "x" * MAX_VALUE


def test_an_error_is_logged_by_type_and_place_without_its_message(logged: StringIO) -> None:
    try:
        {"known": 1}[SECRET]
    except KeyError:
        structlog.get_logger().exception("failed")
    line = only_line(logged)
    assert line["error"] == "KeyError"
    assert "test_web_logging:" in line["where"]
    assert SECRET not in logged.getvalue()


def test_a_line_carries_the_id_of_the_request_in_hand(logged: StringIO) -> None:
    mark = request_id.set("0123456789abcdef")
    structlog.get_logger().info("inside")
    request_id.reset(mark)
    assert only_line(logged)["request_id"] == "0123456789abcdef"


def test_other_libraries_speak_by_template_only(logged: StringIO) -> None:
    logging.getLogger("somebody.else").warning("cannot find %s", SECRET)
    line = only_line(logged)
    assert (line["event"], line["logger"]) == ("cannot find %s", "somebody.else")
    assert SECRET not in logged.getvalue()


def test_another_librarys_ready_made_message_or_traceback_is_not_repeated(logged: StringIO) -> None:
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("somebody.else").exception(f"cannot find {SECRET}")  # noqa: G004  # as such libraries do
    assert only_line(logged)["error"] == "ValueError"
    assert SECRET not in logged.getvalue()


def test_what_is_below_the_level_is_not_written(logged: StringIO) -> None:
    structlog.get_logger().debug("detail")
    assert logged.getvalue() == ""


def test_configuring_again_does_not_write_twice(logged: StringIO) -> None:
    configure(level="info", stream=logged)
    logging.getLogger("somebody.else").warning("once")
    assert len(logged.getvalue().splitlines()) == 1


def test_the_level_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    monkeypatch.setenv("NDSC_LOG_LEVEL", "ERROR")
    configure(stream=stream)
    structlog.get_logger().warning("not so bad")
    structlog.get_logger().error("bad")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["bad"]
    monkeypatch.delenv("NDSC_LOG_LEVEL")
    configure()


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a method of a module's ``_log`` in the product."""
    for file in sorted(Path(ndsc.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            target = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
            if isinstance(node, ast.Call) and isinstance(target, ast.Name) and target.id == "_log":
                yield f"{file.name}:{node.lineno}", node


def test_every_event_in_the_product_is_a_fixed_text_with_fields_of_the_list() -> None:
    calls = list(log_calls())
    assert calls, "the search for calls finds them"
    for place, call in calls:
        assert len(call.args) == 1, place
        assert isinstance(call.args[0], ast.Constant), f"{place}: an event made at run time may hold anything"
        unknown = {keyword.arg for keyword in call.keywords if keyword.arg} - ALLOWED - {"exc_info"}
        assert not unknown, f"{place}: {unknown} would be dropped"


def test_lines_go_to_what_is_standard_error_when_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    configure()
    stream = StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    structlog.get_logger().warning("late")
    assert json.loads(stream.getvalue())["event"] == "late"
