"""A newer operator restarts nothing by itself: what restarts a node stays as it was applied until somebody asks."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from itertools import count
from typing import Any, cast

import pytest
from kubernetes.aio.client.exceptions import ApiException

from ndsc.resources.datanode import DataNode
from ndsc_operator.api import Api
from ndsc_operator.certificates import Certificates
from ndsc_operator.children import workload
from ndsc_operator.children.revision import RESTARTED, Kept, Rendering, kept, revision
from ndsc_operator.nodes import Nodes
from ndsc_operator.plan import Situation, api_rendering
from ndsc_operator.queue import PermanentError
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Children
from ndsc_operator.settings import Settings

Object = dict[str, Any]

OLD = Settings(image="r.example/ndsc:1.0.0", opa_image="r.example/opa:1", postgresql_image="r.example/postgresql:17.1")
NEW = Settings(
    image="r.example/ndsc:2.0.0",
    opa_image="r.example/opa:2",
    postgresql_image="r.example/postgresql:17.2",
    image_pull_policy="Always",
)
"""A platform after an upgrade: pods, database and Job are all rendered otherwise."""

NODE = Ref("ndsc.police.uk/v1alpha1", "DataNode", "kent", "north")
API = Ref("apps/v1", "Deployment", "kent", "north-api")
DATABASE = Ref("postgresql.cnpg.io/v1", "Cluster", "kent", "north-db")
OURS = {"app.kubernetes.io/managed-by": "ndsc-operator", "ndsc.police.uk/force": "kent"}


class Monitored:
    async def get(self) -> bool:
        return False


class Cluster:
    """What of an API server and its controllers a data node's rounds need: all that is asked for is at once so."""

    def __init__(self) -> None:
        self.objects: dict[Ref, Object] = {}
        self.monitored = Monitored()
        self.children = Children()
        self._uids, self._versions = count(1), count(1)
        self.make("v1", "Namespace", "", "kent", labels=OURS)
        spec: Object = {"code": "kent", "name": "Kent Police"}
        self.make("ndsc.police.uk/v1alpha1", "Force", "", "kent", spec=spec)
        self.make("ndsc.police.uk/v1alpha1", "DataNode", "kent", "north", spec={"force": "kent"})

    def make(self, api_version: str, kind: str, namespace: str, name: str, **its: Any) -> None:
        metadata = {"name": name, "labels": its.pop("labels", {})} | ({"namespace": namespace} if namespace else {})
        self._put({"apiVersion": api_version, "kind": kind, "metadata": metadata, **its})

    def _put(self, one: Object) -> Object:
        its = one["metadata"]
        its["resourceVersion"] = str(next(self._versions))
        its.setdefault("uid", f"uid-{next(self._uids):08}")
        its.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        its["generation"] = its.get("generation", 0) + 1
        if one["kind"] == "Deployment":
            copies = one["spec"].setdefault("replicas", 1)
            counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas"), copies)
            one["status"] = {"observedGeneration": its["generation"], **counts}
        if one["kind"] == "Cluster":
            roles = {"byStatus": {"reconciled": ["ndsc_service"]}}
            one["status"] = {"readyInstances": 1, "managedRolesStatus": roles}
        if one["kind"] == "Job":
            one["spec"]["template"]["metadata"]["labels"]["controller-uid"] = its["uid"]
            one["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}
        self.objects[Ref.of(one)] = one
        return copy.deepcopy(one)

    async def get(self, ref: Ref) -> Object | None:
        return copy.deepcopy(self.objects.get(ref))

    async def list(self, api_version: str, kind: str, *, namespace: str = "", labels: str = "") -> list[Object]:
        wanted = dict(one.split("=") for one in labels.split(",") if one)
        return [
            copy.deepcopy(one)
            for ref, one in self.objects.items()
            if (ref.api_version, ref.kind, ref.namespace) == (api_version, kind, namespace)
            and one["metadata"]["labels"].items() >= wanted.items()
        ]

    async def apply(self, one: Object) -> Object:
        there = copy.deepcopy(self.objects.get(Ref.of(one), {}))
        after = merged(there, copy.deepcopy(one))
        if there and one["kind"] == "Job" and after["spec"]["template"] != there["spec"]["template"]:
            raise ApiException(status=422, reason="spec.template: field is immutable")
        return copy.deepcopy(there) if there == after else self._put(after)

    async def create(self, one: Object) -> Object | None:
        return None if Ref.of(one) in self.objects else self._put(copy.deepcopy(one))

    async def delete(self, ref: Ref, *, uid: str) -> None:
        assert self.objects.pop(ref)["metadata"]["uid"] == uid

    async def patch(self, ref: Ref, change: Object) -> None:
        assert ref.kind == "Event"

    async def set_status(self, found: Object, status: Object) -> None:
        self.objects[Ref.of(found)]["status"] = dict(status)

    def revisions(self) -> dict[str, int]:
        """The number of each child's, by its name."""
        found = [one for ref, one in self.objects.items() if ref.kind == "ControllerRevision"]
        assert len(found) == len({one["metadata"]["ownerReferences"][0]["name"] for one in found})
        return {one["metadata"]["ownerReferences"][0]["name"]: one["revision"] for one in found}


def merged(before: Any, after: Any) -> Any:
    """What an apply leaves: fields that it does not name stay."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before | {name: merged(before.get(name), its) for name, its in after.items()}
    return after


def round_of(cluster: Cluster, settings: Settings) -> None:
    """One round of an operator that has just been started."""
    api = cast("Api", cluster)

    async def never(_: Object) -> None:
        raise AssertionError

    asyncio.run(Nodes(api, settings, Certificates(api, settings), never).reconcile(NODE))


def runs(cluster: Cluster) -> tuple[Object, Object]:
    """What restarts when it changes."""
    return copy.deepcopy((cluster.objects[API]["spec"]["template"], cluster.objects[DATABASE]["spec"]))


def progressing(cluster: Cluster) -> str:
    conditions = cluster.objects[NODE]["status"]["conditions"]
    return next(str(one["reason"]) for one in conditions if one["type"] == "Progressing")


def engine(cluster: Cluster) -> str:
    """Which platform's the pods are."""
    return str(cluster.objects[API]["spec"]["template"]["spec"]["containers"][1]["image"])


def servers(cluster: Cluster) -> str:
    """Which platform's the database's servers are."""
    return str(cluster.objects[DATABASE]["spec"]["imageName"])


def spec(cluster: Cluster, **changes: Any) -> None:
    one = cluster.objects[NODE]
    one["spec"] |= changes
    one["metadata"]["generation"] += 1


@pytest.fixture
def cluster() -> Cluster:
    """Of an older platform, with a node that runs."""
    made = Cluster()
    for _ in range(3):
        round_of(made, OLD)
    assert progressing(made) == "Settled"
    return made


def test_a_newer_operator_leaves_what_runs_as_it_is_and_says_so(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = runs(cluster)
    monkeypatch.setattr(workload, "_PATIENT", {"timeoutSeconds": 9})
    round_of(cluster, NEW)
    round_of(cluster, NEW)
    assert runs(cluster) == before
    assert progressing(cluster) == "NewRenderingWaits"


def test_an_older_operator_again_finds_all_as_it_left_it(cluster: Cluster) -> None:
    before = runs(cluster)
    round_of(cluster, NEW)
    round_of(cluster, OLD)
    assert runs(cluster) == before
    assert progressing(cluster) == "Settled"


def test_a_hand_edit_is_put_back_to_what_was_applied(cluster: Cluster) -> None:
    before = runs(cluster)
    round_of(cluster, NEW)
    cluster.objects[API]["spec"]["template"]["spec"]["containers"] = []
    cluster.objects[DATABASE]["spec"]["imageName"] = "r.example/elsewhere:1"
    round_of(cluster, NEW)
    assert runs(cluster) == before


def test_another_version_of_the_node_takes_the_newer_rendering(cluster: Cluster) -> None:
    round_of(cluster, NEW)
    spec(cluster, version="2.0.0")
    round_of(cluster, NEW)
    assert (engine(cluster), servers(cluster)) == (NEW.opa_image, NEW.postgresql_image)
    assert progressing(cluster) == "Settled"


def test_a_platform_that_names_another_version_takes_it_for_all(cluster: Cluster) -> None:
    round_of(cluster, NEW.model_copy(update={"version": "2.0.0"}))
    assert (engine(cluster), servers(cluster)) == (NEW.opa_image, NEW.postgresql_image)


def connector(cluster: Cluster) -> None:
    spec(cluster, connectors=[{"name": "own", "configMapRef": {"name": "own"}}])


def password(cluster: Cluster) -> None:
    cluster.objects[Ref("v1", "Secret", "kent", "north-db-service")]["metadata"]["uid"] = "another"


def restart(cluster: Cluster) -> None:
    template = cluster.objects[API]["spec"]["template"]
    template["metadata"].setdefault("annotations", {})[RESTARTED] = "2026-11-25T19:00:00Z"


def kept_no_more(cluster: Cluster) -> None:
    cluster.objects = {ref: one for ref, one in cluster.objects.items() if ref.kind != "ControllerRevision"}


def replaced(cluster: Cluster) -> None:
    """Its revision is collected a moment later, as all that a deleted object owned."""
    del cluster.objects[API]


def asleep(cluster: Cluster) -> None:
    cluster.objects[API]["spec"]["replicas"] = 0


@pytest.mark.parametrize("asked", [connector, password, restart, kept_no_more, replaced, asleep])
def test_pods_that_change_or_start_anyway_are_of_the_newer_rendering(
    cluster: Cluster, asked: Callable[[Cluster], None]
) -> None:
    round_of(cluster, NEW)
    assert engine(cluster) == OLD.opa_image
    asked(cluster)
    round_of(cluster, NEW)
    assert engine(cluster) == NEW.opa_image
    after = runs(cluster)
    round_of(cluster, NEW)
    assert runs(cluster) == after


def test_a_person_who_restarts_the_database_has_the_newer_servers(cluster: Cluster) -> None:
    round_of(cluster, NEW)
    cluster.objects[DATABASE]["metadata"]["annotations"][RESTARTED] = "2026-11-25T19:00:00Z"
    round_of(cluster, NEW)
    assert (servers(cluster), engine(cluster)) == (NEW.postgresql_image, OLD.opa_image)


def test_a_sleeping_database_wakes_with_the_newer_servers(cluster: Cluster) -> None:
    spec(cluster, hibernated=True)
    round_of(cluster, OLD)
    round_of(cluster, NEW)
    assert servers(cluster) == NEW.postgresql_image


@pytest.mark.parametrize(
    "change",
    [
        {"replicas": {"min": 2}},
        {"database": {"storage": "20Gi", "instances": 3}},
        {"policy": {"withheldCategories": ["custody"]}},
        {"index": {"visibility": "silent"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_needs_no_restart_restarts_nothing(cluster: Cluster, change: Object) -> None:
    round_of(cluster, NEW)
    spec(cluster, **change)
    round_of(cluster, NEW)
    assert (engine(cluster), servers(cluster)) == (OLD.opa_image, OLD.postgresql_image)


def test_a_larger_database_grows_at_once(cluster: Cluster) -> None:
    round_of(cluster, NEW)
    spec(cluster, database={"storage": "20Gi", "instances": 3})
    round_of(cluster, NEW)
    its = cluster.objects[DATABASE]["spec"]
    assert (its["storage"]["size"], its["instances"], its["enablePDB"]) == ("20Gi", 3, True)


def test_a_job_that_is_there_is_not_rendered_anew_and_is_looked_after(cluster: Cluster) -> None:
    [job] = [one for ref, one in cluster.objects.items() if ref.kind == "Job"]
    before = copy.deepcopy(job["spec"]["template"])
    job["spec"]["backoffLimit"] = 0
    round_of(cluster, NEW)
    [job] = [one for ref, one in cluster.objects.items() if ref.kind == "Job"]
    assert job["spec"] == {"backoffLimit": 4, "activeDeadlineSeconds": 3600, "template": before}


def test_a_node_whose_deployment_is_deleted_by_hand_comes_back_in_the_version_that_it_had(cluster: Cluster) -> None:
    del cluster.objects[API]
    round_of(cluster, NEW)
    assert cluster.objects[API]["spec"]["template"]["spec"]["containers"][0]["image"] == OLD.image
    assert servers(cluster) == OLD.postgresql_image


def test_one_revision_of_each_is_kept_and_rounds_at_rest_write_none(cluster: Cluster) -> None:
    assert cluster.revisions() == {"north-api": 1, "north-db": 1}
    round_of(cluster, NEW)
    assert cluster.revisions() == {"north-api": 1, "north-db": 1}
    restart(cluster)
    round_of(cluster, NEW)
    assert cluster.revisions() == {"north-api": 2, "north-db": 1}


def test_what_was_never_applied_is_not_kept(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(self: Cluster, one: Object) -> Object:
        if one["kind"] == "Deployment":
            raise ApiException(status=422, reason="no such thing")
        return await applied(self, one)

    applied = Cluster.apply
    with monkeypatch.context() as broken:
        broken.setattr(Cluster, "apply", refused)
        spec(cluster, version="2.0.0")
        with pytest.raises(PermanentError):
            round_of(cluster, NEW)
    assert cluster.revisions()["north-api"] == 1


def test_what_only_one_of_two_operators_looks_at_nobody_asked_for() -> None:
    data = {"asked": {"image": "a", "former": 1, "restarted": ""}, "rendered": {"old": True}}
    rendering = Rendering({"image": "a", "latter": 2}, {"old": False}, Kept({"data": data}, runs=True))
    assert rendering.applied == {"old": True}
    assert rendering.waits


def node(**changes: Any) -> DataNode:
    return DataNode.model_validate({"metadata": {"name": "north"}, "spec": {"force": "kent"} | changes})


OUTSIDE = {"mode": "external", "urlSecretRef": {"name": "theirs"}}


@pytest.mark.parametrize(
    "changed",
    [
        node(connectors=[{"name": "own", "configMapRef": {"name": "own"}}]),
        node(database=OUTSIDE),
        node(database=OUTSIDE | {"urlSecretRef": {"name": "theirs", "key": "dsn"}}),
        node(image="r.example/own:1"),
        node(version="3.0.0"),
        node(hibernated=True),
        node(replicas={"min": 2, "max": 9}),
        node(database={"storage": "1Ti", "instances": 3}),
        node(policy={"withheldCategories": ["custody"]}, index={"visibility": "never"}),
    ],
)
def test_whatever_of_a_manifest_is_in_its_pods_is_asked_for(changed: DataNode) -> None:
    """Else a change of it would not be followed, or would restart what it is not in."""

    def rendering(one: DataNode) -> Rendering:
        return api_rendering(one, OLD, workload.wanted_image(one, OLD), Situation())

    before, after = rendering(node()), rendering(changed)
    assert (before.asked != after.asked) == (before.newest != after.newest)


def test_a_revision_is_the_childs_alone_and_goes_with_it() -> None:
    labels = {"app.kubernetes.io/component": "api"}
    its = {"name": "north-api", "namespace": "kent", "uid": "1234567890", "labels": labels}
    child = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": its, "spec": {}}
    made = revision(node(), child, Rendering({"image": "a"}, {}))
    assert made is not None
    assert made["metadata"]["name"] == "north-api-12345678-1"
    assert made["metadata"]["ownerReferences"] == [
        {"apiVersion": "apps/v1", "kind": "Deployment", "name": "north-api", "uid": "1234567890"}
    ]
    assert kept(child, [made]).revision == made
    assert kept(child | {"metadata": its | {"uid": "another"}}, [made]).revision is None
    foreign = made | {"revision": 9, "data": {"spec": {}}}
    assert kept(child, [made, foreign]).revision == made
