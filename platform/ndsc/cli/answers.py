"""A search's answer as tables that a person reads at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.console import Group as Stack
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ndsc.cli.output import words
from ndsc.gateway.schemas import ForceAnswer, ForceStatus, Group, Member, SearchAnswer
from ndsc.matching.describing import absences_in_words, address_in_words, describe
from ndsc.model.forces import name_of
from ndsc.model.pole import AnyBody, Event, Location, Object, Person
from ndsc.model.sharing import Treatment
from ndsc.node.schemas import AppliedMask

_ROOMY = 100
"""Characters from which on the columns of a record stand side by side."""
_TITLES = ("Record says", "Known from", "Why it fits")
_MARKS = {
    ForceStatus.ANSWERED: ("✔", "green", "answered"),
    ForceStatus.NOTHING_HELD: ("–", "dim", "nothing held"),
    ForceStatus.DENIED: ("✖", "red", "denied"),
    ForceStatus.TIMED_OUT: ("…", "yellow", "timed out"),
    ForceStatus.UNREACHABLE: ("!", "yellow", "unreachable"),
    ForceStatus.HIBERNATED: ("z", "yellow", "hibernated"),
    ForceStatus.NOT_ASKED: ("…", "yellow", "not asked"),
}


def render(answer: SearchAnswer, *, title: str, asker: str) -> RenderableType:
    """The whole answer: the forces asked, then what they know, grouped into people and things."""
    parts: list[RenderableType] = [_forces(answer)]
    if answer.note:
        parts.append(Padding(Text(answer.note, style="yellow"), (1, 0, 0, 0)))
    parts += [Padding(_group(number, group), (1, 0, 0, 0)) for number, group in enumerate(answer.groups, start=1)]
    if not answer.groups:
        parts.append(Padding(Text("No records.", style="dim"), (1, 0, 0, 0)))
    return Panel(
        Stack(*parts),
        title=Text(title, style="bold"),
        subtitle=Text(f"{answer.took_ms:.0f} ms · request {answer.request_id} · {asker}", style="dim"),
        title_align="left",
        subtitle_align="left",
        border_style="blue",
        padding=(1, 2),
    )


def _forces(answer: SearchAnswer) -> RenderableType:
    head = Text(_asked(answer), style="dim")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for force in answer.forces:
        mark, style, label = _MARKS[force.status]
        table.add_row(
            Text(mark, style=style),
            name_of(force.force),
            Text(label, style=style),
            Text(_remark(force), style="dim"),
        )
    return Stack(head, table) if answer.forces else head


def _asked(answer: SearchAnswer) -> str:
    if any(force.status is ForceStatus.NOT_ASKED for force in answer.forces):
        return f"None of {answer.network} forces asked: there was no time to. Give the search more (--deadline)."
    if not answer.keys:
        return f"{len(answer.forces) or 'None'} of {answer.network} forces asked, without the index."
    if not answer.forces:
        return f"None of {answer.network} forces asked: the index holds nothing for these keys."
    return f"{len(answer.forces)} of {answer.network} forces asked: the index says that they hold something."


def _remark(force: ForceAnswer) -> str:
    told = [refusal.sentence for refusal in force.refusals]
    if force.status is ForceStatus.ANSWERED:
        given = f"{force.records} record{'s' if force.records != 1 else ''}, {force.took_ms:.0f} ms"
        return "; ".join([given, *told])
    return "; ".join(told) or force.detail


def _group(number: int, group: Group) -> RenderableType:
    holders = words(name_of(force) for force in group.forces)
    head = Text.assemble(
        (f"{number}  {group.label}", "bold"), ("  ·  ", "dim"), (f"{percent(group.probability)} sure", _sureness(group))
    )
    parts: list[RenderableType] = [head, Text(f"known to {holders}", style="dim"), _Members(group.members)]
    parts += [
        Text(f"differs on {conflict.attribute}: {words(conflict.values, 'or')}", style="yellow")
        for conflict in group.conflicts
    ]
    return Stack(*parts)


def percent(probability: float) -> str:
    """A probability that never claims certainty."""
    if probability > 0.99:
        return "over 99 %"
    return "under 1 %" if probability < 0.01 else f"{probability * 100:.0f} %"


def _sureness(group: Group) -> str:
    return "green" if group.probability >= 0.9 else "yellow" if group.probability >= 0.5 else "dim"


class _Members:
    """The records of a group: columns side by side where there is room, else one below the other.

    A record's id is never broken: people copy it into the next command.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._columns(options.max_width) if options.max_width >= _ROOMY else self._stacked()

    def _columns(self, width: int) -> Table:
        table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), expand=True)
        longest = max((len(member.record.id) for member in self._members), default=0)
        table.add_column("Force", ratio=1, overflow="fold")
        table.add_column(_TITLES[0], width=max(longest, width * 6 // 21), overflow="fold")
        for title in _TITLES[1:]:
            table.add_column(title, ratio=2, overflow="fold")
        for member in self._members:
            said, known, fits = _columns_of(member)
            said.append(f"\n{member.record.id}", style="dim")
            table.add_row(Text("\n".join(_holder(member))), said, known, fits)
        return table

    def _stacked(self) -> Stack:
        parts: list[RenderableType] = []
        for member in self._members:
            parts.append(Text(f"{' · '.join(_holder(member))} · {member.record.id}", overflow="fold"))
            table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
            for title, text in zip(_TITLES, _columns_of(member), strict=True):
                table.add_row(Text(title, style="dim"), text)
            parts.append(table)
        return Stack(*parts)


def _holder(member: Member) -> tuple[str, str]:
    record = member.record
    return name_of(record.force), f"{record.marking}" + (f" · {record.grading}" if record.grading else "")


def _columns_of(member: Member) -> tuple[Text, Text, Text]:
    record = member.record
    said = Text(_joined(detail(record.body), absences_in_words(record.body)))
    for line in _masks(record.masks):
        said.append(f"\n{line}", style="magenta")
    known = "\n".join(f"{link.subject_category or link.role}: {detail(link.body)}" for link in record.links[:3])
    return said, Text(known or "-"), Text("\n".join(member.reasons[:4]), style="dim")


def _masks(masks: Sequence[AppliedMask]) -> list[str]:
    """What is not shown at all, and what is shown less exactly than it is held: they are not the same."""
    hidden = Treatment.WITHHELD
    withheld = [_said(mask.field) for mask in masks if mask.treatment == hidden]
    coarser = [f"{_said(mask.field)} ({_said(mask.treatment)})" for mask in masks if mask.treatment != hidden]
    parts = (("withheld", withheld), ("generalised", coarser))
    return [f"{what}: {', '.join(fields)}" for what, fields in parts if fields]


def _said(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def detail(body: AnyBody) -> str:
    """One line for a record's body, with what tells it apart from others alike."""
    match body:
        case Person():
            home = address_in_words(body.home) if body.home else None
            born = None if body.date_of_birth else body.age_range
            return _joined(describe(body), born, home, body.pnc_id and f"PNC {body.pnc_id}", *body.phones)
        case Event():
            return _joined(describe(body), body.outcome)
        case Location():
            return _joined(describe(body), body.area_name)
        case Object():
            return describe(body)


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
