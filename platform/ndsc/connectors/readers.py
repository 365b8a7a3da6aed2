"""Reading an export as a stream of rows, whatever it is written in, in memory that does not grow with the file.

A bad row is handed over as a :class:`~ndsc.connectors.rows.BadRow` and reading goes on; only a file that is no export
of this sort at all raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ndsc.connectors.connector import Connector
from ndsc.connectors.errors import UnreadableFileError
from ndsc.connectors.reading_csv import csv_rows
from ndsc.connectors.reading_json import json_rows
from ndsc.connectors.reading_lines import json_lines
from ndsc.connectors.reading_xml import xml_rows
from ndsc.connectors.rows import BadRow, RawRow

Rows = Iterator[RawRow | BadRow]


@contextmanager
def open_rows(path: Path, connector: Connector) -> Iterator[Rows]:
    """The rows of a file, in order, under the connector's own column names.

    Raises :class:`UnreadableFileError` when the file is missing, is not of the connector's format, or lacks columns
    that the connector needs.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: {error.strerror or error}") from error
    with stream:
        yield read_rows(stream, connector)


def read_rows(stream: BinaryIO, connector: Connector) -> Rows:
    """The rows of an open binary stream, see :func:`open_rows`."""
    readers = {"csv": csv_rows, "json": json_rows, "jsonl": json_lines, "xml": xml_rows}
    return readers[connector.format.type](stream, connector)
