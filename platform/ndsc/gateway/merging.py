"""What several forces said, as people and things: the matching package's groups in the gateway's own shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ndsc.gateway.schemas import Comparison, Conflict, Group, Member
from ndsc.matching import grouping
from ndsc.model.pole import AnyBody
from ndsc.node.schemas import FoundRecord


def group_records(query: AnyBody, records: Sequence[FoundRecord]) -> list[Group]:
    """The records grouped, likeliest group first; every record is in exactly one group."""
    by_id = {record.id: record for record in records}
    candidates = [grouping.Candidate(record.id, record.body) for record in by_id.values()]
    return [_group(group, by_id) for group in grouping.group(query, candidates)]


def _group(group: grouping.Group, by_id: Mapping[str, FoundRecord]) -> Group:
    members = tuple(_member(member, by_id[member.id]) for member in group.members)
    return Group(
        label=group.label,
        probability=group.probability,
        forces=tuple(dict.fromkeys(member.record.force for member in members)),
        members=members,
        conflicts=tuple(Conflict(attribute=conflict.attribute, values=conflict.values) for conflict in group.conflicts),
    )


def _member(member: grouping.Member, record: FoundRecord) -> Member:
    score = member.score
    return Member(
        record=record,
        probability=score.probability,
        match_weight=score.match_weight,
        comparisons=tuple(
            Comparison(name=one.name, label=one.label, level=one.level, weight=one.weight, rarity=one.rarity)
            for one in score.comparisons
        ),
        reasons=member.reasons,
        bond_with=member.bond_with,
        bond_reasons=member.bond_reasons,
    )
