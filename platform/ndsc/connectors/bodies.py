"""One record of a row: its body, validated by the model, in its envelope."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from ndsc.connectors.bodies_alike import BodiesAlike, Said, said_by
from ndsc.connectors.connector import Connector, RecordOf, ValueOf
from ndsc.connectors.envelopes import EnvelopeMakers, problem_of
from ndsc.connectors.errors import ConnectorError
from ndsc.connectors.references import bounded_reference, joined_reference
from ndsc.connectors.values import Absent, Getter, Place, ValueProblem, Values, compile_value
from ndsc.model.pole import BODIES, Body
from ndsc.model.record import Provenance, Record, RecordIds

_REMEMBERED = 2048


class Built(NamedTuple):
    """A record in its parts, each of which the model has validated: only some who ask need it put together."""

    id: str
    reference: str
    envelope: Record
    """A valid record, right in all but reference, provenance and body."""
    said: Said
    prefix: str = ""
    """The part of the row it came from."""

    def record(self, provenance: Provenance) -> Record:
        """The whole record."""
        whole = self.envelope.__copy__()
        # Parts that are valid make a valid record: a property test holds it to that.
        whole.__dict__.update(source_reference=self.reference, provenance=provenance, body=self.said.body)
        return whole


class RecordPlan:
    """A record of the connector, compiled for one part of a row."""

    def __init__(
        self, connector: Connector, spec: RecordOf, place: Place, force: str, envelopes: EnvelopeMakers
    ) -> None:
        self._spec = spec
        self._place = place
        self._identity = RecordIds(force, spec.kind, connector.source_system).of
        self._model = BODIES[spec.kind]
        self._valid = self._model.__pydantic_validator__.validate_python
        fields = {**_own_fields(self._model, spec.attributes_from), **spec.fields}
        self._flat, self._nested = _getters(self._model, fields, place, spec.name)
        self._absent = _absent_prefix(spec, place)
        self._envelope = envelopes.maker(spec.envelope.over(connector.envelope), place)
        self._all = [place.key(column) for column in spec.when_all]
        self._any = [place.key(column) for column in spec.when_any]
        self._reference = [place.key(column) for column in spec.reference]
        self._entities: dict[tuple[str | None, ...], tuple[str, str, Said]] = {}
        fixed = not self._absent and not any(field.each for field in fields.values())  # the columns are always the same
        self._columns = self._columns_of_an_entity(fields) if fixed else ()
        self._alike = self._bodies_alike(fields, connector.reference.columns) if fixed and not self._columns else None

    def _columns_of_an_entity(self, fields: dict[str, ValueOf]) -> tuple[str, ...]:
        """All that an entity with a reference of its own is read from; none for what belongs to the row."""
        if not self._reference:
            return ()
        read = [self._place.key(column) for field in fields.values() for column in field.sources]
        return tuple(dict.fromkeys([*self._all, *self._any, *self._reference, *read]))

    def _bodies_alike(self, fields: dict[str, ValueOf], row_reference: Sequence[str]) -> BodiesAlike | None:
        """For a body of which one text comes of the row's reference, and everything else may come again."""
        key = self._place.key
        own = [name for name, field in fields.items() if {key(column) for column in field.sources} & {*row_reference}]
        if len(own) != 1 or not BodiesAlike.can_differ_in(own[0]) or _shape(self._model, own[0], "") != "text":
            return None
        others = [key(column) for name, field in fields.items() if name != own[0] for column in field.sources]
        get = compile_value(fields[own[0]], self._place, free_text=True)
        return BodiesAlike(self._model, own[0], get, others)

    def _applies(self, values: Values) -> bool:
        """Whether the row has what this record is made of."""
        text = self._place.text
        for key in self._all:
            if not text(values, key):
                return False
        return not self._any or any(self._place.texts(values, self._any))

    def build(self, values: Values, row_reference: str) -> Built | None:
        """The record; ``None`` if the row has not what it is made of. Raises :class:`ValueProblem`.

        An entity that many rows mention is made once for rows that say the same of it.
        """
        said = tuple(map(values.get, self._columns))
        known = self._entities.get(said) if said else None
        if known is None and not self._applies(values):
            return None
        envelope = self._envelope.record(values)
        if known is None:
            known = self._made(values, row_reference, said)
        return Built(known[0], known[1], envelope, known[2], self._place.prefix)

    def _made(self, values: Values, row_reference: str, said: tuple[str | None, ...]) -> tuple[str, str, Said]:
        own = self._own_reference(values) if self._reference else ""
        reference = own or bounded_reference(row_reference)
        body = self._said(values)
        made = self._identity(reference), reference, body
        if own and said:
            if len(self._entities) >= _REMEMBERED:
                self._entities.clear()
            self._entities[said] = made
        return made

    def _own_reference(self, values: Values) -> str:
        parts = self._place.texts(values, self._reference)
        return joined_reference(parts) if any(parts) else ""

    def _said(self, values: Values) -> Said:
        if self._alike is None:
            return said_by(self._body(values))
        said = self._alike.find(values)
        if said is None:
            said = said_by(self._body(values))
            self._alike.remember(values, said)
        return said

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
            return self._valid(found)  # type: ignore[no-any-return]  # as model_validate does, without its options
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
