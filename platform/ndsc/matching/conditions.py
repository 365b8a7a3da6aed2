"""Compiles a model's SQL conditions to Python, so that a search need not wait for a database to plan a query.

Only what models here use is known (see ``_FUNCTIONS``); any other SQL is refused when the model is read, never guessed
at. A comparison with ``NULL`` is not true, as in SQL; string functions work on UTF-8 bytes, as DuckDB's do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import jellyfish
import sqlglot
from sqlglot import exp

from ndsc.errors import InvalidInputError

Row = Sequence[Any]
Term = Callable[[Row, Row], Any]
"""A compiled expression over the left and the right row."""


class UnsupportedConditionError(InvalidInputError):
    """A model's condition uses SQL that the scorer does not know."""

    code = "unsupported-condition"
    title = "The model uses a comparison that is not supported"


def compile_condition(sql: str, columns: Mapping[str, int]) -> Term:
    """Compile a condition over ``COLUMN_l`` and ``COLUMN_r``; ``columns`` gives each column's place in a row."""
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except sqlglot.ParseError as error:
        raise UnsupportedConditionError(f"the condition {sql[:80]!r} is not SQL: {error}") from error
    return _Compiler(sql, columns).compile(tree)


def _bytewise(text: str) -> str:
    """A string of one character a byte of the text's UTF-8 form."""
    return text if text.isascii() else text.encode().decode("latin-1")


@lru_cache(maxsize=65_536)
def _jaro_winkler(left: str, right: str) -> float:
    return float(jellyfish.jaro_winkler_similarity(_bytewise(left), _bytewise(right)))


@lru_cache(maxsize=65_536)
def _damerau_levenshtein(left: str, right: str) -> int:
    return int(jellyfish.damerau_levenshtein_distance(_bytewise(left), _bytewise(right)))


def _levenshtein(left: str, right: str) -> int:
    return int(jellyfish.levenshtein_distance(_bytewise(left), _bytewise(right)))


def _lists_meet(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    return any(value in right for value in left)


def _substring(text: str, start: int, length: int) -> str:
    return text[start - 1 : start - 1 + length]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "jaro_winkler_similarity": _jaro_winkler,
    "damerau_levenshtein": _damerau_levenshtein,
    "levenshtein": _levenshtein,
    "list_has_any": _lists_meet,
    "starts_with": str.startswith,
    "length": len,
    "substr": _substring,
}
_COMPARISONS: dict[type[exp.Expr], Callable[[Any, Any], bool]] = {
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
    exp.GTE: operator.ge,
    exp.GT: operator.gt,
    exp.LTE: operator.le,
    exp.LT: operator.lt,
}
_NAMES: dict[type[exp.Expr], str] = {
    exp.JarowinklerSimilarity: "jaro_winkler_similarity",
    exp.Levenshtein: "levenshtein",
    exp.ArrayOverlaps: "list_has_any",
    exp.StartsWith: "starts_with",
    exp.Length: "length",
    exp.Substring: "substr",
}


def _on_columns(function: Callable[..., Any], mine: int, theirs: int) -> Term:
    def called(a: Row, b: Row) -> Any:
        x, y = a[mine], b[theirs]
        return None if x is None or y is None else function(x, y)

    return called


def _with_constant(compare: Callable[[Any, Any], bool], term: Term, constant: Any) -> Term:
    def compared(a: Row, b: Row) -> bool | None:
        x = term(a, b)
        return None if x is None else compare(x, constant)

    return compared


class _Compiler:
    """Turns one condition's syntax tree into nested closures."""

    def __init__(self, sql: str, columns: Mapping[str, int]) -> None:
        self._sql = sql
        self._columns = columns

    def compile(self, node: exp.Expr) -> Term:
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Literal):
            return self._literal(node)
        return self._operation(node)

    def _operation(self, node: exp.Expr) -> Term:
        if isinstance(node, exp.And | exp.Or):
            return self._connective(node)
        if isinstance(node, exp.Is):
            return self._is_null(node)
        if type(node) in _COMPARISONS:
            return self._comparison(node)
        return self._function(node)

    def _connective(self, node: exp.And | exp.Or) -> Term:
        left, right = self.compile(node.left), self.compile(node.right)
        if isinstance(node, exp.And):
            return lambda a, b: left(a, b) and right(a, b)
        return lambda a, b: left(a, b) or right(a, b)

    def _is_null(self, node: exp.Is) -> Term:
        if not isinstance(node.expression, exp.Null):
            raise self._unsupported(node)
        if isinstance(node.this, exp.Column):
            side, place = self._place(node.this)
            return (lambda a, _b: a[place] is None) if side == "l" else (lambda _a, b: b[place] is None)
        term = self.compile(node.this)
        return lambda a, b: term(a, b) is None

    def _place(self, node: exp.Column) -> tuple[str, int]:
        name, _, side = node.name.casefold().rpartition("_")
        if name not in self._columns or side not in ("l", "r"):
            raise self._unsupported(node)
        return side, self._columns[name]

    def _left_and_right(self, nodes: Sequence[exp.Expr]) -> tuple[int, int] | None:
        """The places of a left and a right column, if that is all the operands are: the usual case, made fast."""
        if len(nodes) != 2 or not all(isinstance(node, exp.Column) for node in nodes):
            return None
        first, second = (self._place(cast("exp.Column", node)) for node in nodes)
        return (first[1], second[1]) if (first[0], second[0]) == ("l", "r") else None

    def _column(self, node: exp.Column) -> Term:
        side, place = self._place(node)
        return (lambda a, _b: a[place]) if side == "l" else (lambda _a, b: b[place])

    def _literal(self, node: exp.Literal) -> Term:
        value = node.this if node.is_string else float(node.this) if "." in node.this else int(node.this)
        return lambda _a, _b: value

    def _comparison(self, node: exp.Expr) -> Term:
        compare = _COMPARISONS[type(node)]
        binary = cast("exp.Binary", node)
        places = self._left_and_right((binary.left, binary.right))
        if places is not None and compare is operator.eq:
            mine, theirs = places
            return lambda a, b: a[mine] is not None and a[mine] == b[theirs]
        left, right = self.compile(binary.left), self.compile(binary.right)
        if isinstance(binary.right, exp.Literal):
            return _with_constant(compare, left, right((), ()))

        def compared(a: Row, b: Row) -> bool | None:
            x = left(a, b)
            if x is None:
                return None
            y = right(a, b)
            return None if y is None else compare(x, y)

        return compared

    def _function(self, node: exp.Expr) -> Term:
        name = _NAMES.get(type(node)) or str(getattr(node, "name", "")).casefold()
        function = _FUNCTIONS.get(name)
        if function is None:
            raise self._unsupported(node)
        arguments = self._arguments(node)
        places = self._left_and_right(arguments)
        if places is not None:
            return _on_columns(function, *places)
        terms = [self.compile(argument) for argument in arguments]

        def called(a: Row, b: Row) -> Any:
            values = [term(a, b) for term in terms]
            return None if None in values else function(*values)

        return called

    def _arguments(self, node: exp.Expr) -> list[exp.Expr]:
        if isinstance(node, exp.Anonymous):
            return list(node.expressions)
        return [value for value in node.args.values() if isinstance(value, exp.Expr)]

    def _unsupported(self, node: exp.Expr) -> UnsupportedConditionError:
        return UnsupportedConditionError(f"cannot evaluate {node.sql('duckdb')!r} in the condition {self._sql!r}")
