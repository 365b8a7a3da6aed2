"""Which NIEM 6.0 property means the same as which attribute of the profile.

The mapping is the ``niem`` metadata of the attributes in ``ndsc.model.pole``; ``niem.csv`` beside this module is a
copy of just the properties it uses, out of the NIEM 6.0 property list (niemopen/niem-model, CC BY 4.0, OASIS Open).
"NIEM does not define compliance": this says what corresponds, and claims no more. Only concrete elements are mapped
to, never abstract ones; UK code values go to the text element where NIEM's own code set is a US one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from ndsc.model.base import LongText, Model, Text
from ndsc.model.pole import BODIES, Address


class NiemProperty(Model):
    """A property of NIEM 6.0: its name with its namespace's prefix, its type, its definition."""

    name: Text
    type: Text
    definition: LongText


class NiemMapping(Model):
    """An attribute and the property that means the same."""

    entity: Text
    attribute: Text
    property: Text


@lru_cache(maxsize=1)
def properties() -> dict[str, NiemProperty]:
    """The shipped properties by name."""
    text = (files("ndsc.model") / "niem.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["name"]: NiemProperty(name=row["name"], type=row["type"], definition=row["definition"]) for row in rows}


def mappings() -> Iterator[NiemMapping]:
    """Every attribute of the profile that has a property, in the order of the profile."""
    entities: tuple[type[Model], ...] = (*BODIES.values(), Address)
    for model in entities:
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            if isinstance(extra, dict) and "niem" in extra:
                yield NiemMapping(entity=model.__name__, attribute=name, property=str(extra["niem"]))
