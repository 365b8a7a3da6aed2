"""What governs the records of a row: times, marking, grading, retention; worked out once for equal statements."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ndsc.connectors.connector import Envelope, ValueOf
from ndsc.connectors.errors import ConnectorError
from ndsc.connectors.values import Absent, Place, ValueProblem, Values, compile_value, texts_of
from ndsc.model.handling import Grading, ProtectiveMarking
from ndsc.model.pole import Event
from ndsc.model.record import Provenance, Record, RetentionGroup
from ndsc.model.retention import review_on, years_after

T = TypeVar("T")

_REMEMBERED = 4096
_MANY = frozenset({"descriptors", "caveats", "instructions"})
_MOMENT = TypeAdapter(datetime)
_DAY = TypeAdapter(date)


class EnvelopeMaker:
    """Gives the envelope of a row: a validated record in which all but identity, provenance and body is right."""

    def __init__(self, envelope: Envelope, place: Place, force: str, source_system: str) -> None:
        if envelope.recorded_at is None:
            raise ConnectorError("envelope: recorded_at is needed: a load must not invent when a source recorded")
        specs = {name: value for name, value in envelope if isinstance(value, ValueOf)}
        self._getters = [(name, compile_value(spec, place, many=name in _MANY)) for name, spec in specs.items()]
        self._keys = tuple({place.key(column) for spec in specs.values() for column in spec.sources})
        self._repeated = tuple({place.key(spec.each) for spec in specs.values() if spec.each})
        self._review_years = envelope.review_years
        self._fixed = {"force": force, "source_system": source_system}
        self._known: dict[tuple[str | None, ...], Record] = {}
        self._latest: tuple[Values | None, Record | None] = (None, None)

    def record(self, values: Values) -> Record:
        """The pattern to copy. Raises :class:`ValueProblem`."""
        row, found = self._latest
        if row is values and found is not None:  # the records of a row mostly have one envelope
            return found
        key = tuple([values.get(name) for name in self._keys])
        if self._repeated:
            key += tuple([text for name in self._repeated for text in (name, *texts_of(values, name))])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._make(values)
        self._latest = values, found
        return found

    def _make(self, values: Values) -> Record:
        said = self._said(values)
        recorded = _read(_MOMENT, "recorded_at", said.get("recorded_at"))
        group = _group(said.get("retention_group"))
        try:
            return Record.model_validate(
                {
                    **self._fixed,
                    "source_reference": "none",
                    "recorded_at": recorded,
                    "updated_at": said.get("updated_at", recorded),
                    "provenance": Provenance(connector="none"),
                    "marking": _marking(said),
                    "grading": _grading(said),
                    "public_interest_immunity": said.get("immunity", False),
                    "retention_group": group,
                    "review_on": self._review(said, recorded, group),
                    "assertion": said.get("assertion", "fact"),
                    "body": Event(),
                }
            )
        except ValidationError as error:
            raise problem_of(error) from error

    def _said(self, values: Values) -> dict[str, Any]:
        said = {}
        for name, get in self._getters:
            try:
                value = get(values)
            except ValueProblem as problem:
                problem.field = name
                raise
            if value is not None and not isinstance(value, Absent):
                said[name] = value
        return said

    def _review(self, said: Mapping[str, Any], recorded: datetime, group: RetentionGroup) -> date:
        if "review_on" in said:
            return _read(_DAY, "review_on", said["review_on"])
        try:
            if self._review_years:
                return years_after(recorded.date(), self._review_years)
            return review_on(group, [recorded.date()])
        except ValueError as error:  # after the year 9999
            raise ValueProblem(
                "bad-time", "recorded_at is too far away to say when to review", "recorded_at"
            ) from error


class EnvelopeMakers:
    """The makers of one connector: records whose envelope reads the same columns share one, and what it remembers."""

    def __init__(self, force: str, source_system: str) -> None:
        self._force = force
        self._source_system = source_system
        self._made: list[tuple[Envelope, str, EnvelopeMaker]] = []

    def maker(self, envelope: Envelope, place: Place) -> EnvelopeMaker:
        """The maker for an envelope in a part of a row."""
        specs = (value for _, value in envelope if isinstance(value, ValueOf))
        of_the_row = all(column.startswith("/") for spec in specs for column in spec.sources)
        prefix = "" if of_the_row else place.prefix
        for known, where, maker in self._made:
            if known == envelope and where == prefix:
                return maker
        maker = EnvelopeMaker(envelope, place, self._force, self._source_system)
        self._made.append((envelope, prefix, maker))
        return maker


def _read(adapter: TypeAdapter[T], name: str, value: Any) -> T:
    if value is None:
        raise ValueProblem("missing-value", f"{name} is blank, and it is needed", name)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise ValueProblem("bad-time", f"{name}: the value is not a date or time in ISO 8601", name) from error


def _group(value: Any) -> RetentionGroup:
    try:
        return RetentionGroup(str(value)) if value is not None else RetentionGroup.OTHER_OFFENCE
    except ValueError as error:
        raise ValueProblem(
            "bad-retention-group", "retention_group: the value is not 1 to 4", "retention_group"
        ) from error


def _marking(said: Mapping[str, Any]) -> ProtectiveMarking:
    """``OFFICIAL-SENSITIVE`` and ``Official Sensitive`` are OFFICIAL with the SENSITIVE marking."""
    tier = " ".join(str(said.get("tier", "OFFICIAL")).upper().replace("-", " ").replace(":", " ").split())
    plain = tier.removesuffix(" SENSITIVE")
    try:
        return ProtectiveMarking.model_validate(
            {
                "tier": plain,
                "sensitive": True if plain != tier else said.get("sensitive", False),
                **{name: said[name] for name in _MANY if name in said},
            }
        )
    except ValidationError as error:
        raise ValueProblem("bad-marking", f"protective marking: {problem_of(error).detail}", "tier") from error


def _grading(said: Mapping[str, Any]) -> Grading | None:
    if "grading" not in said:
        return None
    parts = ("conditions", "action", "sanitisation", "usage")
    try:
        return Grading.parse(str(said["grading"]), **{part: said.get(f"grading_{part}") for part in parts})
    except ValidationError as error:
        raise ValueProblem("bad-grading", f"grading: {problem_of(error).detail}", "grading") from error
    except ValueError as error:
        raise ValueProblem("bad-grading", "grading: the value is neither 3x5x2 nor 5x5x5", "grading") from error


def problem_of(error: ValidationError) -> ValueProblem:
    """The first finding of a validation, in one sentence that does not quote the value."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in found["loc"] if not str(part).startswith("function"))
    message = "it is not a valid value" if "'" in found["msg"] else found["msg"].removeprefix("Value error, ")
    return ValueProblem("invalid-value", f"{where}: {message}" if where else message, where)
