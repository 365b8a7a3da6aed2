"""The options that say who asks and why, the same on every command that reads records."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from ndsc.cli.context import CLEARANCES, Officer

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and on what grounds."""

    officer: Officer
    purpose: str
    justification: str
    reference: str
    legal_basis: str

    def grounds(self) -> dict[str, str]:
        """As a request carries them."""
        return {
            "purpose": self.purpose,
            "justification": self.justification,
            "reference": self.reference,
            "legal_basis": self.legal_basis,
        }


def _options(
    who: Annotated[
        str, typer.Option("--as", envvar="NDSC_OFFICER", metavar="NAME@FORCE", help="Who asks: pc4417@south-wales.")
    ] = "pc4417@south-wales",
    role: Annotated[str, typer.Option(envvar="NDSC_ROLE", help="Their roles, separated by commas.")] = "officer",
    clearance: Annotated[
        str, typer.Option(envvar="NDSC_CLEARANCE", help=f"Their clearance: {', '.join(CLEARANCES)}.")
    ] = "bpss",
    purpose: Annotated[
        str, typer.Option("--purpose", "-p", envvar="NDSC_PURPOSE", help="Policing purpose, such as prevent-crime.")
    ] = "bring-offenders-to-justice",
    reason: Annotated[
        str, typer.Option("--reason", "-r", envvar="NDSC_REASON", help="Why this is necessary, in a sentence.")
    ] = "",
    reference: Annotated[
        str, typer.Option(envvar="NDSC_REFERENCE", help="The case, incident or operation it belongs to.")
    ] = "",
    legal_basis: Annotated[str, typer.Option(help="The power or duty relied on, where there is one.")] = "",
) -> Asking:
    return Asking(
        officer=Officer.read(who, role, clearance),
        purpose=purpose,
        justification=reason,
        reference=reference,
        legal_basis=legal_basis,
    )


def options(name: str, read: Callable[..., Any]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a command all options of ``read`` in place of its parameter ``name``, which gets what ``read`` makes."""
    extra = inspect.signature(read, eval_str=True).parameters

    def give(command: Callable[..., R]) -> Callable[..., R]:
        own = inspect.signature(command, eval_str=True).parameters

        @functools.wraps(command)
        def wrapped(**given: Any) -> R:
            return command(**{name: read(**{one: given.pop(one) for one in extra}), **given})

        parameters = [parameter for one, parameter in own.items() if one != name]
        parameters += [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in extra.values()]
        wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        del wrapped.__wrapped__  # else typer would look through to the command
        return wrapped

    return give


asked_by = options("asking", _options)
"""For commands that read records: they receive who asks and why as ``asking``, an :class:`Asking`."""
