"""The Rego tests beside the rules, run by the embedded engine: each rule named ``test_...`` must be true.

The embedded engine cannot evaluate ``with`` (it ends the process). So tests keep to one form, which means the same to
both engines: the first line of a test is ``given := ...``, and only helpers say ``with input as given``. Here each test
is run with its ``given`` as the input and without the ``with``; a test of another form is refused, not run wrongly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ndsc.policy.bundle import Bundle, Module
from ndsc.policy.rego import PolicyEngineError, RegoProgram

_PACKAGE = re.compile(r"^package ([\w.]+)$", re.MULTILINE)
_TEST = re.compile(r"^(test_\w+)(?: contains)? if \{?(?:\n\tgiven := (.*)$)?", re.MULTILINE)
_HELPER = re.compile(r"^(\w+)\(given\b", re.MULTILINE)
_WITH_GIVEN = " with input as given"


@dataclass(frozen=True, slots=True)
class RegoTest:
    """One test rule, and the expression for the input that it is given (empty: none)."""

    package: str
    name: str
    given: str

    @property
    def entrypoint(self) -> str:
        """The rule's path as the engine wants it: ``ndsc/floor/immunity_test/test_...``."""
        return f"{self.package.replace('.', '/')}/{self.name}"

    def __str__(self) -> str:
        return f"{self.package.removeprefix('ndsc.')}.{self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test and whether it held; ``why`` says what happened when it did not."""

    test: RegoTest
    passed: bool
    why: str = ""


def find_tests(module: Module) -> tuple[RegoTest, ...]:
    """Every test rule of one file, in its order."""
    package = _PACKAGE.search(module.source)
    if package is None:
        raise PolicyEngineError(f"{module.path} names no package")
    return tuple(RegoTest(package.group(1), name, given or "") for name, given in _TEST.findall(module.source))


def without_with(module: Module) -> Module:
    """The file with each test's input as a rule of its own, and no ``with``.

    Raises :class:`~ndsc.policy.rego.PolicyEngineError` for a test that does not keep to the form.
    """
    source = module.source.replace(_WITH_GIVEN, "")
    code = re.sub(r"#.*", "", source)
    if re.search(r"\bwith (input|data)\b", code):
        raise PolicyEngineError(f"{module.path} uses `with` in another form than `with input as given`")
    if re.search(r"^\s*every\b", code, re.MULTILINE):
        raise PolicyEngineError(f"{module.path} uses `every`, which the embedded engine takes for true: count instead")
    body = source.partition("\ntest_")[2]
    for helper in _HELPER.findall(source):
        if re.search(rf"(?<![\w.]){helper}\((?!given\b)", body):
            raise PolicyEngineError(f"{module.path} calls {helper} with another input than `given`")
    inputs = [f"given_{test.name} := {test.given}" for test in find_tests(module) if test.given]
    return Module(module.path, "\n\n".join([source, *inputs, ""]))


def run_tests(bundle: Bundle) -> tuple[Outcome, ...]:
    """Run every test of the bundle. Raises :class:`~ndsc.policy.rego.PolicyEngineError` when it does not compile."""
    tests = [test for module in bundle.tests for test in find_tests(module)]
    modules = [*bundle.rules, *(without_with(module) for module in bundle.tests)]
    entrypoints = [entry for test in tests for entry in (test.entrypoint, *([_given(test)] if test.given else []))]
    program = RegoProgram(modules, bundle.cases, entrypoints)
    return tuple(_run(program, test) for test in tests)


def _given(test: RegoTest) -> str:
    return f"{test.package.replace('.', '/')}/given_{test.name}"


def _run(program: RegoProgram, test: RegoTest) -> Outcome:
    try:
        given = program.ask(_given(test), {}) if test.given else {}
        answer = program.ask(test.entrypoint, given)
    except PolicyEngineError as error:
        return Outcome(test, passed=False, why=error.message)
    return Outcome(test, passed=answer is True, why="" if answer is True else f"is {answer!r}, not true")
