"""An answer as people read it, on narrow terminals and wide ones; names and officers as people write them."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rich.console import Console

from ndsc.cli.answers import percent, render
from ndsc.cli.context import Officer
from ndsc.cli.output import words
from ndsc.cli.search import split_name
from ndsc.errors import NdscError
from ndsc.gateway.schemas import ForceAnswer, ForceStatus, Group, Member, SearchAnswer
from ndsc.model.pole import Address, Person
from ndsc.node.schemas import AppliedMask, FoundRecord

RECORD = "south-wales.p.d3cp6kx4kmddsmvj"
SIAN = Person(
    given_name="Siân",
    surname="Llewellyn-Price",
    date_of_birth="1987-03-09",
    home=Address(number="14", street="Larkmoor Rise", town="Cardiff", postcode="CC10 4LD"),
    phones=("+447700900417",),
)


def answer(**changes: Any) -> SearchAnswer:
    record = FoundRecord(
        id=RECORD,
        force="south-wales",
        kind="person",
        body=SIAN,
        source_system="rms",
        source_reference="S1",
        recorded_at=datetime(2025, 1, 3, tzinfo=UTC),
        updated_at=datetime(2025, 1, 3, tzinfo=UTC),
        provenance={"connector": "nominals 1"},
        retention_group="3",
        review_on=date(2045, 1, 3),
        decision={"rule": "force/own-access"},
    )
    reasons = ("same date of birth: 9 March 1987", "surname nearly the same: Llewellyn-Price / Llewelyn Price")
    member = Member(record=record, probability=0.97, match_weight=5, comparisons=(), reasons=reasons)
    group = Group(label="Siân Llewellyn-Price", probability=0.97, forces=("south-wales",), members=(member,))
    lines = (
        ForceAnswer(force="south-wales", status=ForceStatus.ANSWERED, records=1, took_ms=12),
        ForceAnswer(force="durham", status=ForceStatus.TIMED_OUT, took_ms=5000, detail="no answer in time"),
    )
    given = {"forces": lines, "groups": (group,), **changes}
    return SearchAnswer(
        request_id="the-request-1", asked_at=datetime.now(UTC), took_ms=20, keys=("pnc-id",), network=4, **given
    )


def printed(said: SearchAnswer, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(render(said, title="Siân Llewellyn-Price", asker="pc4417@south-wales"))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 140, 220])
def test_no_line_is_wider_than_the_terminal_and_an_id_is_never_broken(width: int) -> None:
    lines = printed(answer(), width)
    assert max(map(len, lines)) <= width
    assert any(RECORD in line for line in lines)


@pytest.mark.parametrize("width", [80, 140])
def test_it_says_who_answered_what_is_known_and_why_it_fits(width: int) -> None:
    said = " ".join(" ".join(line.strip("│ ") for line in printed(answer(), width)).split())
    for part in ("2 of 4 forces asked", "timed out", "no answer in time", "97 % sure", "Larkmoor Rise", "9 March 1987"):
        assert part in said


def test_nobody_asked_says_so_and_why() -> None:
    said = " ".join(printed(answer(forces=(), groups=(), note="A name needs a date of birth."), 80))
    assert "None of 4 forces asked" in said
    assert "A name needs a date of birth." in said
    assert "No records." in said


def test_what_is_withheld_and_what_is_only_generalised_are_told_apart() -> None:
    said = answer()
    ((member,),) = (group.members for group in said.groups)
    masks = [("phones", "withheld"), ("home", "area-only"), ("date_of_birth", "year-only")]
    masked = member.record.model_copy(
        update={"masks": tuple(AppliedMask(field=field, treatment=treatment) for field, treatment in masks)}
    )
    group = said.groups[0].model_copy(update={"members": (member.model_copy(update={"record": masked}),)})
    lines = [line.strip("│ ") for line in printed(answer(groups=(group,)), 99)]
    assert any(line.endswith("withheld: phones") for line in lines)
    assert any(line.endswith("generalised: home (area only), date of birth (year only)") for line in lines)


@pytest.mark.parametrize(
    ("probability", "said"),
    [(1.0, "over 99 %"), (0.995, "over 99 %"), (0.99, "99 %"), (0.5, "50 %"), (0.01, "1 %"), (0.0, "under 1 %")],
)
def test_a_probability_never_claims_certainty(probability: float, said: str) -> None:
    assert percent(probability) == said


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Siân Llewellyn-Price", ("Siân", "Llewellyn-Price")),
        ("Llewellyn-Price, Siân", ("Siân", "Llewellyn-Price")),
        ("Mary Ann Evans", ("Mary Ann", "Evans")),
        ("Evans", ("", "Evans")),
        ("", ("", "")),
    ],
)
def test_a_name_as_written(text: str, name: tuple[str, str]) -> None:
    assert split_name(text) == name


@pytest.mark.parametrize(
    ("who", "clearance"), [("pc4417", "bpss"), ("@kent", "bpss"), ("pc1@atlantis", "bpss"), ("pc1@kent", "cosmic")]
)
def test_an_officer_that_is_none_is_refused(who: str, clearance: str) -> None:
    with pytest.raises(NdscError):
        Officer.read(who, "officer", clearance)


def test_words_read_as_a_list() -> None:
    assert [words(""), words("a"), words("ab"), words("abc", "or")] == ["", "a", "a and b", "a, b or c"]
