"""The people that demonstrations and tests tell stories about: the same whatever the seed, told apart by ``person_id``.

Each shows one thing; ``STORY`` holds them as data, ``NOBODY`` is somebody whom no force holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from ndsc.model.dates import PartialDate
from ndsc.model.handling import ProtectiveMarking
from ndsc.model.pole import Address, Object, Person, SubjectCategory
from ndsc.model.record import Assertion, RetentionGroup
from ndsc.synth.rows import Row, RowEvent

SENSITIVE = ProtectiveMarking(sensitive=True)


@dataclass(frozen=True, slots=True)
class StoryPerson:
    """A made-up person, what they are there to show, and how each force knows them."""

    person_id: str
    shows: str
    records: tuple[tuple[str, Row], ...]

    @property
    def forces(self) -> tuple[str, ...]:
        """The forces that hold them."""
        return tuple(force for force, _ in self.records)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _born(text: str) -> PartialDate:
    return PartialDate.parse(text)


SIANS_CAR = Object(category="vehicle", vrm="CF01 SLP", make="Vauxhall", model="Corsa", colour="Red")
SIANS_PHONE = "+447700900417"

SIAN = StoryPerson(
    "STORY-SIAN",
    "one person in four forces, each time under another spelling, date of birth, name or address",
    (
        (
            "south-wales",
            Row(
                ref="SYN-STORY-SIAN-1",
                recorded=_at("2025-01-18T14:20:00"),
                updated=_at("2025-02-03T09:05:00"),
                person=Person(
                    given_name="Siân",
                    middle_names="Angharad",
                    surname="Llewellyn-Price",
                    previous_surname="Llewellyn",
                    date_of_birth=_born("1987-03-09"),
                    sex="2",
                    ethnicity_self_defined="W1",
                    nationality="GBR",
                    place_of_birth="Swansea",
                    home=Address(number="14", street="Larkmoor Rise", town="Cardiff", postcode="CC10 4LD"),
                    pnc_id="2014/9000417Z",
                    cro_number="900417/14E",
                    phones=(SIANS_PHONE,),
                    emails=("sian.lp@example.org",),
                ),
                vehicle=SIANS_CAR,
                phone=SIANS_PHONE,
                event=RowEvent(
                    reference="62/900417/25",
                    crime_type="burglary",
                    occurred=_born("2025-01"),
                    title="Burglary, dwelling",
                ),
                subject_category=SubjectCategory.SUSPECT,
                review_on=date(2031, 1, 18),
            ),
        ),
        (
            "city-of-london",
            Row(
                ref="SYN-STORY-SIAN-2",
                recorded=_at("2025-02-11T22:41:00"),
                updated=_at("2025-02-11T22:41:00"),
                person=Person(
                    given_name="Sian",
                    surname="Llewelyn Price",
                    date_of_birth=_born("1987-09-03"),
                    sex="2",
                    ethnicity_officer_defined="IC1",
                    phones=(SIANS_PHONE,),
                ),
                phone=SIANS_PHONE,
                event=RowEvent(
                    reference="48/900233/25",
                    crime_type="theft-from-the-person",
                    occurred=_born("2025-02-11"),
                    title="Theft from the person, wine bar",
                ),
                subject_category=SubjectCategory.WITNESS,
                retention_group=RetentionGroup.UNDETECTED_MISSING_VICTIM_WITNESS,
                review_on=date(2031, 2, 11),
            ),
        ),
        (
            "northern-ireland",
            Row(
                ref="SYN-STORY-SIAN-3",
                recorded=_at("2023-06-30T08:15:00"),
                updated=_at("2023-07-04T16:00:00"),
                person=Person(
                    given_name="Shan",
                    surname="Llewellyn",
                    date_of_birth=_born("1987-03-09"),
                    sex="2",
                    home=Address(number="3", street="Thornwick Park", town="Belfast", postcode="BU7 2HN"),
                    emails=("sian.lp@example.org",),
                ),
                event=RowEvent(
                    reference="98/900871/23",
                    crime_type="criminal-damage-arson",
                    occurred=_born("2023-06-29"),
                    title="Criminal damage to a vehicle",
                ),
                subject_category=SubjectCategory.VICTIM,
                retention_group=RetentionGroup.UNDETECTED_MISSING_VICTIM_WITNESS,
                review_on=date(2029, 6, 30),
            ),
        ),
        (
            "btp",
            Row(
                ref="SYN-STORY-SIAN-4",
                recorded=_at("2014-08-21T19:30:00"),
                updated=_at("2024-11-05T10:10:00"),
                person=Person(
                    given_name="Sian",
                    middle_names="A",
                    surname="Llewellyn",
                    aliases=("Sian Price",),
                    date_of_birth=_born("1987-03-09"),
                    sex="2",
                    home=Address(street="Heronsgate", town="Swansea", postcode="SX3 8QT"),
                    pnc_id="2014/9000417Z",
                ),
                vehicle=SIANS_CAR,
                event=RowEvent(
                    reference="93/900052/24",
                    crime_type="public-order",
                    occurred=_born("2024-11"),
                    title="Affray, platform 2",
                ),
                subject_category=SubjectCategory.CONVICTED,
                review_on=date(2030, 11, 5),
            ),
        ),
    ),
)

OLEKSANDR = StoryPerson(
    "STORY-OLEKSANDR",
    "one name written from another alphabet in three ways, one date of birth known only to the year",
    (
        (
            "leicestershire",
            Row(
                ref="SYN-STORY-OLEKSANDR-1",
                recorded=_at("2024-05-02T11:00:00"),
                updated=_at("2024-05-02T11:00:00"),
                person=Person(
                    given_name="Oleksandr",
                    surname="Kovalchuk",
                    date_of_birth=_born("1990-12-01"),
                    sex="1",
                    nationality="UKR",
                    phones=("+447700900862",),
                ),
                phone="+447700900862",
                event=RowEvent(
                    reference="33/900318/24",
                    crime_type="vehicle-crime",
                    occurred=_born("2024-05"),
                    title="Theft from a van",
                ),
                subject_category=SubjectCategory.SUSPECT,
                review_on=date(2030, 5, 2),
            ),
        ),
        (
            "derbyshire",
            Row(
                ref="SYN-STORY-OLEKSANDR-2",
                recorded=_at("2024-09-14T03:25:00"),
                updated=_at("2024-09-14T03:25:00"),
                person=Person(
                    given_name="Alexander",
                    surname="Kovalčuk",
                    date_of_birth=_born("1990-01-12"),
                    sex="1",
                    phones=("+447700900862",),
                ),
                event=RowEvent(
                    reference="30/900127/24",
                    crime_type="drugs",
                    occurred=_born("2024-09-13"),
                    title="Possession of a controlled drug",
                ),
                subject_category=SubjectCategory.SUSPECT,
                review_on=date(2030, 9, 14),
            ),
        ),
        (
            "durham",
            Row(
                ref="SYN-STORY-OLEKSANDR-3",
                recorded=_at("2025-03-20T17:55:00"),
                updated=_at("2025-03-20T17:55:00"),
                person=Person(
                    given_name="Aleksandr",
                    surname="Kowalczuk",
                    date_of_birth=_born("1990"),
                    sex="1",
                    phones=("+447700900862",),
                    absent={"home": "none"},
                ),
                event=RowEvent(
                    reference="11/900094/25",
                    crime_type="shoplifting",
                    occurred=_born("2025-03-20"),
                    title="Shoplifting",
                ),
                subject_category=SubjectCategory.SUSPECT,
                review_on=date(2031, 3, 20),
            ),
        ),
    ),
)

REFUSED = StoryPerson(
    "STORY-REFUSED",
    "OFFICIAL-SENSITIVE intelligence that no agreement of the demonstration opens: refused, and that may be told",
    (
        (
            "merseyside",
            Row(
                ref="SYN-STORY-REFUSED-1",
                recorded=_at("2025-04-09T12:00:00"),
                updated=_at("2025-04-09T12:00:00"),
                person=Person(
                    given_name="Connor", surname="Fazackley-Webb", date_of_birth=_born("1991-11-22"), sex="1"
                ),
                event=RowEvent(
                    reference="URN-05-900611-25",
                    category="intelligence",
                    occurred=_born("2025-04"),
                    title="Intelligence report",
                ),
                subject_category=SubjectCategory.SUSPECT,
                marking=SENSITIVE,
                grading="2BP",
                assertion=Assertion.ASSESSMENT,
                retention_group=RetentionGroup.SERIOUS,
                review_on=date(2035, 4, 9),
            ),
        ),
    ),
)

IMMUNE = StoryPerson(
    "STORY-IMMUNE",
    "a record under public interest immunity, which never leaves its force",
    (
        (
            "derbyshire",
            Row(
                ref="SYN-STORY-IMMUNE-1",
                recorded=_at("2024-10-01T07:45:00"),
                updated=_at("2024-10-01T07:45:00"),
                person=Person(given_name="Tobias", surname="Ashgrove-Munt", date_of_birth=_born("1979-06-30"), sex="1"),
                event=RowEvent(
                    reference="URN-30-900045-24",
                    category="intelligence",
                    occurred=_born("2024-09"),
                    title="Intelligence report",
                ),
                subject_category=SubjectCategory.OTHER,
                marking=SENSITIVE,
                grading="1BC",
                conditions="Source at risk. Ring the originator before any use.",
                action="A1",
                sanitisation="S2",
                immunity=True,
                assertion=Assertion.ASSESSMENT,
                retention_group=RetentionGroup.PUBLIC_PROTECTION,
                review_on=date(2034, 10, 1),
            ),
        ),
    ),
)

COVERT = StoryPerson(
    "STORY-COVERT",
    "an intelligence record for covert use only: a refusal must not be told apart from nothing held",
    (
        (
            "durham",
            Row(
                ref="SYN-STORY-COVERT-1",
                recorded=_at("2025-05-16T20:10:00"),
                updated=_at("2025-05-16T20:10:00"),
                person=Person(
                    given_name="Marcus",
                    surname="Thornbeck-Lyle",
                    date_of_birth=_born("1984-02-17"),
                    sex="1",
                    phones=("+447700900733",),
                ),
                phone="+447700900733",
                event=RowEvent(
                    reference="URN-11-900012-25",
                    category="intelligence",
                    occurred=_born("2025-05"),
                    title="Intelligence report",
                ),
                subject_category=SubjectCategory.SUSPECT,
                marking=SENSITIVE,
                grading="2BC",
                conditions="Operation in progress. No overt action.",
                action="A2",
                sanitisation="S2",
                assertion=Assertion.ASSESSMENT,
                retention_group=RetentionGroup.SERIOUS,
                review_on=date(2035, 5, 16),
            ),
        ),
    ),
)

OVERDUE = StoryPerson(
    "STORY-OVERDUE",
    "a record whose review is years overdue, and which is therefore not shared",
    (
        (
            "leicestershire",
            Row(
                ref="SYN-STORY-OVERDUE-1",
                recorded=_at("2009-03-12T10:00:00"),
                updated=_at("2009-03-12T10:00:00"),
                person=Person(
                    given_name="Gareth",
                    surname="Pellow-Hythe",
                    date_of_birth=_born("1968-07-25"),
                    sex="1",
                    pnc_id="1998/9000068Y",
                ),
                event=RowEvent(
                    reference="33/900007/09",
                    crime_type="other-theft",
                    occurred=_born("2009-03"),
                    title="Theft of cable",
                ),
                subject_category=SubjectCategory.SUSPECT,
                review_on=date(2015, 3, 12),
            ),
        ),
    ),
)

STORY: tuple[StoryPerson, ...] = (SIAN, OLEKSANDR, REFUSED, IMMUNE, COVERT, OVERDUE)
"""Everybody with a story, by what they show."""

NOBODY = Person(given_name="Perpetua", surname="Quillfeather", date_of_birth=PartialDate(1971, 5, 14))
"""Somebody whom no force holds, whatever the seed: the surname is in no list that synth draws from."""


def story_rows(force: str) -> list[tuple[str, Row]]:
    """What a force holds of the story: ``(person_id, row)``."""
    return [(person.person_id, row) for person in STORY for holder, row in person.records if holder == force]
