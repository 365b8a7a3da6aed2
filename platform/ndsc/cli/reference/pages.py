"""Every reference page: its file, what it is for, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ndsc.cli.reference import commands, conditions, manifests, model, rules, services
from ndsc.cli.reference.markdown import page, table

FOLDER = Path("docs/reference")


class Page(NamedTuple):
    """One page."""

    file: str
    title: str
    purpose: str
    make: Callable[[], str]


PAGES = (
    Page("cli.md", "Commands", "every command, option and default", commands.markdown),
    Page(
        "manifests.md",
        "Manifests",
        "Force, DataNode, DataSharingAgreement: fields, defaults, rules",
        manifests.markdown,
    ),
    Page("conditions.md", "Conditions", "what a resource on a cluster says, and remedies", conditions.markdown),
    Page("model.md", "Model", "attributes of persons, objects, locations, events; standards", model.markdown),
    Page("code-lists.md", "Code lists", "codes, labels, sources", model.code_lists),
    Page("connectors.md", "Connectors", "the connector file and its transforms", services.connectors),
    Page("index-keys.md", "Index keys", "what a record is found by", services.index_keys),
    Page("policy.md", "Policy", "what rules see, what they answer", rules.markdown),
    Page("problems.md", "Problems", "every error code", services.problems),
    Page("audit.md", "Audit entries", "what is written down of each operation", services.audit),
)


def rendered() -> dict[str, str]:
    """The text of every page by the name of its file, the index among them."""
    made = {one.file: one.make() for one in PAGES}
    listed = table(("page", "for"), ((f"[{one.title}]({one.file})", one.purpose) for one in PAGES))
    about = "Made from the code, and compared with it by a test. `make docs` makes them again."
    return {"README.md": page("Reference", about, listed), **made}
