"""What a node says when it does not give what was asked."""

from __future__ import annotations

from ndsc.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError, UnavailableError


class UnknownRecordError(NotFoundError):
    """There is no such record, or the asker may not learn that there is: the two look the same."""

    code = "unknown-record"
    title = "No such record"


class RecordRefusedError(ForbiddenError):
    """Policy does not let the asker see the record, and lets that be told."""

    code = "record-refused"
    title = "The record is not given"


class SearchRefusedError(ForbiddenError):
    """Policy does not let this person ask for this purpose at all."""

    code = "search-refused"
    title = "This may not be asked"


class NothingToSearchByError(InvalidInputError):
    """A search with neither tokens nor criteria that this node can look up."""

    code = "nothing-to-search-by"
    title = "There is nothing to search by"


class IndexBusyError(ConflictError):
    """Another worker is bringing this node's index up to date."""

    code = "index-busy"
    title = "The index is being worked on"


class CallerRefusedError(ForbiddenError):
    """This service, or this force's, has no business with what it asked for."""

    code = "caller-refused"
    title = "This service may not ask that"


class LoadRunningError(ConflictError):
    """A node takes in one export at a time, and one is on its way."""

    code = "load-running"
    title = "Another load is running"


class NoRoomError(UnavailableError):
    """The export does not fit on the node's scratch disk."""

    code = "no-room"
    title = "There is no room for the export"
