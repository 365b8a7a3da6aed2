"""Why a part does not start, or does not answer."""

from __future__ import annotations

from ndsc.errors import InvalidInputError, UnavailableError


class SettingError(InvalidInputError):
    """A part was not told what it needs, or was told something else."""

    code = "setting-not-valid"
    title = "A setting is not valid"


class NotReadyError(UnavailableError):
    """A part lacks something that it cannot answer without."""

    code = "not-ready"
    title = "Not ready"
