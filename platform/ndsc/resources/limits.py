"""A force's own limits on agreements: what it signs without a person, and why not where it does not.

Clearance and retention protect the force's records, so they bind where the force provides; the review binds any party.
"""

from __future__ import annotations

from datetime import date

from ndsc.resources.agreement import DataSharingAgreement
from ndsc.resources.force import Force, clearance_of


def objections(agreement: DataSharingAgreement, force: Force) -> tuple[str, ...]:
    """One sentence for each limit of the force that the agreement goes beyond; none when it may sign."""
    spec, limits, code = agreement.spec, force.spec.agreement_defaults, force.spec.code
    found = []
    if code in spec.providers:
        asked, least = spec.conditions.minimum_clearance, limits.minimum_clearance
        if clearance_of(asked) < clearance_of(least):
            found.append(f"It opens {code}'s records to people cleared to {asked}; {code} asks for {least} at least.")
        days, longest = spec.retention.delete_after_days, limits.delete_after_days
        if days > longest:
            found.append(f"It lets copies of {code}'s records be kept for {days} days; {code} allows {longest}.")
    if spec.review_on > _months_after(spec.starts_on, limits.review_after_months):
        found.append(
            f"It is first reviewed on {spec.review_on}; {code} wants that within {limits.review_after_months} months."
        )
    return tuple(found)


def _months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last day before it where that month is too short."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    for last in range(day.day, 0, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")
