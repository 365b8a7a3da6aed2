"""The pages of what services say: index keys, connectors, problems and audit entries."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime

import ndsc
from ndsc.audit.entries import Entry, Operation, Subject
from ndsc.audit.purposes import ReadingPurpose
from ndsc.audit.story import tell
from ndsc.cli.reference.markdown import block, code, page, table
from ndsc.cli.reference.schemas import attributes
from ndsc.connectors.catalogue import shipped, shipped_names
from ndsc.connectors.connector import Column, Connector, Envelope, Format, LinkOf, RecordOf, Reference, ValueOf
from ndsc.connectors.transforms import PLAIN, WITH_ARGUMENT
from ndsc.errors import NdscError
from ndsc.index import explain
from ndsc.index.canonical import DOMAIN
from ndsc.index.keys import LEAST_BITS, MAX_KEYS, TABLE

_NOT_SEARCHED = ("migrations", "__main__")


def index_keys() -> str:
    """The page of the index keys."""
    return page(
        "Index keys",
        "What a record or a query gives to be found by, from the one table in `platform/ndsc/index/keys.py`. A key "
        f"needs a value of each of its parts; a record gives {MAX_KEYS} at most. `bits` is how much a key tells people "
        f"apart by itself: {LEAST_BITS} or more, so that no common value alone is a key.",
        explain.markdown(),
        f"This is table {TABLE}: a node whose tokens were made by another makes them anew. A town is spelt right by "
        "`platform/ndsc/index/towns.txt`: it counts as the listed town from which it differs by a slip or two.",
        f"The bytes of a key are `{DOMAIN}`, the key's name and its parts, each preceded by its length in two bytes "
        "(big-endian), in UTF-8. `tests/golden/index-keys.json` holds vectors for other implementations. The bytes "
        "become a token by RFC 9497 (OPRF, ristretto255-SHA512): the first 32 bytes of its output.",
    )


def connectors() -> str:
    """The page of the connector file."""
    shipped_ones = (shipped(name) for name in shipped_names())
    parts = (Connector, Format, Column, Reference, Envelope, RecordOf, ValueOf, LinkOf)
    steps = [(code(name), meaning) for name, (_, meaning) in PLAIN.items()]
    steps += [(code(f"{{{name}: ...}}"), meaning) for name, (_, meaning) in WITH_ARGUMENT.items()]
    return page(
        "Connectors",
        "A connector is a YAML file that says which columns of an export become which attributes of which records. It "
        "is data: it names columns, constants, code lists and transforms from a fixed list, and nothing that runs. "
        "The shipped ones are examples to start from (`ndsc connector show NAME`).",
        table(
            ("shipped", "version", "format", "what"),
            ((code(one.connector), str(one.version), one.format.type, one.title) for one in shipped_ones),
        ),
        *(f"## {part.__name__}\n\n{_doc(part)}\n\n{attributes(part)}" for part in parts),
        f"## Transforms\n\nThere are no others.\n\n{table(('write', 'gives'), steps)}",
    )


def problems() -> str:
    """The page of errors: one row a cause, sorted by code."""
    rows = sorted({(one.code, one.title, one.status, _doc(one)) for one in _errors()})
    return page(
        "Problems",
        "Every refusal and failure of a service is a problem document (RFC 9457) whose `type` is "
        "`urn:ndsc:problem:CODE`; a command prints the same message and hint, and exits with 1. None repeats what was "
        "sent: a name typed into a query must not travel into a log.",
        table(
            ("code", "title", "HTTP status", "when"),
            ((code(kind), title, str(status), about) for kind, title, status, about in rows),
        ),
    )


def audit() -> str:
    """The page of the audit entries."""
    entry = Entry(
        at=datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        operation=Operation.DISCLOSURE,
        actor="pc4417",
        actor_force="south-wales",
        purpose="bring-offenders-to-justice",
        justification="Named by a witness to a burglary",
        reference="62/900417/25",
        subject=Subject.of(["btp.p.iyhzgu7625gqnzmz"]),
        recipients=("pc4417@south-wales",),
    )
    purposes = ((code(purpose.value), purpose.legal_basis) for purpose in ReadingPurpose)
    return page(
        "Audit entries",
        "An entry for each operation that Data Protection Act 2018 section 62 names. It says which records, and never "
        "what stands in them.",
        attributes(Entry),
        f"## Subject\n\n{attributes(Subject)}",
        "## Form\n\nAn entry is one line of canonical JSON (RFC 8785). The leaf of the Merkle tree (RFC 6962) is its "
        "number, a space, and that line; the head of the tree is signed as a C2SP tlog-checkpoint.\n\n"
        f"{block(entry.canonical(), 'json')}",
        f"`ndsc audit show` tells it as: *{tell(entry)}*",
        "## What a log may be read for\n\nReading is logged too, with one of these purposes.\n\n"
        f"{table(('purpose', 'provision'), purposes)}",
    )


def _errors() -> Iterator[type[NdscError]]:
    for module in pkgutil.walk_packages(ndsc.__path__, "ndsc."):
        if not set(_NOT_SEARCHED) & set(module.name.split(".")):
            importlib.import_module(module.name)
    found = [NdscError]
    for error in found:
        found += [one for one in error.__subclasses__() if one.__module__.startswith("ndsc.") and one not in found]
    return iter(found)


def _doc(thing: type) -> str:
    """The first paragraph of a docstring, as Markdown on one line."""
    return " ".join((thing.__doc__ or "").split("\n\n")[0].replace("``", "`").split())
