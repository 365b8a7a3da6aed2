"""One record of a row: its body, validated by the model, in its envelope."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from ndsc.connectors.connector import Connector, RecordOf, ValueOf
from ndsc.connectors.envelopes import EnvelopeMakers, problem_of
from ndsc.connectors.errors import ConnectorError
from ndsc.connectors.references import bounded_reference, joined_reference
from ndsc.connectors.values import Absent, Getter, Place, ValueProblem, Values, compile_value
from ndsc.model.pole import BODIES, Body
from ndsc.model.record import Provenance, Record, record_id

_REMEMBERED = 8192


class Built(NamedTuple):
    """A record, with the identity that is already worked out, and the part of the row it came from."""

    record: Record
    id: str
    prefix: str


class RecordPlan:
    """A record of the connector, compiled for one part of a row."""

    def __init__(
        self, connector: Connector, spec: RecordOf, place: Place, force: str, envelopes: EnvelopeMakers
    ) -> None:
        self._spec = spec
        self._place = place
        self._force = force
        self._source_system = connector.source_system
        self._model = BODIES[spec.kind]
        fields = {**_own_fields(self._model, spec.attributes_from), **spec.fields}
        self._flat, self._nested = _getters(self._model, fields, place, spec.name)
        self._absent = _absent_prefix(spec, place)
        self._envelope = envelopes.maker(spec.envelope.over(connector.envelope), place)
        self._all = [place.key(column) for column in spec.when_all]
        self._any = [place.key(column) for column in spec.when_any]
        self._reference = [place.key(column) for column in spec.reference]
        self._known: dict[str, tuple[tuple[str | None, ...], Body, str]] = {}
        self._columns = tuple({place.key(column) for field in fields.values() for column in field.sources})

    def applies(self, values: Values) -> bool:
        """Whether the row has what this record is made of."""
        text = self._place.text
        if not all(text(values, key) for key in self._all):
            return False
        return not self._any or any(text(values, key) for key in self._any)

    def build(self, values: Values, row_reference: str, provenance: Provenance) -> Built:
        """The record. Raises :class:`ValueProblem`."""
        pattern = self._envelope.record(values)
        reference = self._own_reference(values) if self._reference else ""
        if reference:
            body, identity = self._shared(values, reference)
        else:
            reference = bounded_reference(row_reference)
            body, identity = self._body(values), self._identity(reference)
        record = pattern.__copy__()
        # Every part has been validated by the model already, so the copy is valid: a property test holds it to that.
        record.__dict__.update(source_reference=reference, provenance=provenance, body=body)
        return Built(record, identity, self._place.prefix)

    def _identity(self, reference: str) -> str:
        return record_id(self._force, self._spec.kind, self._source_system, reference)

    def _own_reference(self, values: Values) -> str:
        parts = [self._place.text(values, key) for key in self._reference]
        return joined_reference(parts) if any(parts) else ""

    def _shared(self, values: Values, reference: str) -> tuple[Body, str]:
        """Body and identity of an entity that many rows mention, made once for rows that say the same of it."""
        said = tuple([values.get(key) for key in self._columns])
        known = self._known.get(reference)
        if known is not None and known[0] == said:
            return known[1], known[2]
        body, identity = self._body(values), self._identity(reference)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[reference] = (said, body, identity)
        return body, identity

    def _body(self, values: Values) -> Body:
        found: dict[str, Any] = {}
        absent: dict[str, str] = self._stated_absence(values) if self._absent else {}
        name = ""
        try:
            for name, get in self._flat:
                value = get(values)
                if value is not None:
                    if isinstance(value, Absent):
                        absent[name] = value.why
                    else:
                        found[name] = value
            for name, getters in self._nested:
                inner = _inner(values, name, getters)
                if inner:
                    found[name] = inner
        except ValueProblem as problem:
            problem.field = problem.field or name
            raise
        if absent:
            found["absent"] = absent
        try:
            return self._model.model_validate(found)
        except ValidationError as error:
            raise problem_of(error) from error

    def _stated_absence(self, values: Values) -> dict[str, str]:
        start = self._absent
        return {key[len(start) :]: text for key, text in values.items() if key.startswith(start)}


Getters = list[tuple[str, Getter]]


def _inner(values: Values, outer: str, getters: Getters) -> dict[str, Any]:
    inner = {}
    for name, get in getters:
        try:
            value = get(values)
        except ValueProblem as problem:
            problem.field = f"{outer}.{name}"
            raise
        if value is not None and not isinstance(value, Absent):
            inner[name] = value
    return inner


def _getters(
    model: type[Body], fields: dict[str, ValueOf], place: Place, record: str
) -> tuple[Getters, list[tuple[str, Getters]]]:
    """Compiled getters of plain attributes, and of the attributes of nested ones."""
    flat: Getters = []
    nested: dict[str, Getters] = {}
    for target, spec in fields.items():
        outer, _, inner = target.partition(".")
        shape = _shape(model, target, record)
        getter = compile_value(spec, place, many=shape == "many", free_text=shape in {"text", "many"})
        if inner:
            nested.setdefault(outer, []).append((inner, getter))
        else:
            flat.append((outer, getter))
    return flat, list(nested.items())


def _shape(model: type[BaseModel], target: str, record: str) -> str:
    """``text``, ``many`` or ``other``; raises :class:`ConnectorError` for what is no attribute that can be mapped."""
    outer, _, inner = target.partition(".")
    field = model.model_fields.get(outer)
    if field is None or outer in {"kind", "absent"}:
        known = ", ".join(name for name in model.model_fields if name not in {"kind", "absent"})
        raise ConnectorError(
            f"record {record}: a {model.__name__.lower()} has no attribute {outer!r}", hint=f"it has: {known}"
        )
    plain = _plain(field.annotation)
    is_model = isinstance(plain, type) and issubclass(plain, BaseModel)
    if bool(inner) != is_model:
        what = f"has parts: write {outer}.street and the like" if is_model else "has no parts"
        raise ConnectorError(f"record {record}: {outer} {what}")
    if inner:
        return _shape(plain, inner, record)
    if typing.get_origin(plain) is tuple:
        return "many"
    return "text" if plain is str else "other"


def _plain(annotation: Any) -> Any:
    """The type without ``| None`` and without constraints."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return _plain(next(part for part in typing.get_args(annotation) if part is not type(None)))
    if origin is typing.Annotated:
        return _plain(typing.get_args(annotation)[0])
    return annotation


def _own_fields(model: type[BaseModel], start: str | None) -> dict[str, ValueOf]:
    """Every attribute of the model, read from an object that uses the model's own names."""
    if start is None:
        return {}
    return dict(_fields_below(model, start, ""))


def _fields_below(model: type[BaseModel], start: str, outer: str) -> Iterator[tuple[str, ValueOf]]:
    for name, field in model.model_fields.items():
        if name in {"kind", "absent"}:
            continue
        plain = _plain(field.annotation)
        if isinstance(plain, type) and issubclass(plain, BaseModel):
            yield from _fields_below(plain, f"{start}/{name}", f"{name}.")
        elif typing.get_origin(plain) is tuple:
            yield outer + name, ValueOf(each=f"{start}/{name}")
        else:
            yield outer + name, ValueOf(column=f"{start}/{name}")


def _absent_prefix(spec: RecordOf, place: Place) -> str:
    return place.key(f"{spec.attributes_from}/absent/") if spec.attributes_from else ""
