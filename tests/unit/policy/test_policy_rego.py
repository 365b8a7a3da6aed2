"""The Rego tests beside the rules, and the shape that rules and tests keep to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ndsc.model.sharing import DataCategory, Purpose
from ndsc.policy.bundle import Module, PoliciesMissingError, load_bundle, policies_folder
from ndsc.policy.rego import PolicyEngineError, RegoProgram
from ndsc.policy.testing import Outcome, find_tests, run_tests, without_with

BUNDLE = load_bundle()
OUTCOMES = run_tests(BUNDLE)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=[str(outcome.test) for outcome in OUTCOMES])
def test_each_rego_test_holds(outcome: Outcome) -> None:
    assert outcome.passed, outcome.why


@pytest.mark.parametrize("module", BUNDLE.rules, ids=[module.path for module in BUNDLE.rules])
def test_each_rule_has_its_test_beside_it(module: Module) -> None:
    beside = module.path.replace(".rego", "_test.rego")
    (test,) = [other for other in BUNDLE.tests if other.path == beside]
    assert find_tests(test)


@pytest.mark.parametrize("module", BUNDLE.rules, ids=[module.path for module in BUNDLE.rules])
def test_each_rule_stands_in_a_folder_of_its_name(module: Module) -> None:
    assert Path(module.path).parent.name == Path(module.path).stem
    assert f"package ndsc.{Path(module.path).parent.as_posix().replace('/', '.')}\n" in module.source


@pytest.mark.parametrize("module", BUNDLE.rules, ids=[module.path for module in BUNDLE.rules])
def test_no_rule_uses_what_a_filter_cannot_say(module: Module) -> None:
    code = re.sub(r"#.*", "", module.source)
    assert not re.search(r"\belse\b|\bevery\b|\bwith (input|data)\b|http\.send|time\.now_ns", code)


def test_every_rule_of_the_floor_is_asked() -> None:
    floor = next(module.source for module in BUNDLE.rules if module.path == "floor/floor.rego")
    rules = {Path(module.path).stem for module in BUNDLE.rules if module.path.count("/") == 2}
    assert len(rules) == 6
    for rule in rules:
        assert floor.count(f"{rule}.admits(record)") == 2
        assert f'"{rule}": {rule}.sentence' in floor


def test_the_rules_know_the_same_categories_and_purposes_as_the_model() -> None:
    program = RegoProgram(BUNDLE.rules, {}, ["ndsc/categories/all", "ndsc/search/purposes"])
    assert set(program.ask("ndsc/categories/all", {})) == set(DataCategory)
    assert set(program.ask("ndsc/search/purposes", {})) == set(Purpose)


def test_a_failing_test_says_so() -> None:
    rule = Module(
        "x/x_test.rego", "package ndsc.x_test\n\nimport rego.v1\n\ntest_wrong if 1 == 2\n\ntest_right if 1 == 1\n"
    )
    wrong, right = run_tests(type(BUNDLE)((rule,), {}))
    assert (wrong.passed, right.passed) == (False, True)
    assert "undefined" in wrong.why


def test_a_test_in_a_form_that_would_be_run_wrongly_is_refused() -> None:
    helper = "takes(given) if input.x with input as given\n"
    other_input = Module("a_test.rego", f"package ndsc.a_test\n\n{helper}\ntest_x if {{\n\ttakes({{}})\n}}\n")
    with pytest.raises(PolicyEngineError, match="another input"):
        without_with(other_input)
    with pytest.raises(PolicyEngineError, match="another form"):
        without_with(Module("a_test.rego", "package ndsc.a_test\n\ntest_x if input.x with input as {}\n"))
    with pytest.raises(PolicyEngineError, match="every"):
        without_with(
            Module("a_test.rego", "package ndsc.a_test\n\ntest_x if {\n\tevery x in [1] {\n\t\tx == 2\n\t}\n}\n")
        )


def test_rules_that_do_not_compile_are_an_error_that_says_so() -> None:
    with pytest.raises(PolicyEngineError, match="do not compile"):
        RegoProgram([Module("broken.rego", "package ndsc.broken\n\nx if {")], {}, ["ndsc/broken/x"])


def test_an_undefined_rule_is_no_answer() -> None:
    program = RegoProgram([Module("a.rego", "package ndsc.a\n\nimport rego.v1\n\nx if input.y")], {}, ["ndsc/a/x"])
    with pytest.raises(PolicyEngineError, match="undefined"):
        program.ask("ndsc/a/x", {})


def test_the_rules_are_found_and_an_empty_folder_is_not_taken_for_them(tmp_path: Path) -> None:
    assert (policies_folder() / "floor" / "floor.rego").exists()
    with pytest.raises(PoliciesMissingError):
        load_bundle(tmp_path)


def test_the_revision_names_rules_and_data() -> None:
    first = BUNDLE.revision({"agreements": {}})
    assert first == load_bundle().revision({"agreements": {}})
    assert first != BUNDLE.revision({"agreements": {"gwent": {}}})
    shorter = type(BUNDLE)(BUNDLE.modules[1:], BUNDLE.cases)
    longer = type(BUNDLE)((*BUNDLE.modules, Module("x/x.rego", "package ndsc.x")), BUNDLE.cases)
    assert shorter.revision({}) != longer.revision({}) != BUNDLE.revision({})
