"""Counts how often a key came before in an export, in a fixed amount of this process's memory.

The counts live in a temporary table: an export may have more rows than this process has room for. They are not kept:
a load that is resumed reads the rows before its checkpoint again and counts them again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import psycopg

_COUNT = """
WITH counted AS (
    INSERT INTO pg_temp.seen AS s SELECT * FROM unnest(%s::uuid[], %s::int[])
    ON CONFLICT (key) DO UPDATE SET n = s.n + excluded.n RETURNING key, n)
SELECT replace(key::text, '-', ''), n FROM counted WHERE n > 1
"""
"""Most keys come once, and need no answer."""


class Occurrences:
    """Numbers the occurrences of keys, on a connection of its own in autocommit mode."""

    def __init__(self, connection: psycopg.Connection[tuple[str, int]]) -> None:
        self._connection = connection
        connection.execute("CREATE TEMPORARY TABLE seen (key uuid PRIMARY KEY, n int NOT NULL)")

    def number(self, sort: str, keys: Sequence[str]) -> list[int]:
        """For each key, in their order: 1 when it comes for the first time, 2 for the second time, and so on.

        Keys of one ``sort`` are apart from those of another.
        """
        if not keys:
            return []
        digests = [_digest(sort, key) for key in keys]
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


def _digest(sort: str, key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, person=sort.encode()).hexdigest()
