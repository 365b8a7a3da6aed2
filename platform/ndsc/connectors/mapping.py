"""From a row to records and links: a connector compiled into a mapper, which is what a load runs for every row.

Each body is validated by the model. An envelope is validated once for all rows that say the same of it. Records and
links are then put together from parts that are valid already; a property test holds them equal to what full
validation gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ndsc.connectors.bodies import Built, RecordPlan
from ndsc.connectors.connector import Connector, LinkOf, RecordOf
from ndsc.connectors.envelopes import EnvelopeMakers
from ndsc.connectors.references import digest_of, joined_reference, numbered, occurrences
from ndsc.connectors.rows import RawRow
from ndsc.connectors.values import Absent, Getter, Place, ValueProblem, Values, compile_value
from ndsc.model.pole import SubjectCategory
from ndsc.model.record import Link, Provenance, Record

_MAX_EACH = 200


class Mapped(NamedTuple):
    """What a row gives; the first record is the row's own."""

    reference: str
    records: tuple[Record, ...]
    ids: tuple[str, ...]
    """The identity of each record, worked out already."""
    links: tuple[Link, ...]


class Rejected(NamedTuple):
    """Why a row gives nothing: a short code to count by, the attribute, and a sentence for whoever mends it."""

    reason: str
    field: str
    detail: str
    column: str = ""
    """The source column, where one is to blame."""


def compile_connector(connector: Connector, force: str, file_name: str | None = None) -> Mapper:
    """Make a connector ready for one force and file. Raises :class:`ConnectorError` for a mapping that cannot be."""
    return Mapper(connector, force, file_name)


