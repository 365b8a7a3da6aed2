"""Synthetic people of the United Kingdom: as many as wanted, from a seed, with the truth of who is who.

Nobody in it is a real person, by construction: postcodes are of areas that do not exist, telephones are Ofcom's drama
numbers, plates carry an age identifier that was never issued, PNC IDs and CRO numbers are from serials far above any
in use, e-mail addresses are at example.com and its like (RFC 2606). Driver numbers are left out: none can be shown
not to be somebody's.
"""

from __future__ import annotations

from ndsc.synth.crimes import CrimeFileError, CrimeRef, read_crimes
from ndsc.synth.rows import Row, RowEvent
from ndsc.synth.story import STORY, StoryPerson
from ndsc.synth.writing import Summary, generate

__all__ = [
    "STORY",
    "CrimeFileError",
    "CrimeRef",
    "Row",
    "RowEvent",
    "StoryPerson",
    "Summary",
    "generate",
    "read_crimes",
]
