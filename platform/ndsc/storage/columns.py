"""Columns from Pydantic models, so that a table cannot say something else than the model it stores."""

from __future__ import annotations

import types
import typing
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

_SCALARS: dict[type, type[TypeEngine[Any]]] = {
    bool: Boolean,
    int: BigInteger,
    float: Double,
    str: Text,
    bytes: LargeBinary,
    date: Date,
}


def columns_of(model: type[BaseModel], *, exclude: frozenset[str] = frozenset()) -> list[Column[Any]]:
    """One column for each field: scalars as their own type, everything nested as JSONB, ``None`` as NULL."""
    return [
        Column(name, _type_of(field.annotation), nullable=_optional(field.annotation), comment=field.description)
        for name, field in model.model_fields.items()
        if name not in exclude
    ]


def _optional(annotation: Any) -> bool:
    return type(None) in typing.get_args(annotation)


def _type_of(annotation: Any) -> TypeEngine[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        inner = [part for part in typing.get_args(annotation) if part is not type(None)]
        return _type_of(inner[0]) if len(inner) == 1 else JSONB()
    if typing.get_origin(annotation) is typing.Annotated:
        return _type_of(typing.get_args(annotation)[0])
    if annotation is datetime:
        return DateTime(timezone=True)
    if isinstance(annotation, type):
        if issubclass(annotation, StrEnum):
            return Text()
        for scalar, column in _SCALARS.items():
            if annotation is scalar:
                return column()
    return JSONB()
