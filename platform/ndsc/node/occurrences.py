"""Counts how often a key came before in an export, in a fixed amount of this process's memory.

An export may have more rows than this process has room for: what is too much is counted in a temporary table. Counts
are not kept: a load that is resumed reads the rows before its checkpoint again and counts them again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from itertools import islice

import psycopg

KEYS_IN_MEMORY = 43_000
"""Some five megabytes, enough for most months; with more, the dictionary's own table would double."""

_COUNT = """
WITH counted AS (
    INSERT INTO pg_temp.seen AS s SELECT * FROM unnest(%s::uuid[], %s::int[])
    ON CONFLICT (key) DO UPDATE SET n = s.n + excluded.n RETURNING key, n)
SELECT replace(key::text, '-', ''), n FROM counted WHERE n > 1
"""
"""Most keys come once, and need no answer."""


class Occurrences:
    """Numbers the occurrences of keys, on a connection of its own in autocommit mode."""

    def __init__(self, connection: psycopg.Connection[tuple[str, int]], *, in_memory: int = KEYS_IN_MEMORY) -> None:
        """``in_memory``: keys counted by this process, before the table is made."""
        self._connection = connection
        self._in_memory = in_memory
        self._counts: dict[bytes, int] | None = {}

    def number(self, sort: str, keys: Sequence[str]) -> list[int]:
        """For each key, in their order: 1 when it comes for the first time, 2 for the second time, and so on.

        Keys of one ``sort`` are apart from those of another.
        """
        if not keys:
            return []
        mark = sort.encode()
        digests = [blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, person=mark).digest() for key in keys]
        counts = self._counts
        if counts is not None and len(counts) + len(digests) > self._in_memory:
            self._put_down(counts)
            counts = self._counts = None
        if counts is None:
            return self._numbered_there([digest.hex() for digest in digests])
        numbers = []
        for digest in digests:
            number = counts[digest] = counts.get(digest, 0) + 1
            numbers.append(number)
        return numbers

    def _put_down(self, counts: dict[bytes, int]) -> None:
        self._connection.execute("CREATE TEMPORARY TABLE seen (key uuid PRIMARY KEY, n int NOT NULL)")
        lines = (f"{key.hex()}\t{number}\n" for key, number in counts.items())
        with self._connection.cursor().copy("COPY pg_temp.seen FROM STDIN") as copy:
            while piece := "".join(islice(lines, 1_000)):
                copy.write(piece)

    def _numbered_there(self, digests: Sequence[str]) -> list[int]:
        counts = Counter(digests)
        arrays = "{" + ",".join(counts) + "}", "{" + ",".join(map(str, counts.values())) + "}"
        rows = self._connection.execute(_COUNT, arrays).fetchall()
        before = {digest: total - counts[digest] for digest, total in rows}
        numbers = []
        for digest in digests:
            if digest in before:
                before[digest] += 1
            numbers.append(before.get(digest, 1))
        return numbers
