"""What `ndsc bench operator` measures on, what it counts, and what it makes of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from ndsc.bench.curves import Point, points, svg
from ndsc.bench.estate import estate, forces, repairing
from ndsc.bench.estate.process import Reading
from ndsc.bench.estate.scaling import Restart, Scale, busiest
from ndsc.bench.estate.server import MARK, Server, path_of, see_that_it_is_nobodys
from ndsc.bench.measure import Better, Measurement
from ndsc.errors import ForbiddenError, InvalidInputError, UnavailableError
from ndsc_cluster.simulated import MARK as BORNE

FORCES = "/apis/ndsc.police.uk/v1alpha1/forces"
SYSTEM = "/api/v1/namespaces/kube-system"


def server(answers: Mapping[str, Any], asked: list[httpx.Request] | None = None) -> Server:
    """One that knows these paths."""

    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        known = answers.get(request.url.path)
        if known is None:
            return httpx.Response(404)
        return httpx.Response(200, text=known) if isinstance(known, str) else httpx.Response(200, json=known)

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="https://api.example")
    return Server(http, "https://api.example", "")


def cluster(*force_names: str, mark: str = "true") -> Server:
    listed = {"items": [{"metadata": {"name": name}} for name in force_names]}
    return server({SYSTEM: {"metadata": {"labels": {MARK: mark}}}, FORCES: listed})


@pytest.mark.parametrize(
    "somebodys",
    [
        server({}),
        server({SYSTEM: {"metadata": {}}}),
        cluster(mark="false"),
        cluster("kent"),
        cluster("bench-0001", "kent"),
    ],
)
def test_nothing_is_measured_on_a_cluster_that_is_somebodys(somebodys: Server) -> None:
    with pytest.raises(ForbiddenError):
        see_that_it_is_nobodys(somebodys)


def test_a_cluster_that_says_it_is_nobodys_is_measured_on_again_too() -> None:
    see_that_it_is_nobodys(cluster())
    see_that_it_is_nobodys(cluster("bench-0001"))


def test_the_mark_is_the_one_that_the_simulated_cluster_bears() -> None:
    assert {MARK: "true"} == BORNE


def test_a_server_that_refuses_says_so_and_one_that_has_it_not_answers_nothing() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(403, text="not you"))
    http = httpx.Client(transport=refusing, base_url="https://api.example")
    with pytest.raises(UnavailableError, match="403: not you"):
        Server(http, "", "").ask("GET", "/api")
    assert server({}).ask("GET", "/api") is None


def test_paths_are_those_of_the_api_server() -> None:
    assert path_of(("v1", "Namespace"), name="kube-system") == SYSTEM
    assert path_of(forces.FORCE) == FORCES
    assert path_of(("policy/v1", "PodDisruptionBudget"), "kent", "a") == (
        "/apis/policy/v1/namespaces/kent/poddisruptionbudgets/a"
    )


def test_the_servers_own_count_is_of_the_labels_that_are_asked_for() -> None:
    text = (
        "# TYPE asked_total counter\n"
        'asked_total{flow_schema="bench",priority="a"} 3\nasked_total{flow_schema="bench",priority="b"} 4\n'
        'asked_total{flow_schema="other",priority="b"} 50\n# TYPE else_total counter\nelse_total 9\n'
    )
    assert server({"/metrics": text}).counted("asked_total", flow_schema="bench") == 7


def test_each_force_has_one_data_node_and_the_children_that_an_operator_makes_of_them() -> None:
    codes = forces.codes(7, 9)
    assert codes == ["bench-0007", "bench-0008"]
    assert Counter(one["kind"] for one in forces.manifests(codes)) == {"Force": 2, "DataNode": 2}
    made = Counter(one["kind"] for one in forces.children(codes))
    assert (made["Namespace"], made["Deployment"], made["Job"], made["Secret"]) == (2, 2, 2, 0)


def test_a_job_is_the_same_whatever_database_it_migrates() -> None:
    job = {"kind": "Job", "metadata": {"namespace": "kent", "name": "kent-migrate-0011"}}
    assert forces.identity(job) == ("Job", "kent", "kent-migrate")
    assert forces.identity({"kind": "Service", "metadata": {"name": "kent-a"}}) == ("Service", "", "kent-a")


def test_every_kind_of_child_that_is_broken_is_one_that_the_operator_makes() -> None:
    made = {one["kind"]: one for one in forces.children(forces.codes(0, 1))}
    assert set(repairing.EDITS) <= set(made)
    for kind, edit in repairing.EDITS.items():
        if edit is not None:
            assert not repairing.is_broken("MODIFIED", made[kind], edit), f"{kind} is so already"


@pytest.mark.parametrize(
    ("event", "one", "edit", "broken"),
    [
        ("DELETED", {}, None, True),
        ("ADDED", {}, None, False),
        ("MODIFIED", {"spec": {"most": 2, "least": 1}}, {"spec": {"most": 2}}, True),
        ("MODIFIED", {"spec": {"most": 1}}, {"spec": {"most": 2}}, False),
        ("MODIFIED", {}, {"spec": {"most": 2}}, False),
    ],
)
def test_a_child_is_broken_while_it_is_gone_or_as_it_was_edited(event: str, one: Any, edit: Any, broken: bool) -> None:
    assert repairing.is_broken(event, one, edit) is broken


def reading(when: float, requests: int) -> Reading:
    text = (
        f'# TYPE ndsc_operator_requests_total counter\nndsc_operator_requests_total{{method="GET"}} {requests}\n'
        '# TYPE ndsc_operator_queue_depth gauge\nndsc_operator_queue_depth{kind="Force"} 0\n'
        "# TYPE ndsc_operator_leader gauge\nndsc_operator_leader 1\n"
    )
    return Reading(when, tuple(families(text)))


def test_the_busiest_second_is_found_between_readings_that_are_closer() -> None:
    readings = [reading(0, 0), reading(0.5, 0), reading(1, 100), reading(1.5, 400), reading(2, 410)]
    assert busiest(readings) == 400
    assert busiest(readings[:1]) == 0
    assert readings[0].idle


def scale(nodes: int, megabytes: float) -> Scale:
    restart = Restart(12.0, 20.0, requests=10.0 * nodes, busiest=200, processor=3, alone=1.0, beside=2.0)
    return Scale(nodes, megabytes, restart, rest=2.0 * nodes, repairs=[0.5, 1.0, 8.0], changes=40)


def test_measurements_are_shares_of_the_bounds_and_say_absolute_numbers_in_words() -> None:
    found = {one.name: one for one in estate.of([scale(50, 100)])}
    assert set(found) == {f"operator-{name}-50" for name in ("memory", "rest", "restart", "repair")}
    assert (found["operator-memory-50"].ratio, found["operator-memory-50"].goal) == (0.25, 1)
    # Of each data node two by the count, and a tenth of the ten of a round.
    assert found["operator-rest-50"].ratio == round(3 * 50 / (estate.REST + estate.REST_EACH * 50), 3)
    assert found["operator-repair-50"].ratio == 0.8
    assert "12.0 s to lead" in found["operator-restart-50"].detail
    assert {one.better for one in found.values()} == {Better.LOWER}


def test_memory_grows_more_than_linearly_when_a_node_more_takes_more_in_a_larger_estate() -> None:
    straight = [scale(50, 100), scale(200, 115), scale(1000, 195)]
    assert estate.growth(straight).ratio == 1.0
    assert estate.growth([*straight[:2], scale(1000, 275)]).ratio == 2.0
    assert "operator-memory-growth" in {one.name for one in estate.of(straight)}


@pytest.mark.parametrize("text", ["", "ten", "50,50", "200,50", "5", "50,6000", "-50"])
def test_sizes_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        estate.sizes_of(text)


def test_sizes_are_read_from_one_word() -> None:
    assert estate.sizes_of("50,200,1000") == (50, 200, 1000)


def test_what_was_measured_at_sizes_is_drawn_as_a_line_a_measure() -> None:
    one = Measurement(name="operator-create", ratio=1, goal=1.5, better=Better.LOWER, detail="")
    sized = [one.model_copy(update={"name": f"operator-memory-{size}", "goal": 2}) for size in (50, 200)]
    assert list(points([one, *sized])) == [Point("operator-memory", 50, 0.5), Point("operator-memory", 200, 0.5)]
    drawn = svg([one, *sized])
    assert drawn.startswith("<svg")
    assert "operator-memory" in drawn
    assert "href=" not in drawn
