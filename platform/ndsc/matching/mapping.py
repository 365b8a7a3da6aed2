"""Reads people out of a CSV file by a declarative mapping: which column is the identifier, and what the others feed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import Field, ValidationError

from ndsc.errors import InvalidInputError
from ndsc.model.base import Model, Text
from ndsc.model.dates import PartialDate
from ndsc.model.pole import Address, Person

SHIPPED = Path(__file__).parent / "mappings"
_MAX_FIELD = 10_000
_PLAIN = frozenset(
    {"given_name", "middle_names", "surname", "previous_surname", "sex", "pnc_id", "cro_number", "driver_number"}
)
_HOME = frozenset(f"home.{name}" for name in Address.model_fields)
_MANY = frozenset({"phones", "emails"})
TARGETS = _PLAIN | _HOME | _MANY | {"date_of_birth"}
"""The attributes of a person that a column may feed."""


class LinkInputError(InvalidInputError):
    """A file to link, or its mapping, cannot be used as it stands."""

    code = "link-input"
    title = "The file cannot be linked"


class Mapping(Model):
    """Which columns of a CSV file say what of a person."""

    name: Text
    id: Text = Field(description="column that identifies a row; its values must be unique in the file")
    columns: dict[str, Text] = Field(min_length=1, description="attribute of a person, to the column that feeds it")
    date_format: Text = Field(default="%Y-%m-%d", description="how dates are written, as strptime's directives")
    ignored: tuple[Text, ...] = Field(default=(), description="columns left out on purpose")
    truth: Text | None = Field(default=None, description="column that says who is who, for training and measuring only")
    truth_pattern: Text | None = Field(
        default=None, description="regular expression on the identifier whose first group says who is who"
    )


class Row(NamedTuple):
    """One person of a file."""

    id: str
    person: Person
    values: dict[str, str]


def shipped_mappings() -> tuple[str, ...]:
    """Names of the shipped mappings."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def load_mapping(name: str) -> Mapping:
    """A shipped mapping by its name, or one from a YAML file. Raises :class:`LinkInputError`."""
    path = SHIPPED / f"{name}.yaml" if name in shipped_mappings() else Path(name)
    try:
        text = path.read_text(encoding="utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise LinkInputError(f"{path.name} is not a mapping: it has aliases, which can grow a file a billionfold")
        mapping = Mapping.model_validate(yaml.safe_load(text))
    except OSError as error:
        known = ", ".join(shipped_mappings())
        raise LinkInputError(f"no mapping {name!r}", hint=f"Name a YAML file, or one of: {known}.") from error
    except RecursionError:
        raise LinkInputError(f"{path.name} is not a mapping: it is nested too deep") from None
    except (ValidationError, ValueError, yaml.YAMLError) as error:
        raise LinkInputError(f"{path.name} is not a mapping: {error}") from error
    unknown = sorted(set(mapping.columns) - TARGETS)
    if unknown:
        raise LinkInputError(
            f"{path.name} feeds {', '.join(unknown)}, which a person does not have",
            hint=f"A person has: {', '.join(sorted(TARGETS))}.",
        )
    return mapping


def read_people(path: Path, mapping: Mapping) -> Iterator[Row]:
    """Stream the people of a CSV file, spaces around values and column names dropped.

    Raises :class:`LinkInputError` that names the file, and the line where there is one.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, skipinitialspace=True, strict=True)
            try:
                yield from _rows(path.name, reader, mapping)
            except csv.Error as error:
                raise LinkInputError(f"{path.name} near line {reader.line_num} is not CSV: {error}") from error
    except OSError as error:
        raise LinkInputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LinkInputError(f"{path.name} is not UTF-8 text", hint="Save it as CSV UTF-8.") from error


def _rows(name: str, reader: Iterator[list[str]], mapping: Mapping) -> Iterator[Row]:
    header = [column.strip() for column in next(reader, [])]
    missing = [column for column in (mapping.id, *mapping.columns.values()) if column not in header]
    if missing:
        raise LinkInputError(
            f"{name} has no column {', '.join(map(repr, missing))}",
            hint=f"Its columns are: {', '.join(header) or 'none'}. The mapping is {mapping.name!r}.",
        )
    seen: set[str] = set()
    for line, cells in enumerate(reader, start=2):
        if not cells:
            continue
        if len(cells) != len(header):
            raise LinkInputError(f"{name} line {line} has {len(cells)} values, the header {len(header)}")
        values = dict(zip(header, map(str.strip, cells), strict=True))
        identity = values[mapping.id]
        if not identity or identity in seen:
            raise LinkInputError(f"{name} line {line}: {mapping.id} is {'repeated' if identity else 'empty'}")
        seen.add(identity)
        yield Row(identity, _person(values, mapping, f"{name} line {line}"), values)


def _person(values: dict[str, str], mapping: Mapping, where: str) -> Person:
    attributes: dict[str, object] = {}
    home: dict[str, str] = {}
    for target, column in mapping.columns.items():
        value = values[column]
        if not value:
            continue
        if len(value) > _MAX_FIELD:
            raise LinkInputError(f"{where}: {column} is longer than {_MAX_FIELD} characters")
        if target == "date_of_birth":
            attributes[target] = read_date(value, mapping.date_format)
        elif target in _MANY:
            attributes[target] = tuple(part.strip() for part in value.split(";") if part.strip())
        elif target in _HOME:
            home[target.removeprefix("home.")] = value
        else:
            attributes[target] = value
    try:
        return Person.model_validate({**attributes, "home": Address.model_validate(home) if home else None})
    except ValidationError as error:
        first = error.errors()[0]
        raise LinkInputError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def read_date(text: str, date_format: str) -> PartialDate | None:
    """A date as it was typed: one that the calendar does not have keeps its year and month, or its year, if those fit.

    ``19871332`` (year, month, day) becomes 1987; what does not even name a year is not a date, and gives ``None``.
    """
    try:
        day = datetime.strptime(text, date_format)  # noqa: DTZ007  # a calendar day has no zone
        return PartialDate(day.year, day.month, day.day)
    except ValueError:
        digits = "".join(char for char in text if char.isascii() and char.isdigit())
    if not date_format.startswith("%Y") or len(digits) < 4:
        return None
    for shortened in (f"{digits[:4]}-{digits[4:6]}", digits[:4]):
        try:
            return PartialDate.parse(shortened)
        except ValueError:
            continue
    return None
