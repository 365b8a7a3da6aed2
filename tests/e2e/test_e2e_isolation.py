"""A force's administrator against everything that is not theirs: every verb on every kind, tried by real requests.

Authorisation comes before anything else that the API server looks at, so that an empty request for an object that does
not exist is refused with 403 or it was allowed. What would be allowed is a dry run, and changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from tests.e2e.api_server import Kind, connected, kinds
from tests.e2e.cluster import Kubectl
from tests.e2e.evidence import REPORTS
from tests.e2e.test_e2e_tenancy import force

from ndsc_operator.children.access import administrators

OWN, OTHER = "norfolk", "suffolk"
OTHERS = (OTHER, "ndsc-system", "kube-system", "cnpg-system", "default")
ABOUT_ONESELF = {
    ("selfsubjectaccessreviews.authorization.k8s.io", "create"),
    ("selfsubjectrulesreviews.authorization.k8s.io", "create"),
    ("selfsubjectreviews.authentication.k8s.io", "create"),
}
"""What Kubernetes lets everybody ask: who they are and what they may."""

READ = frozenset({"get", "list", "watch"})
CHANGE = frozenset({"create", "update", "patch", "delete", "deletecollection"})
MAY_CHANGE = {
    "datanodes.ndsc.police.uk": {"patch", "update"},
    "datanodes.ndsc.police.uk/scale": {"patch", "update"},
    "configmaps": {"create", "patch", "update", "delete"},
}
"""All that an administrator may change in the force's own namespace."""
MAY_NOT_READ = {"secrets", "pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy"}
"""What would show a key, or lead into a container: each of these is entered by a read, or is a secret."""

METHODS = {
    "get": ("GET", True),
    "list": ("GET", False),
    "watch": ("GET", False),
    "create": ("POST", False),
    "update": ("PUT", True),
    "patch": ("PATCH", True),
    "delete": ("DELETE", True),
    "deletecollection": ("DELETE", False),
}
"""The HTTP method of each verb, and whether it is of one object (Kubernetes, "Authorization", request verbs)."""
NOBODY = "no-such-object"

Outcome = tuple[Kind, str, str, int]


@pytest.fixture(scope="module")
def all_kinds(kubectl: Kubectl, operator: str) -> list[Kind]:
    for code in (OWN, OTHER):
        assert kubectl.apply(force(code)).returncode == 0
        kubectl("wait", "--for=condition=Ready", f"force/{code}", "--timeout=30s")
    with connected() as client:
        return list(kinds(client))


@pytest.fixture(scope="module")
def administrator() -> Iterator[httpx.Client]:
    with connected("someone", administrators(OWN)) as client:
        yield client


def tried(client: httpx.Client, kind: Kind, verb: str, namespace: str) -> int:
    """The status of one request."""
    method, single = METHODS[verb]
    # Of a part of an object there is no collection: it is made by a request to the object's own path.
    path = kind.path(namespace, NOBODY if single or "/" in kind.resource else "")
    query = {"timeoutSeconds": "1"} | ({"watch": "1"} if verb == "watch" else {})
    if method != "GET":
        query["dryRun"] = "All"
    headers = {"content-type": "application/merge-patch+json" if verb == "patch" else "application/json"}
    content = None if method in {"GET", "DELETE"} else "{}"  # a deletion with a body would not heed the query
    with client.stream(method, path, params=query, headers=headers, content=content) as answer:
        return answer.status_code


def outcomes(client: httpx.Client, all_kinds: list[Kind], namespace: str) -> Iterator[Outcome]:
    """Every verb of every kind that a namespace, or with none the cluster as a whole, has."""
    for kind in all_kinds:
        if namespace and not kind.namespaced:
            continue
        for verb in kind.verbs:
            # Across namespaces there are only lists; what is made or changed lies in one.
            if not namespace and kind.namespaced and (verb not in {"list", "watch"} or "/" in kind.resource):
                continue
            yield kind, verb, namespace, tried(client, kind, verb, namespace)


def test_the_requests_are_such_that_whoever_may_is_not_refused(kubectl: Kubectl, all_kinds: list[Kind]) -> None:
    """Otherwise the other tests would pass for a wrong reason."""
    harmless = [replace(kind, verbs=tuple(set(kind.verbs) - {"deletecollection"})) for kind in all_kinds]
    with connected() as cluster_administrator:
        refused = [
            (kind.full, verb)
            for where in (OTHER, "")
            for kind, verb, _, status in outcomes(cluster_administrator, harmless, where)
            if status in {401, 403}
        ]
    assert refused == []


def test_nothing_of_another_force_or_of_the_platform_or_of_the_cluster(
    all_kinds: list[Kind], administrator: httpx.Client
) -> None:
    seen = [one for where in (*OTHERS, "") for one in outcomes(administrator, all_kinds, where)]
    assert len({kind.full for kind, *_ in seen}) > 60
    write_table(seen)
    allowed = {(kind.full, verb, where) for kind, verb, where, status in seen if status != 403}
    assert {(full, verb) for full, verb, _ in allowed} <= ABOUT_ONESELF


def test_in_their_own_namespace_they_read_what_runs_and_change_only_what_is_theirs(
    all_kinds: list[Kind], administrator: httpx.Client
) -> None:
    may: dict[str, set[str]] = defaultdict(set)
    for kind, verb, _, status in outcomes(administrator, all_kinds, OWN):
        if status != 403:
            may[kind.full].add(verb)
    rows = [f"| {full} | {', '.join(sorted(verbs))} |" for full, verbs in sorted(may.items())]
    (REPORTS / "own-namespace.md").write_text("\n".join(("| kind | verbs |", "| --- | --- |", *rows, "")))
    changes = {full: verbs & CHANGE for full, verbs in may.items() if verbs & CHANGE}
    assert changes == MAY_CHANGE
    assert not MAY_NOT_READ & may.keys()


def test_nobody_else_may_anything_in_it(all_kinds: list[Kind]) -> None:
    """A group of a like name is another group."""
    for group in (administrators(OTHER), administrators(OWN.upper()), f"{administrators(OWN)}:deputies"):
        with connected("someone-else", group) as other:
            assert {status for *_, status in outcomes(other, all_kinds, OWN)} == {403}


def write_table(seen: list[Outcome]) -> None:
    """How many requests were refused, by place and API group: ``build/e2e/isolation.md``."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, set[str]] = defaultdict(set)
    for kind, _, where, status in seen:
        row = f"| {where or 'the cluster'} | {kind.group or 'core'} "
        counts[row]["refused" if status == 403 else "allowed"] += 1
        names[row].add(kind.resource)
    head = "| where | API group | kinds and their parts | refused | allowed |\n| --- | --- | --- | --- | --- |\n"
    rows = [f"{row}| {len(names[row])} | {its['refused']} | {its['allowed']} |" for row, its in counts.items()]
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "isolation.md").write_text(head + "\n".join(rows) + "\n")
