"""`ndsc schema`: the JSON Schema of what the platform takes and gives, made from the models that it works with."""

from __future__ import annotations

import importlib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ndsc.cli.output import print_json

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode

app = typer.Typer()


class Subject(StrEnum):
    """What there is a schema of."""

    RECORD = "record"
    LINK = "link"
    FORCE = "force"
    DATA_NODE = "datanode"
    AGREEMENT = "datasharingagreement"
    CONNECTOR = "connector"
    SEARCH = "search"
    ANSWER = "answer"


_MODELS = {
    Subject.RECORD: "ndsc.model.record:Record",
    Subject.LINK: "ndsc.model.record:Link",
    Subject.FORCE: "ndsc.resources.force:Force",
    Subject.DATA_NODE: "ndsc.resources.datanode:DataNode",
    Subject.AGREEMENT: "ndsc.resources.agreement:DataSharingAgreement",
    Subject.CONNECTOR: "ndsc.connectors.connector:Connector",
    Subject.SEARCH: "ndsc.gateway.schemas:SearchRequest",
    Subject.ANSWER: "ndsc.gateway.schemas:SearchAnswer",
}


@app.command()
def schema(subject: Annotated[Subject, typer.Argument(help="What to describe.", show_default=False)]) -> None:
    """Print the JSON Schema (2020-12) of a record, a link, a manifest, a connector, a search or its answer."""
    print_json(schema_of(subject))


def schema_of(subject: Subject) -> dict[str, object]:
    """The schema of what is read; of an answer, of what is written."""
    from pydantic import TypeAdapter  # noqa: PLC0415  # `ndsc --help` need not load it
    from pydantic.json_schema import GenerateJsonSchema  # noqa: PLC0415

    module, _, name = _MODELS[subject].partition(":")
    model: type[BaseModel] = getattr(importlib.import_module(module), name)
    mode: JsonSchemaMode = "serialization" if subject is Subject.ANSWER else "validation"
    return {"$schema": GenerateJsonSchema.schema_dialect, **TypeAdapter(model).json_schema(by_alias=True, mode=mode)}
