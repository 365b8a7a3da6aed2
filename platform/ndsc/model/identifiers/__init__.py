"""Identifiers of people and things: one module each, all with ``parse``, ``normalise`` and ``format``.

``parse`` reads what people type and raises ``InvalidIdentifierError`` with the reason, ``format`` writes the canonical
form, ``normalise`` is the one after the other. ``IDENTIFIERS`` finds them by name, for connectors and index keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType

from ndsc.model.identifiers import (
    crime_reference,
    cro,
    driver_number,
    imei,
    phone,
    pnc_id,
    postcode,
    uprn,
    vin,
    vrm,
)
from ndsc.model.identifiers.errors import InvalidIdentifierError

__all__ = ["IDENTIFIERS", "Identifier", "InvalidIdentifierError"]


@dataclass(frozen=True, slots=True)
class Identifier:
    """One kind of identifier."""

    name: str
    title: str
    summary: str
    example: str
    module: ModuleType

    @property
    def parse(self) -> Callable[[str], object]:
        """Text to value, or ``InvalidIdentifierError``."""
        parse: Callable[[str], object] = self.module.parse
        return parse

    @property
    def normalise(self) -> Callable[[str], str]:
        """Text to canonical text, or ``InvalidIdentifierError``."""
        normalise: Callable[[str], str] = self.module.normalise
        return normalise

    @property
    def format(self) -> Callable[[object], str]:
        """Value to canonical text."""
        write: Callable[[object], str] = self.module.format
        return write


def _identifier(name: str, module: ModuleType, example: str) -> Identifier:
    summary = (module.__doc__ or "").strip().splitlines()[0]
    return Identifier(name, module.NAME, summary, example, module)


IDENTIFIERS: Mapping[str, Identifier] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            _identifier("pnc-id", pnc_id, "2012/9000001R"),
            _identifier("cro-number", cro, "900001/99G"),
            _identifier("driver-number", driver_number, "MORGA657054SM9IJ"),
            _identifier("vrm", vrm, "AB01 CDE"),
            _identifier("vin", vin, "1M8GDM9AXKP042788"),
            _identifier("uprn", uprn, "100000000001"),
            _identifier("imei", imei, "490154203237518"),
            _identifier("postcode", postcode, "CF10 1EP"),
            _identifier("phone", phone, "+447700900123"),
            _identifier("crime-reference", crime_reference, "62/12345/25"),
        )
    }
)
"""Every identifier by its name."""
