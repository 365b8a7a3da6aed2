"""A manifest file is read whole or refused with every reason, its place and what to do."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from ndsc.errors import NotFoundError
from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.base import Manifest
from ndsc.resources.datanode import DataNode, Visibility
from ndsc.resources.documents import MAX_BYTES, read_documents
from ndsc.resources.errors import ManifestError
from ndsc.resources.force import Force
from ndsc.resources.loader import load_paths, load_text

FORCE_AND_NODE = """\
apiVersion: ndsc.police.uk/v1alpha1
kind: Force
metadata:
  name: south-wales
spec:
  code: south-wales
  name: South Wales Police
---
apiVersion: ndsc.police.uk/v1alpha1
kind: DataNode
metadata:
  name: south-wales
spec:
  force: south-wales
"""

AGREEMENT = """\
apiVersion: ndsc.police.uk/v1alpha1
kind: DataSharingAgreement
metadata: {name: example}
spec:
  title: An example
  parties: [{force: south-wales}, {force: btp, role: consumer}]
  legalBasis: {statute: Data Protection Act 2018 section 35, gateway: An example.}
  purposes: [prevent-crime]
  categories: [nominal, vehicle]
  startsOn: 2026-01-01
  endsOn: 2028-12-31
  reviewOn: 2027-06-30
  dpia: EXAMPLE-1
