"""What kopf calls, and where: on the loop that queues and watches belong to."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from typing import Any, cast

import pytest

from ndsc_operator.changes import Changes
from ndsc_operator.children.common import FORCE_LABEL, NODE_LABEL
from ndsc_operator.handlers import Queues, node_ref, registry, until_one_ends
from ndsc_operator.metrics import Conditions
from ndsc_operator.queue import WorkQueue
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Whose
from ndsc_operator.watching import MetadataWatch, Scope
from ndsc_operator.written import Written

FORCE, NODE = {FORCE_LABEL: "kent"}, {FORCE_LABEL: "kent", NODE_LABEL: "north"}


def _queue(worked: list[Any] | None = None) -> WorkQueue[Any]:
    async def work(key: Any) -> None:
        if worked is not None:
            worked.append(key)

    return WorkQueue(work)


def woken(*labels: dict[str, str], nodes_there: tuple[Ref, ...] = ()) -> tuple[set[str], set[Ref]]:
    """Forces and data nodes that are worked on when the last is heard of one Service, after those before it."""

    async def scenario() -> tuple[set[str], set[Ref]]:
        forces: list[str] = []
        nodes: list[Ref] = []
        queues = Queues(_queue(forces), _queue(nodes), _queue(), _queue(), _queue(), _queue())
        changes = Changes()
        for ref in nodes_there:
            changes.heard(ref, {"kind": "DataNode", "metadata": {"uid": str(ref)}}, gone=False)
        watches = MetadataWatch(cast("Any", None), lambda told: queues.told(told, changes))
        known: dict[Ref, Whose] = {}
        for one in labels:
            forces.clear()
            nodes.clear()
            its = {"name": "north", "namespace": "kent", "labels": one}
            watches._tell(Scope(("v1", "Service")), known, its, gone=False)
            for queue in (queues.forces, queues.nodes):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(queue.run(), 0.02)
        return set(forces), set(nodes)

    return asyncio.run(scenario())


@pytest.mark.parametrize("after", [{FORCE_LABEL: "essex"}, {}, {NODE_LABEL: "north"}])
def test_a_child_whose_label_of_a_force_is_changed_or_taken_off_wakes_the_force_that_it_had(
    after: dict[str, str],
) -> None:
    assert woken(FORCE)[0] == {"kent"}
    assert "kent" in woken(FORCE, after)[0]


@pytest.mark.parametrize("after", [{**NODE, NODE_LABEL: "south"}, FORCE, {}])
def test_a_child_whose_label_of_a_data_node_is_changed_or_taken_off_wakes_the_node_that_it_had(
    after: dict[str, str],
) -> None:
    for seen in (woken(NODE), woken(NODE, after)):
        assert {node_ref("kent", "north"), node_ref("default", "north")} <= seen[1]


def test_a_child_wakes_its_node_where_that_lies_and_both_homes_while_that_is_unknown() -> None:
    home, default = node_ref("kent", "north"), node_ref("default", "north")
    assert woken(NODE)[1] == {home, default}
    assert woken(NODE, nodes_there=(default,))[1] == {default}
    assert woken(NODE, nodes_there=(default, home))[1] == {home, default}


def test_what_belongs_to_no_force_wakes_nobody() -> None:
    assert woken({}) == (set(), set())


def test_every_handler_of_an_event_is_a_coroutine_for_kopf_runs_others_on_threads() -> None:
    async def handlers() -> list[Any]:
        queues = Queues(_queue(), _queue(), _queue(), _queue(), _queue(), _queue())
        made = registry(queues, cast("Any", None), Changes(), Conditions(), Written())
        return list(cast("Any", made)._watching.get_all_handlers())

    found = asyncio.run(handlers())
    assert len(found) == 4
    assert [one.id for one in found if not inspect.iscoroutinefunction(one.fn)] == []


@pytest.mark.parametrize(("type_", "looked_at"), [("DELETED", {"medway", "kent"}), ("MODIFIED", set())])
def test_a_successor_that_is_deleted_has_its_predecessors_looked_at_as_well(type_: str, looked_at: set[str]) -> None:
    body = {"kind": "Force", "metadata": {"name": "medway"}, "spec": {"code": "medway", "successorOf": ["kent"]}}

    async def scenario() -> tuple[set[str], set[str]]:
        forces: list[str] = []
        listings: list[str] = []
        queues = Queues(_queue(forces), _queue(), _queue(), _queue(), _queue(), _queue(listings))
        made = registry(queues, cast("Any", None), Changes(), Conditions(), Written())
        handlers = cast("Any", made)._watching.get_all_handlers()
        (heard,) = [one.fn for one in handlers if one.fn.__name__ == "force_changed"]
        await heard(name="medway", type=type_, body=body)
        for queue in (queues.forces, queues.listings):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(queue.run(), 0.02)
        return set(forces), set(listings)

    assert asyncio.run(scenario()) == ({"medway", "kent"}, looked_at)


def test_an_operator_one_of_whose_queues_ends_does_not_live_on_without_it() -> None:
    async def broken() -> None:
        raise KeyError

    async def both() -> None:
        going = asyncio.create_task(asyncio.sleep(60))
        try:
            await until_one_ends([going, asyncio.create_task(broken())])
        finally:
            going.cancel()

    with pytest.raises(KeyError):
        asyncio.run(asyncio.wait_for(both(), 5))
