"""The declarative connector: which columns of an export become which attributes of which records.

A connector is data. It can name columns, constants, code maps and transforms from a fixed list, and nothing that runs.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from ndsc.connectors.transforms import Step, check_steps
from ndsc.model.base import Code, Model, Text
from ndsc.model.codes import LISTS
from ndsc.model.pole import Absence, Kind, Role

Path = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A column: a CSV header, or a path such as ``person/name/@first``. Inside ``each`` it is relative; ``/x`` is not."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]

_TARGET = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)?")


class ValueOf(Model):
    """Where one value comes from and what is done to it, in this order: read, join, transform, look up."""

    column: Path | None = Field(default=None, description="the column; in YAML a bare text means the same")
    columns: tuple[Path, ...] = Field(default=(), max_length=10, description="several columns, joined")
    join: Annotated[str, StringConstraints(max_length=5, strip_whitespace=False)] = " "
    each: Path | None = Field(default=None, description="every occurrence of a repeated value, for a list attribute")
    split: Annotated[str, StringConstraints(min_length=1, max_length=3, strip_whitespace=False)] | None = Field(
        default=None, description="separator of a list written in one column"
    )
    const: str | int | float | bool | None = Field(default=None, description="the same value in every row")
    transforms: tuple[Step, ...] = Field(default=(), max_length=10)
    codes: dict[str, str] | None = Field(default=None, description="source value -> code; letter case is ignored")
    code_list: str | None = Field(
        default=None, description="a shipped code list: its codes, labels and aliases are understood, after codes"
    )
    otherwise: str | None = Field(
        default=None, description="what a blank column, or a value outside its codes, becomes; else outside is bad"
    )
    absent: dict[str, Absence] = Field(
        default_factory=dict, description="source values that say why there is no value; '' stands for blank"
    )
    lenient: bool = Field(
        default=False,
        description="a value that its transforms or codes refuse counts as blank; else its row goes to quarantine",
    )
    required: bool = Field(default=False, description="a row without it goes to quarantine")

    @field_validator("transforms")
    @classmethod
    def _steps_exist(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        check_steps(steps)
        return steps

    @field_validator("code_list")
    @classmethod
    def _list_is_shipped(cls, name: str | None) -> str | None:
        if name is not None and name not in LISTS:
            raise ValueError(f"no code list is called {name[:40]!r}; there are: {', '.join(LISTS)}")
        return name

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [self.column is not None, bool(self.columns), self.each is not None, self.const is not None]
        if sum(given) != 1:
            raise ValueError("say exactly one of column, columns, each, const")
        if self.const is not None and (self.transforms or self.codes or self.code_list or self.absent):
            raise ValueError("a constant takes no transforms, codes or absent values")
        if self.lenient and not (self.transforms or self.codes or self.code_list):
            raise ValueError("lenient belongs to a value with transforms or codes: nothing else refuses one")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return tuple(name for name in (self.column, *self.columns, self.each) if name is not None)


def _spelt_out(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class _Shorthand(Model):
    """Lets a bare text stand for ``{column: text}``."""

    @model_validator(mode="before")
    @classmethod
    def _bare_text_is_a_column(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        names = {name for name, field in cls.model_fields.items() if "ValueOf" in str(field.annotation)}
        return {key: _spelt_out(value) if key in names else value for key, value in data.items()}


class Envelope(_Shorthand):
    """What governs the records of a row: times, marking, grading, retention."""

    recorded_at: ValueOf | None = Field(default=None, description="when the source recorded it; ISO 8601 with zone")
    updated_at: ValueOf | None = Field(default=None, description="when it last changed; without it, recorded_at")
    tier: ValueOf | None = Field(default=None, description="OFFICIAL, SECRET or TOP SECRET; -SENSITIVE is understood")
    sensitive: ValueOf | None = None
    descriptors: ValueOf | None = None
    caveats: ValueOf | None = None
    instructions: ValueOf | None = None
    grading: ValueOf | None = Field(default=None, description="3x5x2 such as 1AP, or 5x5x5 such as B24")
    grading_conditions: ValueOf | None = None
    grading_action: ValueOf | None = None
    grading_sanitisation: ValueOf | None = None
    grading_usage: ValueOf | None = None
    immunity: ValueOf | None = Field(default=None, description="under public interest immunity: true or false")
    assertion: ValueOf | None = Field(default=None, description="fact or assessment")
    retention_group: ValueOf | None = Field(default=None, description="1 to 4")
    review_on: ValueOf | None = Field(default=None, description="day of the next review, where the source says it")
    review_years: int | None = Field(default=None, ge=1, le=100, description="else so many years after recorded_at")

    @model_validator(mode="after")
    def _what_guards_a_record_is_never_dropped(self) -> Self:
        """A marking that cannot be read must not become the lowest one."""
        free = {"recorded_at", "updated_at", "retention_group", "review_on"}
        guards = (name for name, value in self if isinstance(value, ValueOf) and value.lenient and name not in free)
        for name in guards:
            raise ValueError(f"{name} cannot be lenient: a row whose handling cannot be read goes to quarantine")
        return self

    def over(self, base: Envelope) -> Envelope:
        """This envelope's own statements, and the base's where it says nothing."""
        return base.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class RecordOf(Model):
    """One record that a row gives, or several with ``each``."""

    name: Name = Field(description="what links call it")
    kind: Kind
    each: Path | None = Field(default=None, description="one record for each occurrence of this path")
    when_all: tuple[Path, ...] = Field(default=(), max_length=20, description="only if all of these have a value")
    when_any: tuple[Path, ...] = Field(default=(), max_length=20, description="only if any of these has a value")
    reference: tuple[Path, ...] = Field(
        default=(),
        max_length=10,
        description="its own reference, for an entity that many rows share; else it belongs to the row",
    )
    attributes_from: Path | None = Field(
        default=None, description="an object whose keys are the model's own attribute names"
    )
    fields: dict[str, ValueOf] = Field(default_factory=dict, max_length=60)
    envelope: Envelope = Envelope()

    @field_validator("fields", mode="before")
    @classmethod
    def _bare_text_is_a_column(cls, value: Any) -> Any:
        return {key: _spelt_out(item) for key, item in value.items()} if isinstance(value, dict) else value

    @field_validator("fields")
    @classmethod
    def _targets_look_right(cls, fields: dict[str, ValueOf]) -> dict[str, ValueOf]:
        for target in fields:
            if not _TARGET.fullmatch(target):
                raise ValueError(f"{target[:60]!r} is not an attribute such as surname or home.postcode")
        return fields


class LinkOf(_Shorthand):
    """One link between two records of the row."""

    source: Name
    target: Name
    role: Role
    subject_category: ValueOf | None = Field(default=None, description="for a person in an event, always")


class Column(Model):
    """What is known of a source column besides its name."""

    aliases: tuple[Path, ...] = Field(default=(), max_length=20, description="names it has had in other versions")
    optional: bool = Field(default=False, description="a file without it is still this sort of file")


class Format(Model):
    """How the file is written."""

    type: Literal["csv", "json", "jsonl", "xml"]
    encoding: Literal["utf-8", "utf-16", "cp1252", "iso-8859-1"] = "utf-8"
    fallback_encoding: Literal["cp1252", "iso-8859-1"] | None = Field(
        default=None, description="for a row that the encoding cannot read; without it such a row is bad"
    )
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1, strip_whitespace=False)] = ","
    record: Path | None = Field(default=None, description="XML: path of the element that is a row; JSON: of the list")
    blank: tuple[str, ...] = Field(default=("",), max_length=20, description="values that mean there is none")

    @model_validator(mode="after")
    def _xml_says_its_rows(self) -> Self:
        if self.type == "xml" and not self.record:
            raise ValueError("an XML format needs record, the path of the element that is a row")
        if self.type != "csv" and (self.delimiter != "," or self.fallback_encoding):
            raise ValueError("delimiter and fallback_encoding belong to csv")
        return self


class Reference(Model):
    """What names a row in its source."""

    columns: tuple[Path, ...] = Field(default=(), max_length=10)
    otherwise: tuple[Path, ...] = Field(
        default=(),
        max_length=40,
        description="where a reference column is blank: a digest over these columns, or over all of them",
    )


class Connector(Model):
    """A whole connector file."""

    connector: Name
    version: int = Field(ge=1)
    title: Text
    description: str = Field(default="", max_length=4000)
    format: Format
    source_system: Code
    columns: dict[str, Column] = Field(default_factory=dict, max_length=300)
    reference: Reference = Reference()
    envelope: Envelope
    records: tuple[RecordOf, ...] = Field(min_length=1, max_length=20)
    links: tuple[LinkOf, ...] = Field(default=(), max_length=40)

    @property
    def label(self) -> str:
        """Name with version, as provenance keeps it."""
        return f"{self.connector}@{self.version}"

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        names = [record.name for record in self.records]
        if len(set(names)) < len(names):
            raise ValueError("two records have the same name")
        first = self.records[0]
        if first.each or first.reference or first.when_all or first.when_any:
            raise ValueError("the first record is the row itself: it takes no each, when or reference of its own")
        for link in self.links:
            for end in (link.source, link.target):
                if end not in names:
                    raise ValueError(f"a link names {end!r}, which is no record")
            self._check_category(link)
        return self

    def _check_category(self, link: LinkOf) -> None:
        parts = {record.name: record for record in self.records}
        source, target = parts[link.source], parts[link.target]
        if source.each and target.each and source.each != target.each:
            raise ValueError(f"{link.source} and {link.target} repeat differently: their pairs are unknown")
        needed = source.kind is Kind.PERSON and target.kind is Kind.EVENT
        if needed != (link.subject_category is not None):
            raise ValueError(
                f"link {link.source} -> {link.target}: subject_category belongs to a person in an event, and only there"
            )
