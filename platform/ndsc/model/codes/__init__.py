"""Code lists: data with a source, loaded once, checked as they are loaded.

``get("sex").label("2")`` is ``"female"``; ``get("crime-type").code_for("Violence and sexual offences")`` is
``"violent-crime"``. Labels are found whatever their case and spacing, and by any alias a source uses. Sources and
licences are in ``SOURCES.md`` beside the data.
"""

from __future__ import annotations

from ndsc.model.codes.lists import CodeEntry, CodeList, UnknownCodeError, UnknownCodeListError
from ndsc.model.codes.shipped import LISTS, get, names

__all__ = ["LISTS", "CodeEntry", "CodeList", "UnknownCodeError", "UnknownCodeListError", "get", "names"]