"""


def refused(text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        load_text(text, "file.yaml")
    return f"{caught.value.message}\n{caught.value.hint}"


def one(text: str) -> Manifest:
    (manifest,) = load_text(text)
    return manifest


class TestWhatIsAccepted:
    def test_a_force_and_its_node_in_fewer_than_twenty_lines(self) -> None:
        force, node = load_text(FORCE_AND_NODE)
        assert isinstance(force, Force)
        assert isinstance(node, DataNode)
        assert len(FORCE_AND_NODE.splitlines()) <= 20
        assert (node.spec.replicas.min, node.spec.replicas.max) == (1, 3)
        assert node.spec.database.mode == "managed"
        assert node.spec.index.visibility is Visibility.VISIBLE
        assert force.spec.deletion_policy == "Retain"

    def test_dates_may_stand_without_quotes_as_in_kubernetes(self) -> None:
        agreement = one(AGREEMENT)
        assert isinstance(agreement, DataSharingAgreement)
        assert agreement.spec.ends_on.isoformat() == "2028-12-31"
        assert agreement.spec.providers == ("south-wales",)
        assert agreement.spec.consumers == ("south-wales", "btp")

    def test_what_others_name_comes_first_whatever_the_order_of_the_file(self) -> None:
        documents = FORCE_AND_NODE.split("---\n")
        manifests = load_text("---\n".join([AGREEMENT, documents[1], documents[0]]))
        assert [manifest.kind for manifest in manifests] == ["Force", "DataNode", "DataSharingAgreement"]

    def test_what_get_prints_can_be_applied_again(self) -> None:
        manifests = load_text(FORCE_AND_NODE)
        dumped = {"apiVersion": "v1", "kind": "List", "items": [manifest.dump() for manifest in manifests]}
        assert load_text(json.dumps(dumped)) == manifests

    def test_empty_documents_and_a_byte_order_mark_do_not_matter(self) -> None:
        assert len(load_text(b"\xef\xbb\xbf---\n---\n" + FORCE_AND_NODE.encode() + b"---\n")) == 2

    def test_a_force_made_by_a_merger_may_have_a_new_code_that_the_same_file_uses(self) -> None:
        text = FORCE_AND_NODE.replace("south-wales", "wales").replace(
            "name: South Wales Police", "name: Police Wales\n  successorOf: [south-wales, gwent]"
        )
        force, node = load_text(text)
        assert isinstance(force, Force)
        assert isinstance(node, DataNode)
        assert force.spec.successor_of == ("south-wales", "gwent")

    def test_folders_are_read_in_order_and_only_their_manifests(self, tmp_path: Path) -> None:
        (tmp_path / "b.yaml").write_text(FORCE_AND_NODE)
        (tmp_path / "a.yml").write_text(AGREEMENT)
        (tmp_path / "notes.txt").write_text("not a manifest")
        (tmp_path / "below").mkdir()
        (tmp_path / "below" / "c.yaml").write_text(FORCE_AND_NODE.replace("south-wales", "gwent"))
        assert len(load_paths([tmp_path])) == 3
        assert len(load_paths([tmp_path], recursive=True)) == 5


class TestWhereAndWhat:
    def test_an_error_names_file_document_line_and_field_and_what_was_meant(self) -> None:
        text = refused(FORCE_AND_NODE + "  replica: {min: 2}\n")
        assert "file.yaml, document 2, line 15: spec.replica: unknown field" in text
        assert "Did you mean replicas?" in text

    def test_every_problem_is_told_at_once(self) -> None:
        text = refused(FORCE_AND_NODE.replace("name: South Wales Police", "colour: blue").replace("force: ", "forse: "))
        assert "document 1, line 7: spec.colour: unknown field" in text
        assert "spec.name: is required" in text
        assert "document 2, line 14: spec.forse: unknown field" in text
        assert "spec.force: is required" in text

    def test_a_force_that_is_not_in_the_list_is_named_with_the_nearest_ones(self) -> None:
        text = refused(FORCE_AND_NODE.replace("force: south-wales", "force: south-whales"))
        assert "spec.force: 'south-whales' is not the code of a force" in text
        assert "south-wales" in text.split("not the code of a force")[1]

    def test_an_unknown_kind_and_a_wrong_version_say_what_there_is(self) -> None:
        text = refused("apiVersion: ndsc.police.uk/v1\nkind: Forces\n")
        assert "apiVersion: is 'ndsc.police.uk/v1'" in text
        assert "Write apiVersion: ndsc.police.uk/v1alpha1." in text
        assert "Did you mean Force?" in text

    def test_a_resource_that_stands_twice_is_named_with_both_places(self) -> None:
        assert "DataNode south-wales is also in file.yaml, document 2" in refused(
            FORCE_AND_NODE + "---\n" + FORCE_AND_NODE.split("---\n")[1]
        )

    def test_a_value_outside_a_list_is_shown_with_the_list(self) -> None:
        text = refused(AGREEMENT.replace("prevent-crime", "curiosity"))
        assert "spec.purposes[0]: 'curiosity' is not one of protect-life-and-property, preserve-order" in text
        assert "ndsc explain datasharingagreement.spec.purposes" in text

    @pytest.mark.parametrize(
        ("replaced", "by", "said"),
        [
            ("force: south-wales}", "force: 7}", "spec.parties[0].force: 7 should be a valid string"),
            ("startsOn: 2026-01-01", "startsOn: 20260101", "spec.startsOn: 20260101"),
            ("startsOn: 2026-01-01", "startsOn: '20260101'", "spec.startsOn: '20260101': should be a day, YYYY-MM-DD"),
            ("startsOn: 2026-01-01", "startsOn: 2026-02-30", "spec.startsOn: '2026-02-30'"),
            ("title: An example", "title: ''", "spec.title: ''"),
            ("title: An example", 'title: "two\\nlines"', "spec.title"),
            ("dpia: EXAMPLE-1", "dpia: no", "spec.dpia: false should be a valid string"),
        ],
    )
    def test_types_are_those_of_json_as_on_an_api_server(self, replaced: str, by: str, said: str) -> None:
        assert said in refused(AGREEMENT.replace(replaced, by))

    def test_a_path_that_is_not_there_is_not_found(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="does not exist"):
            load_paths([tmp_path / "nowhere.yaml"])

    def test_a_folder_without_manifests_is_a_mistake(self, tmp_path: Path) -> None:
        with pytest.raises(ManifestError, match=r"holds no \.yaml"):
            load_paths([tmp_path])


class TestHostileFiles:
    def test_aliases_are_refused_so_that_nothing_grows(self) -> None:
        bomb = "a: &a [x, x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
        )
        assert "anchors and aliases" in refused(bomb)

    def test_duplicate_keys_are_refused_with_their_line(self) -> None:
        assert "line 3: metadata.name stands twice" in refused("metadata:\n  name: a\n  name: b\n")

    @pytest.mark.parametrize("text", ["[" * 5_000, "{a: " * 200 + "1" + "}" * 200, "- " * 3_000])
    def test_depth_is_bounded(self, text: str) -> None:
        assert "file.yaml" in refused(text)

    def test_the_size_of_a_file_and_the_number_of_values_are_bounded(self) -> None:
        assert "larger than" in refused("a" * (MAX_BYTES + 1))
        assert "more than 100000 values" in refused("[" + "1," * 100_001 + "1]")

    @pytest.mark.parametrize(
        "text",
        [
            "!!python/object/apply:os.system [ls]",
            "a: !!binary aGVsbG8=",
            "!!set {a, b}",
            "? [a, b]\n: c",
            "<<: {a: b}\nkind: Force",
            "a: 'b",
            "\x00",
            "a: b: c",
            "\tx",
            "%YAML 9.9\n---\n",
            "just text",
            "- a list",
        ],
    )
    def test_what_is_not_a_manifest_is_refused_in_words(self, text: str) -> None:
        assert "file.yaml" in refused(text)

    def test_bytes_that_are_not_utf8_are_refused(self) -> None:
        with pytest.raises(ManifestError, match="not UTF-8"):
            load_text("kind: Forçe".encode("latin-1"))

    def test_numbers_that_json_does_not_have_stay_text(self) -> None:
        (document,) = read_documents(b"[.nan, .inf, 0x10, 1_000, 07, 190:20, 1e5, -0, 2026-01-01]", "x")
        assert document.value == [".nan", ".inf", "0x10", "1_000", "07", "190:20", 100_000, 0, "2026-01-01"]


def test_index_rules_take_the_strictest_that_is_about_a_record() -> None:
    node = one(
        FORCE_AND_NODE.split("---\n")[1]
        + textwrap.indent(
            "index:\n  rules:\n"
            "  - {kind: event, visibility: silent}\n  - {category: intelligence, visibility: never}\n",
            "  ",
        )
    )
    assert isinstance(node, DataNode)
    assert node.spec.index.visibility_of("event", "intelligence") is Visibility.NEVER
    assert node.spec.index.visibility_of("event", "crime") is Visibility.SILENT
    assert node.spec.index.visibility_of("person", "nominal") is Visibility.VISIBLE
