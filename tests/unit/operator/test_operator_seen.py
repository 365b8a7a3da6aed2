"""What is known of a child without its content: whose it is, and whether it still is as it was left."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ndsc_operator import seen
from ndsc_operator.children.common import FORCE_LABEL, MANAGER, NODE_LABEL
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Children, Whose

Object = dict[str, Any]
LABELS = {FORCE_LABEL: "kent", NODE_LABEL: "north"}
SERVICE: Object = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "north", "namespace": "kent", "labels": LABELS},
    "spec": {"ports": [{"port": 443}]},
}
NORTH = Whose("kent", "north")


def there(manifest: Object = SERVICE, version: str = "1", fields: str = "f:spec", **more: Any) -> Object:
    """As the server has it: with the fields that are ours."""
    ours = {"manager": MANAGER, "operation": "Apply", "fieldsV1": {fields: {}}, "time": version}
    status = {"manager": "a-controller", "operation": "Update", "subresource": "status", "time": version}
    its = {"uid": "u-1", "resourceVersion": version, "managedFields": [ours, status], **more}
    return manifest | {"metadata": manifest["metadata"] | its}


def told(children: Children, one: Object, *, gone: bool = False) -> bool:
    return children.told(Ref.of(one), one["metadata"], gone=gone)


@pytest.fixture
def children() -> Children:
    """The Service was applied, and the watch has told of it."""
    made = Children()
    made.answered(SERVICE, there())
    assert not told(made, there())
    return made


class TestStands:
    def test_a_child_that_is_as_it_was_left_stands(self, children: Children) -> None:
        assert children.stands(SERVICE)

    def test_another_manifest_does_not(self, children: Children) -> None:
        assert not children.stands(SERVICE | {"spec": {"ports": [{"port": 444}]}})

    def test_it_does_not_before_the_watch_told_of_it(self) -> None:
        made = Children()
        assert not made.stands(SERVICE)
        made.answered(SERVICE, there())
        assert not made.stands(SERVICE)

    def test_it_does_not_where_somebody_took_a_field_of_ours_until_it_is_applied_again(
        self, children: Children
    ) -> None:
        assert told(children, there(version="2", fields="f:less"))
        assert not children.stands(SERVICE)
        children.answered(SERVICE, there(version="3"))
        assert not children.stands(SERVICE)  # what the watch told is older
        told(children, there(version="3"))
        assert children.stands(SERVICE)

    def test_it_does_not_once_it_is_gone_or_going(self, children: Children) -> None:
        assert told(children, there(version="2", deletionTimestamp="2026-01-01T00:00:00Z"))
        assert not children.stands(SERVICE)
        assert told(children, there(version="3"), gone=True)
        assert not children.stands(SERVICE)

    def test_another_of_its_name_does_not(self, children: Children) -> None:
        told(children, there(version="2", uid="u-2"))
        assert not children.stands(SERVICE)

    def test_it_does_not_for_ever(self, children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + seen.SURE_SECONDS + 1)
        assert not children.stands(SERVICE)

    @pytest.mark.parametrize(
        ("version", "kind"), [("postgresql.cnpg.io/v1", "Cluster"), ("batch/v1", "Job"), ("apps/v1", "Deployment")]
    )
    def test_one_whose_status_is_judged_is_always_asked_for(self, version: str, kind: str) -> None:
        made, manifest = Children(), SERVICE | {"apiVersion": version, "kind": kind}
        made.answered(manifest, there(manifest))
        told(made, there(manifest))
        assert not made.stands(manifest)


class TestNews:
    def test_that_it_is_there_is_news_to_who_did_not_make_it(self) -> None:
        assert told(Children(), there())

    def test_a_status_that_is_counted_anew_is_none(self, children: Children) -> None:
        assert not told(children, there(version="2"))

    def test_the_same_change_again_is_news_again(self, children: Children) -> None:
        assert told(children, there(version="2", fields="f:less"))
        assert told(children, there(version="4", fields="f:less"))

    def test_a_status_that_is_judged_is(self) -> None:
        made, manifest = Children(), SERVICE | {"apiVersion": "apps/v1", "kind": "Deployment"}
        made.answered(manifest, there(manifest))
        assert not told(made, there(manifest))
        assert told(made, there(manifest, version="2"))


class TestMore:
    def more(self, children: Children, *kept: Object, whose: Whose = NORTH) -> bool:
        return children.has_more(("v1", "Service"), "kent", whose, {Ref.of(one) for one in kept})

    def test_what_is_kept_is_no_more_than_is_wanted(self, children: Children) -> None:
        assert self.more(children)
        assert not self.more(children, SERVICE)

    def test_what_was_applied_is_known_before_a_watch_tells_of_it(self) -> None:
        made = Children()
        made.answered(SERVICE, there())
        assert self.more(made)

    @pytest.mark.parametrize("whose", [Whose("kent"), Whose("kent", "south"), Whose("essex", "north")])
    def test_another_ones_is_not_theirs(self, children: Children, whose: Whose) -> None:
        assert not self.more(children, whose=whose)

    @pytest.mark.parametrize(
        "more", [{"ownerReferences": [{"name": "a"}]}, {"deletionTimestamp": "2026-01-01T00:00:00Z"}]
    )
    def test_what_goes_by_itself_is_left_to_that(self, children: Children, more: Object) -> None:
        told(children, there(version="2", **more))
        assert not self.more(children)

    def test_what_is_gone_is_no_more(self, children: Children) -> None:
        told(children, there(), gone=True)
        assert not self.more(children)