class Mapper:
    """A connector made ready for one force and one file."""

    def __init__(self, connector: Connector, force: str, file_name: str | None) -> None:
        self.connector = connector
        self.force = force
        self._blank = frozenset({"", *connector.format.blank})
        self._provenance = Provenance(connector=connector.label, file=(file_name or "")[:200] or None, line=1)
        self._row = Place("", self._blank)
        self._envelopes = EnvelopeMakers(force, connector.source_system)
        self._plans: dict[tuple[str, str], RecordPlan] = {}
        first, *others = connector.records
        self._first = (first.name, self._plan(first, ""))
        self._single = [(spec.name, self._plan(spec, "")) for spec in others if spec.each is None]
        self._repeated = [spec for spec in others if spec.each is not None]
        for spec in self._repeated:
            self._plan(spec, spec.each or "")  # so that a bad attribute is found now, not at the first row with one
        self._each_of = {spec.name: spec.each or "" for spec in connector.records}
        self._links = [(spec, _pattern(spec)) for spec in connector.links]
        self._categories: dict[tuple[int, str], Getter | None] = {}

    def reference(self, row: RawRow) -> str:
        """What names the row in its source: its reference columns, or a digest of its values where one is blank."""
        if row.named is not None and row.named[0] is self:
            return row.named[1]
        reference = self._reference_of(row.values)
        row.named = (self, reference)
        return reference

    def _reference_of(self, values: Values) -> str:
        known = self.connector.reference
        parts = [self._row.text(values, column) for column in known.columns]
        if parts and all(parts):
            return joined_reference(parts)
        return "row-" + digest_of([self._row.text(values, name) for name in known.otherwise or sorted(values)])

    def map(self, row: RawRow, occurrence: int = 1) -> Mapped | Rejected:
        """The records and links of a row, the ``occurrence``-th of its file (from 1) with that reference."""
        reference = self.reference(row)
        if occurrence > 1:
            reference = f"{reference}#{occurrence}"
        try:
            return self._build(row, reference)
        except ValueProblem as problem:
            return Rejected(problem.reason, problem.field, problem.detail, problem.column)

    def _build(self, row: RawRow, reference: str) -> Mapped:
        provenance = self._provenance.__copy__()
        provenance.__dict__["line"] = row.line  # a reader counts from 1, so the copy is as valid as what it copies
        values = row.values
        name, plan = self._first
        made = {name: [plan.build(values, reference, provenance)]}
        for name, plan in self._single:
            if plan.applies(values):
                made[name] = [plan.build(values, f"{reference}/{name}", provenance)]
        for spec in self._repeated:
            made[spec.name] = self._each(spec, values, reference, provenance)
        records = _distinct(built for group in made.values() for built in group)
        links = self._link(values, made) if self.connector.links else ()
        return Mapped(reference, tuple(records.values()), tuple(records), links)

    def _each(self, spec: RecordOf, values: Values, reference: str, provenance: Provenance) -> list[Built]:
        start = spec.each or ""
        built = []
        for number in occurrences(list(values), start):
            if number > _MAX_EACH:
                raise ValueProblem("too-many-parts", f"the row repeats {start} over {_MAX_EACH} times")
            plan = self._plan(spec, numbered(start, number))
            if plan.applies(values):
                built.append(plan.build(values, f"{reference}/{spec.name}.{number}", provenance))
        return built

    def _plan(self, spec: RecordOf, prefix: str) -> RecordPlan:
        plan = self._plans.get((spec.name, prefix))
        if plan is None:
            plan = RecordPlan(self.connector, spec, Place(prefix, self._blank), self.force, self._envelopes)
            self._plans[spec.name, prefix] = plan
        return plan

    def _link(self, values: Values, made: dict[str, list[Built]]) -> tuple[Link, ...]:
        found: dict[tuple[str, str, str, str | None], Link] = {}
        for index, (spec, pattern) in enumerate(self._links):
            for source, target in self._pairs(spec, made):
                if source.id == target.id:
                    continue
                category = self._category(index, spec, source.prefix or target.prefix, values)
                link = pattern.__copy__()
                # Valid: record_id made both ids, and the connector's own check says which links have a category.
                link.__dict__.update(source=source.id, target=target.id, subject_category=category)
                found[source.id, target.id, spec.role, category] = link
        return tuple(found.values())

    def _pairs(self, spec: LinkOf, made: dict[str, list[Built]]) -> Iterator[tuple[Built, Built]]:
        beside = bool(self._each_of[spec.source]) and self._each_of[spec.source] == self._each_of[spec.target]
        for source in made.get(spec.source, ()):
            for target in made.get(spec.target, ()):
                if not beside or source.prefix == target.prefix:
                    yield source, target

    def _category(self, index: int, spec: LinkOf, prefix: str, values: Values) -> SubjectCategory | None:
        if spec.subject_category is None:
            return None
        getter = self._categories.get((index, prefix))
        if getter is None:
            getter = compile_value(spec.subject_category, Place(prefix, self._blank))
            self._categories[index, prefix] = getter
        try:
            value = getter(values)
        except ValueProblem as problem:
            problem.field = "subject_category"
            raise
        if value is None or isinstance(value, Absent):
            raise ValueProblem("missing-value", "what the person is to the event is not said", "subject_category")
        try:
            return SubjectCategory(value)
        except ValueError as error:
            raise ValueProblem(
                "not-in-code-list",
                "it is not suspect, convicted, victim, witness or other",
                "subject_category",
            ) from error


def _pattern(spec: LinkOf) -> Link:
    """A valid link in that role, to copy; its ends and its category are those of no record."""
    nowhere = "none.o.aaaaaaaaaaaaaaaa"
    return Link(source=nowhere, target=nowhere, role=spec.role, subject_category=None)


def _distinct(built: Iterator[Built]) -> dict[str, Record]:
    """Records by identity; a row may name one entity twice, and must then say the same of it."""
    found: dict[str, Record] = {}
    for record, identity, _ in built:
        known = found.setdefault(identity, record)
        if known is not record and known.body != record.body:
            raise ValueProblem("conflicting-parts", "the row names one entity twice and says two things of it")
    return found
