"""What can be wrong with where a database is said to be."""

from __future__ import annotations

from ndsc.errors import InvalidInputError


class NotAUrlError(InvalidInputError):
    """What names the server is no URL."""

    def __init__(self) -> None:
        super().__init__(
            "NDSC_DATABASE_URL is not the URL of a PostgreSQL server.",
            hint="Write it as postgresql://USER@HOST:PORT/postgres.",
        )
