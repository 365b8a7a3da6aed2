"""Every row of every file is accounted for: ``read = loaded + changed + unchanged + quarantined``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from tests.owning import owning

from ndsc.audit.log import AuditLog
from ndsc.connectors.catalogue import parse
from ndsc.node.ledger import LoadReport
from ndsc.node.loading import Loader

CONNECTOR = parse("""
connector: counts
version: 1
title: Three columns
format: {type: csv}
source_system: counts
reference: {columns: [ref]}
envelope: {recorded_at: {column: day, transforms: [{datetime: iso}], required: true}, review_years: 10}
records:
  - {name: event, kind: event, fields: {title: {column: title, required: true}}}
""")

good = st.builds(
    "{},2025-01-{:02},{}".format, st.integers(1, 6), st.integers(1, 9), st.text(alphabet="abc", min_size=1, max_size=3)
)
odd = st.sampled_from(
    ["1,never,a", "too,few", "a,b,c,d,e", '"open,2025-01-01,x', ",,", "=1+1,2025-01-01,=cmd()", "\x00,,"]
)
files = st.lists(good | odd | st.text(max_size=20), max_size=25)


@pytest.fixture(scope="module")
def node(service_engine: Callable[[str], Engine]) -> Engine:
    return service_engine("node")


def accounted(report: LoadReport) -> bool:
    return report.read == report.loaded + report.changed + report.unchanged + report.quarantined


@given(rows=files, size=st.integers(1, 9))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_row_is_lost_and_the_same_file_again_changes_nothing(node: Engine, rows: list[str], size: int) -> None:
    with owning(node) as connection:
        connection.execute(text("TRUNCATE record, link, quarantine, load, outbox"))
    loader = Loader(node, "south-wales", AuditLog(node, "test/node"), batch_rows=size)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.csv"
        file.write_bytes("\n".join(("ref,day,title", *rows)).encode("utf-8", "surrogatepass"))
        first, second = loader.load(file, CONNECTOR), loader.load(file, CONNECTOR)
    assert accounted(first)
    assert accounted(second)
    assert (second.read, second.quarantined) == (first.read, first.quarantined)
    assert (second.loaded, second.changed) == (0, 0)
    with node.connect() as connection:
        held = connection.execute(text("SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM quarantine)")).one()
    assert tuple(held) == (first.loaded, first.quarantined)
