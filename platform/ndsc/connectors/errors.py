"""What can be wrong with a connector, or with a whole file; a bad row is neither (see ``rows.BadRow``)."""

from __future__ import annotations

from ndsc.errors import InvalidInputError, NotFoundError


class ConnectorError(InvalidInputError):
    """The connector file does not say something that can be run."""

    code = "invalid-connector"
    title = "The connector is not valid"


class UnreadableFileError(InvalidInputError):
    """The export as a whole cannot be read with this connector, so no row of it was."""

    code = "unreadable-file"
    title = "The file cannot be read"


class UnknownConnectorError(NotFoundError):
    """No shipped connector and no file has that name."""

    code = "unknown-connector"
    title = "No such connector"
