"""The chart by itself: what it renders keeps the house's rules, and wrong values are refused with a reason.

Needs helm: on the path, or built by `make cluster`. Without it these tests say so and do not run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.helming import CHART, Helm

Object = dict[str, Any]
PARTS = ("hub", "evaluator", "registry", "gateway")
WITH_DATABASE = PARTS[1:]


@pytest.fixture(scope="module")
def rendered(helm: Helm) -> list[Object]:
    return objects(helm)


def objects(helm: Helm, *options: str) -> list[Object]:
    text = helm("template", "ndsc", str(CHART), "--namespace", "ndsc-system", *options)
    return [one for one in yaml.safe_load_all(text) if one]


def named(rendered: list[Object], kind: str, name: str) -> Object:
    [found] = [one for one in rendered if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


def pods(rendered: list[Object]) -> Iterator[tuple[str, Object]]:
    for one in rendered:
        if one["kind"] in ("Deployment", "Job"):
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]
        elif one["kind"] == "Pod":
            yield one["metadata"]["name"], one["spec"]


def test_lint_finds_nothing(helm: Helm) -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART), str(CHART.parent / "ndsc-crds"))


def test_every_container_is_held_to_the_restricted_level_and_to_limits(rendered: list[Object]) -> None:
    seen = set()
    for name, pod in pods(rendered):
        seen.add(name)
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            its = container["securityContext"]
            assert its["readOnlyRootFilesystem"], name
            assert not its["allowPrivilegeEscalation"], name
            assert its["capabilities"] == {"drop": ["ALL"]}, name
            assert {"cpu", "memory"} == container["resources"]["requests"].keys(), name
            assert "memory" in container["resources"]["limits"], name
    assert seen == {*PARTS, "ndsc-operator", "platform-keys", "platform-check"}


def test_a_part_without_business_at_the_api_server_has_no_token(rendered: list[Object]) -> None:
    has = {name for name, pod in pods(rendered) if pod.get("automountServiceAccountToken", True)}
    assert has == {"hub", "ndsc-operator", "platform-keys"}


def test_the_hub_reads_the_three_kinds_and_no_more(rendered: list[Object]) -> None:
    [rule] = named(rendered, "ClusterRole", "ndsc-hub")["rules"]
    assert rule == {
        "apiGroups": ["ndsc.police.uk"],
        "resources": ["forces", "datanodes", "datasharingagreements"],
        "verbs": ["get", "list", "watch"],
    }


@pytest.mark.parametrize("part", WITH_DATABASE)
def test_tables_are_the_owners_and_the_service_is_not_the_owner(rendered: list[Object], part: str) -> None:
    pod = named(rendered, "Deployment", part)["spec"]["template"]["spec"]
    [migrates], [serves] = pod["initContainers"], pod["containers"]
    assert migrates["args"] == ["migrate", part]
    assert serves["args"] == ["serve", part]
    assert logins(migrates) == {f"{part}-db-app"}
    assert logins(serves) == {f"{part}-db-service"}
    [volume] = [one for one in pod["volumes"] if one["name"] == "database-ca"]
    assert volume["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]  # and not the authority's key
    url = next(one["value"] for one in serves["env"] if one["name"] == "NDSC_DATABASE_URL")
    assert "sslmode=verify-full" in url


def logins(container: Object) -> set[str]:
    return {one["valueFrom"]["secretKeyRef"]["name"] for one in container["env"] if "valueFrom" in one}


def test_keys_reach_only_the_service_that_needs_them(rendered: list[Object]) -> None:
    holders: dict[str, set[str]] = {}
    for name, pod in pods(rendered):
        for volume in pod.get("volumes", ()):
            if "secret" in volume:
                holders.setdefault(volume["secret"]["secretName"], set()).add(name)
    assert holders["index-keys"] == {"evaluator"}
    assert holders["pepper"] == {"registry"}
    assert holders["evaluator-tls"] == {"evaluator"}


def ports_between(rendered: list[Object], source: str, target: str) -> set[int]:
    """Ports that both the source's egress and the target's ingress let through, inside the namespace."""

    def rules(part: str, way: str, peers: str, other: str) -> set[int]:
        found = set()
        for rule in named(rendered, "NetworkPolicy", part)["spec"].get(way, ()):
            listed = rule.get(peers, [{"podSelector": {}}])
            wanted = [{"app.kubernetes.io/component": other}, {"cnpg.io/cluster": other}, None]
            if any(
                "namespaceSelector" not in one
                and "ipBlock" not in one
                and one["podSelector"].get("matchLabels") in wanted
                for one in listed
            ):
                found |= {port["port"] for port in rule["ports"]}
        return found

    return rules(source, "egress", "to", target) & rules(target, "ingress", "from", source)


@pytest.mark.parametrize("source", [*PARTS, *(f"{part}-db" for part in WITH_DATABASE)])
@pytest.mark.parametrize("target", [*PARTS, *(f"{part}-db" for part in WITH_DATABASE)])
def test_only_these_talk_to_each_other(rendered: list[Object], source: str, target: str) -> None:
    open_ways = {("gateway", other): {8443} for other in PARTS if other != "gateway"}
    open_ways |= {(part, f"{part}-db"): {5432} for part in WITH_DATABASE}
    open_ways |= {(f"{part}-db", f"{part}-db"): {5432, 8000} for part in WITH_DATABASE}
    if source != target or source.endswith("-db"):
        assert ports_between(rendered, source, target) == open_ways.get((source, target), set())


def test_what_is_not_named_is_denied(rendered: list[Object]) -> None:
    policy = named(rendered, "NetworkPolicy", "default-deny")["spec"]
    assert policy == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_gateway_can_be_kept_to_some(helm: Helm) -> None:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
    policy = named(objects(helm, "--set-json", f"gateway.allowFrom=[{json.dumps(peer)}]"), "NetworkPolicy", "gateway")
    assert peer in policy["spec"]["ingress"][0]["from"]


def test_databases_outlive_the_chart_and_no_secret_is_the_charts(rendered: list[Object]) -> None:
    for part in WITH_DATABASE:
        database = named(rendered, "Cluster", f"{part}-db")
        assert database["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert database["spec"]["managed"]["roles"][0]["passwordSecret"] == {"name": f"{part}-db-service"}
    assert "Secret" not in {one["kind"] for one in rendered}


def test_the_right_to_make_secrets_goes_with_the_job_that_needs_it(rendered: list[Object]) -> None:
    for kind in ("ServiceAccount", "Role", "RoleBinding", "Job", "NetworkPolicy"):
        its = named(rendered, kind, "platform-keys")["metadata"]["annotations"]
        assert its["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert "hook-succeeded" in its["helm.sh/hook-delete-policy"]
    account = named(rendered, "ServiceAccount", "platform-keys")["metadata"]["annotations"]["helm.sh/hook-weight"]
    job = named(rendered, "Job", "platform-keys")["metadata"]["annotations"]["helm.sh/hook-weight"]
    assert int(account) < int(job)


def test_metrics_are_announced_where_somebody_listens(helm: Helm, rendered: list[Object]) -> None:
    assert not [one for one in rendered if one["kind"] == "ServiceMonitor"]
    told = objects(helm, "--api-versions", "monitoring.coreos.com/v1/ServiceMonitor")
    assert {one["metadata"]["name"] for one in told if one["kind"] == "ServiceMonitor"} == {*PARTS, "ndsc-operator"}


def test_the_operator_can_run_alone(helm: Helm) -> None:
    alone = objects(helm, "--set", "centralServices.enabled=false")
    assert [one["metadata"]["name"] for one in alone if one["kind"] == "Deployment"] == ["ndsc-operator"]
    assert not [one for one in alone if one["kind"] == "Cluster" or one["metadata"]["name"] == "default-deny"]


def test_the_operator_is_told_what_the_chart_knows_unless_a_value_says_otherwise(helm: Helm) -> None:
    def told(*options: str) -> dict[str, str]:
        operator = named(objects(helm, *options), "Deployment", "ndsc-operator")
        [container] = operator["spec"]["template"]["spec"]["containers"]
        assert len({one["name"] for one in container["env"]}) == len(container["env"])
        return {one["name"]: one["value"] for one in container["env"] if "value" in one}

    assert told("--set", "databases.image=pg:1")["NDSC_OPERATOR_POSTGRESQL_IMAGE"] == "pg:1"
    assert told()["NDSC_OPERATOR_API_SERVER_PORT"] == "6443"
    assert told("--set", "operator.settings.opaImage=opa:1")["NDSC_OPERATOR_OPA_IMAGE"] == "opa:1"
    assert told("--set", "operator.settings.postgresqlImage=pg:2")["NDSC_OPERATOR_POSTGRESQL_IMAGE"] == "pg:2"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("evaluator.replica=2", "replica"),
        ("evaluator.replicas=0", "minimum"),
        ("gateway.replicas=two", "integer"),
        ("registry.database.storage=lots", "pattern"),
        ("registry.database.instances=9", "maximum"),
        ("image.pullPolicy=Sometimes", "pullPolicy"),
        ("networkPolicy.apiServerCidr=everywhere", "pattern"),
        ("colour=blue", "colour"),
        ("hub.database.instances=1", "database"),
    ],
)
def test_a_value_that_is_wrong_is_refused_by_name(helm: Helm, value: str, told: str) -> None:
    refused = helm.tried("template", "ndsc", str(CHART), "--set", value)
    assert refused.returncode == 1
    assert told in refused.stderr
