"""What the registry is asked and answers. Tokens are 32 bytes as base64url without padding."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, StringConstraints

from ndsc.index.encoding import PATTERN
from ndsc.model.base import Code, ForceId, Model
from ndsc.model.pole import Kind

MOST_LOOKED_UP = 200
MOST_CHANGED = 5_000
MOST_DATASETS = 200

TokenText = Annotated[str, StringConstraints(pattern=PATTERN)]
_TOKEN = "KsLP2I7Y0LKQnz2Qx4WU0Q1Qmp2SbDyG3hVQbNq1xZE"  # noqa: S105  # an example
_ADDED: JsonValue = [{"token": _TOKEN, "kind": "person", "visibility": "visible"}]
_REMOVED: JsonValue = [{"token": _TOKEN, "kind": "object"}]
_DATASETS: JsonValue = [{"kind": "event", "category": "crime", "records": 1204, "freshest": "2025-01-31T00:00:00Z"}]


class Visibility(StrEnum):
    """Who learns that a token is held. What must never be known is never sent here."""

    VISIBLE = "visible"
    SILENT = "silent"  # the owner is told of a search that met it, the searcher is told nothing


class Holding(Model):
    """A force holds something of a kind under a token."""

    token: TokenText
    kind: Kind
    visibility: Visibility = Visibility.VISIBLE


class Held(Model):
    """A token and kind that a force holds no more."""

    token: TokenText
    kind: Kind


class Change(Model):
    """What a force holds, and holds no more; the same change twice is no other."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"add": _ADDED, "remove": _REMOVED}]})

    add: tuple[Holding, ...] = Field(default=(), max_length=MOST_CHANGED)
    remove: tuple[Held, ...] = Field(default=(), max_length=MOST_CHANGED)


class Changed(Model):
    """What the change came to."""

    added: int = Field(description="entries that are new or have another visibility")
    removed: int


class Lookup(Model):
    """Tokens of one search."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tokens": [_TOKEN]}]})

    tokens: tuple[TokenText, ...] = Field(min_length=1, max_length=MOST_LOOKED_UP)
    searcher: ForceId | None = Field(
        default=None, description="the searcher's own force, which is told of its own silent entries"
    )


class Holder(Model):
    """A force that holds something."""

    force: ForceId
    tokens: tuple[int, ...] = Field(description="which of the tokens asked for, by their place from 0")
    kinds: tuple[Kind, ...]


class Holders(Model):
    """The forces that hold something, in order of their names."""

    holders: tuple[Holder, ...]


class Rebuild(Model):
    """A rebuild under way."""

    id: int


class Accepted(Model):
    """How many lines were taken down."""

    accepted: int


class Append(Model):
    """Entries for a rebuild."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"add": _ADDED}]})

    add: tuple[Holding, ...] = Field(min_length=1, max_length=MOST_CHANGED)


class Listed(Model):
    """Whether anything at all is listed for a force."""

    listed: bool


class ListedForces(Model):
    """The forces that list anything, in order of their names."""

    forces: tuple[ForceId, ...]


class Withdrawn(Model):
    """What was listed for a force, and is no more."""

    entries: int
    datasets: int


class Digest(Model):
    """What is stored for a force, in short: equal digests mean equal bytes."""

    force: ForceId
    entries: int
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="over the entries in order of their sealed token and kind, each as a line in hexadecimal",
    )


class Notice(Model):
    """A search met a silent entry."""

    id: int
    kind: Kind
    at: datetime
    request_id: str


class Notices(Model):
    """The notices of a force, the oldest first."""

    notices: tuple[Notice, ...]


class Dataset(Model):
    """What a force says it has of one category."""

    kind: Kind
    category: Code
    records: int = Field(ge=0, le=2**53)
    freshest: AwareDatetime | None = None


class Datasets(Model):
    """All of one force's: they take the place of what it said before."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"datasets": _DATASETS}]})

    datasets: tuple[Dataset, ...] = Field(max_length=MOST_DATASETS)


class CatalogueLine(Dataset):
    """A dataset with whose it is."""

    force: ForceId
    told_at: datetime


class Catalogue(Model):
    """What there is in the network."""

    datasets: tuple[CatalogueLine, ...]
