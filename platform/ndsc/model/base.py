"""What every model here has in common: closed, frozen, bounded."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Model(BaseModel):
    """A closed, immutable value: an attribute that the model does not name is an error, not a silent extra."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""One line as people write it: a name, a street, a title."""

LongText = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
"""Free text such as a summary; never indexed, never logged."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,63}$")]
"""A value of a code list (see ``ndsc.model.codes``)."""

ForceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$", max_length=63)]
"""The force's code in this network: the slug of the shipped list of forces, such as ``south-wales``."""
