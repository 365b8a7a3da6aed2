"""From a row to records and links: a connector compiled into a mapper, which is what a load runs for every row.

Each body is validated by the model. An envelope is validated once for all rows that say the same of it. A load takes
the valid parts as they are; for others they are put together, and a property test holds what comes of that equal to
what full validation gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ndsc.connectors.bodies import Built, RecordPlan
from ndsc.connectors.connector import Connector, LinkOf, RecordOf
from ndsc.connectors.envelopes import EnvelopeMakers
from ndsc.connectors.references import digest_of, joined_reference, numbered, occurrences
from ndsc.connectors.rows import RawRow
from ndsc.connectors.values import Absent, Getter, Place, ValueProblem, Values, compile_value
from ndsc.model.pole import Role, SubjectCategory
from ndsc.model.record import Link, Provenance, Record

_MAX_EACH = 200


class Tie(NamedTuple):
    """A link in its parts: between identities that are made by rule, with a category where the connector has one."""

    source: str
    target: str
    role: Role
    subject_category: SubjectCategory | None


class Mapped(NamedTuple):
    """What a row gives; the first record is the row's own."""

    reference: str
    parts: tuple[Built, ...]
    """Its records, in their parts."""
    ties: tuple[Tie, ...]
    """Its links, in theirs."""
    line: int
    source: Provenance
    """Where it came from, but for its line."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The identity of each record."""
        return tuple(part.id for part in self.parts)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records, whole."""
        provenance = self.source.model_copy(update={"line": self.line})
        return tuple(part.record(provenance) for part in self.parts)

    @property
    def links(self) -> tuple[Link, ...]:
        """The links, whole and validated."""
        return tuple(Link(**tie._asdict()) for tie in self.ties)


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
        self._source = Provenance(connector=connector.label, file=(file_name or "")[:200] or None, line=1)
        self._row = Place("", self._blank)
        self._envelopes = EnvelopeMakers(force, connector.source_system)
        self._plans: dict[tuple[str, str], RecordPlan] = {}
        first, *others = connector.records
        self._single = [(first.name, "", self._plan(first, ""))]
        self._single += [(spec.name, f"/{spec.name}", self._plan(spec, "")) for spec in others if spec.each is None]
        self._repeated = [spec for spec in others if spec.each is not None]
        for spec in self._repeated:
            self._plan(spec, spec.each or "")  # so that a bad attribute is found now, not at the first row with one
        each = {spec.name: spec.each for spec in connector.records}
        self._links = [
            (link, each[link.source] is not None and each[link.source] == each[link.target]) for link in connector.links
        ]
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
        parts = self._row.texts(values, known.columns)
        if parts and all(parts):
            return joined_reference(parts)
        return "row-" + digest_of(self._row.texts(values, known.otherwise or sorted(values)))

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
        values = row.values
        made: dict[str, list[Built]] = {}
        for name, own_reference, plan in self._single:
            built = plan.build(values, reference + own_reference)
            if built is not None:
                made[name] = [built]
        for spec in self._repeated:
            made[spec.name] = self._each(spec, values, reference)
        parts = _distinct([built for group in made.values() for built in group])
        ties = self._tie(values, made) if self.connector.links else ()
        return Mapped(reference, parts, ties, row.line, self._source)

    def _each(self, spec: RecordOf, values: Values, reference: str) -> list[Built]:
        start = spec.each or ""
        built = []
        for number in occurrences(list(values), start):
            if number > _MAX_EACH:
                raise ValueProblem("too-many-parts", f"the row repeats {start} over {_MAX_EACH} times")
            plan = self._plan(spec, numbered(start, number))
            one = plan.build(values, f"{reference}/{spec.name}.{number}")
            if one is not None:
                built.append(one)
        return built

    def _plan(self, spec: RecordOf, prefix: str) -> RecordPlan:
        plan = self._plans.get((spec.name, prefix))
        if plan is None:
            plan = RecordPlan(self.connector, spec, Place(prefix, self._blank), self.force, self._envelopes)
            self._plans[spec.name, prefix] = plan
        return plan

    def _tie(self, values: Values, made: dict[str, list[Built]]) -> tuple[Tie, ...]:
        found: dict[Tie, None] = {}
        for index, (spec, beside) in enumerate(self._links):
            sources, targets = made.get(spec.source), made.get(spec.target)
            if not sources or not targets:
                continue
            for source in sources:
                for target in targets:
                    if source.id == target.id or (beside and source.prefix != target.prefix):
                        continue
                    category = self._category(index, spec, source.prefix or target.prefix, values)
                    found[Tie(source.id, target.id, spec.role, category)] = None
        return tuple(found)

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


def _distinct(built: Iterable[Built]) -> tuple[Built, ...]:
    """Each entity once; a row may name one twice, and must then say the same of it."""
    found: dict[str, Built] = {}
    for one in built:
        known = found.setdefault(one.id, one)
        if known is not one and known.said.body != one.said.body:
            raise ValueProblem("conflicting-parts", "the row names one entity twice and says two things of it")
    return tuple(found.values())
