"""What headings are called in practice, for each attribute: lower-case words, the likeliest first."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


_IN_FULL = {
    "addr": "address",
    "cat": "category",
    "desc": "description",
    "dt": "date",
    "num": "number",
    "no": "number",
    "ref": "reference",
    "reg": "registration",
    "tel": "telephone",
    "veh": "vehicle",
}


def words_of(heading: str) -> str:
    """A heading as small words in full: ``crimeRefNo``, ``CRIME_REF_NO`` and ``Crime reference number`` are one."""
    words = (word.lower() for word in _WORD.findall(heading))
    return " ".join(_IN_FULL.get(word, word) for word in words)


@dataclass(frozen=True, slots=True)
class Target:
    """An attribute that a column may be: where it goes, what its values look like, what headings call it."""

    record: str
    """``person``, ``vehicle``, ``phone``, ``location``, ``event``, ``link`` or ``envelope``."""
    attribute: str
    shape: str
    """``text``, ``name``, ``date``, ``moment`` or a shape of ``shapes.fits_shape``."""
    headings: tuple[str, ...]
    telling: float = 0.0
    """How sure the shape alone makes one, whatever the heading says; 0 for a shape that many things have."""


def _of(record: str, attribute: str, shape: str, headings: str, telling: float = 0.0) -> Target:
    return Target(record, attribute, shape, _phrases(headings), telling)


def _phrases(headings: str) -> tuple[str, ...]:
    return tuple(map(words_of, headings.split("|")))


TARGETS: tuple[Target, ...] = (
    _of(
        "person",
        "given_name",
        "name",
        "forename|first name|given name|forenames|fore name|fore names|given names|fname",
    ),
    _of("person", "middle_names", "name", "middle name|middle names|second forename|other forenames"),
    _of("person", "surname", "name", "surname|last name|family name|lastname|lname|sname"),
    _of("person", "previous_surname", "name", "maiden name|former surname|previous surname|birth surname|nee"),
    _of("person", "aliases", "name", "alias|aliases|aka|nickname|also known as|known as"),
    _of("person", "date_of_birth", "date", "date of birth|dob|birth date|d o b|born|birthdate"),
    _of("person", "sex", "code:sex", "sex|gender", 0.8),
    _of("person", "age_range", "code:age-range", "age range|age group", 0.85),
    _of(
        "person",
        "ethnicity_self_defined",
        "code:ethnicity-16-plus-1",
        "self defined ethnicity|ethnicity self defined|ethnicity|16 1|sde",
        0.85,
    ),
    _of(
        "person",
        "ethnicity_officer_defined",
        "code:ethnicity-officer-defined",
        "officer defined ethnicity|ethnic appearance|ic code|ic",
    ),
    _of("person", "nationality", "code:country", "nationality|citizenship|country of nationality"),
    _of("person", "place_of_birth", "text", "place of birth|birth place|birthplace|town of birth"),
    _of("person", "home.number", "text", "house number|street number|house no|building|house name"),
    _of("person", "home.street", "text", "street|address line 1|address 1|line 1|road|address"),
    _of("person", "home.town", "name", "town|city|suburb|locality|post town|address line 3"),
    _of("person", "home.postcode", "postcode", "postcode|post code|postal code|zip", 0.75),
    _of("person", "home.uprn", "uprn", "uprn"),
    _of("person", "pnc_id", "pnc-id", "pnc id|pnc|pncid|pnc number|pnc no", 0.95),
    _of("person", "cro_number", "cro-number", "cro number|cro|cro no", 0.9),
    _of("person", "driver_number", "driver-number", "driver number|driving licence|licence number|dln", 0.9),
    _of("person", "phones", "phone", "phone|telephone|mobile|phone number|tel no|mobile no|contact number|msisdn", 0.8),
    _of("person", "emails", "email", "email|e mail|email address", 0.9),
    _of("person", "warnings", "code:warning", "warning|warnings|warning marker|warning markers|markers"),
    _of("vehicle", "vrm", "vrm", "vrm|vrn|registration|reg|number plate|plate|registration mark|reg no", 0.5),
    _of("vehicle", "vin", "vin", "vin|chassis|chassis number|vehicle identification number", 0.8),
    _of("vehicle", "make", "text", "vehicle make|make|manufacturer"),
    _of("vehicle", "model", "text", "vehicle model|model"),
    _of("vehicle", "colour", "text", "vehicle colour|colour|color"),
    _of("phone", "imei", "imei", "imei", 0.6),
    _of("location", "name", "text", "location|location name|place|venue|scene"),
    _of("location", "latitude", "latitude", "latitude|lat", 0.6),
    _of("location", "longitude", "longitude", "longitude|long|lng|lon"),
    _of("location", "easting", "number", "easting|eastings|grid x|x"),
    _of("location", "northing", "number", "northing|northings|grid y|y"),
    _of("location", "area_code", "text", "lsoa code|lsoa|area code|ward code"),
    _of("location", "area_name", "text", "lsoa name|area name|ward|ward name|beat"),
    _of("location", "address.number", "text", "house number|street number|building"),
    _of("location", "address.street", "text", "street|address line 1|address 1|line 1|road|address"),
    _of("location", "address.town", "name", "town|city|locality|post town"),
    _of("location", "address.postcode", "postcode", "postcode|post code"),
    _of("location", "address.uprn", "uprn", "uprn"),
    _of(
        "event",
        "crime_reference",
        "crime-reference",
        "crime reference|crime number|crime ref|crime no|crime id|crn|occurrence number|offence reference",
    ),
    _of("event", "crime_type", "code:crime-type", "crime type|crime category|category|offence group", 0.85),
    _of("event", "offence_code", "code:offence", "offence code|cjs code|cjs offence code|cjs", 0.8),
    _of("event", "title", "text", "offence|offence description|title|type|incident type|description|headline"),
    _of(
        "event",
        "occurred",
        "date",
        "offence date|date of offence|occurred|incident date|date|committed|event date|month|date from|from",
    ),
    _of("event", "occurred_at", "moment", "occurred at|date and time|datetime|date time|incident time|from|date"),
    _of("event", "ended", "date", "date to|to|ended|end date"),
    _of("event", "outcome", "code:outcome", "outcome|last outcome category|disposal|result|status|outcome type", 0.8),
    _of("event", "legislation", "text", "legislation|power|power used|act"),
    _of("event", "object_of_search", "text", "object of search|reason for search"),
    _of("event", "summary", "text", "summary|narrative|notes|text|details|mo|circumstances|free text"),
    _of("event", "urn", "text", "urn|intelligence urn|report urn"),
    _of(
        "envelope",
        "updated_at",
        "moment",
        "updated|last updated|last update|date updated|modified|updated at|last modified|amended",
    ),
    _of("envelope", "tier", "marking", "protective marking|marking|classification|gsc|security marking", 0.9),
    _of("envelope", "grading", "grading", "grading|intelligence grading|3x5x2|5x5x5|evaluation", 0.85),
    _of("envelope", "grading_conditions", "text", "conditions|handling conditions"),
    _of("envelope", "grading_action", "text", "action|handling action"),
    _of("envelope", "grading_sanitisation", "text", "sanitisation"),
    _of("link", "subject_category", "role", "role|involvement|person type|subject category|involved as"),
    _of("envelope", "retention_group", "number", "retention group|mopi group|retention|mopi"),
)

_ATTRIBUTES = frozenset(phrase for target in TARGETS for phrase in target.headings)

SCENE = frozenset({"place", "scene", "location", "offence", "incident", "venue"})
"""Words in a heading that say an address is where something happened, and not where somebody lives."""

PARTIES = frozenset(
    _phrases(
        "keeper|owner|driver|passenger|suspect|offender|accused|defendant|arrestee|detainee|victim|"
        "complainant|aggrieved|witness|informant|caller"
    )
)
"""Words before a heading that say whose it is: ``keeper.first``, ``Victim Surname``, ``suspects/dob``."""

_ANYONE = frozenset({"person", "people", "nominal", "subject", "individual"})
_NAMES = {"first": "first name", "last": "last name", "middle": "middle name"}
"""What is short for a name where it stands alone, or after whose name it is."""

PARTS = {"susp": "suspect", "accus": "suspect", "arrest": "suspect", "defend": "suspect", "conv": "convicted"}
PARTS |= {"offend": "suspect", "detain": "suspect", "complain": "victim"}
PARTS |= {"vict": "victim", "ip": "victim", "aggriev": "victim", "injured": "victim", "wit": "witness"}
"""How words for a person's part in an event begin."""

LETTERS = {"s": "suspect", "v": "victim", "w": "witness"}
"""The same as single letters."""

RECORDED = _phrases(
    "recorded at|date recorded|recorded|created at|created|entered|reported|arrived at|date created|"
    "date entered|input date|date input|date added|added|submitted|date submitted|logged|date logged|"
    "captured|capture time|reported date|date reported|record date|date of report"
)
"""Headings of the moment at which the source recorded a row, the surest first."""

REFERENCE = _phrases(
    "reference|id|record id|rec id|unique id|nominal ref|nominal no|custody no|custody ref|ref no|"
    "local id|urn|incident no|occurrence no|case no|report no|log no|event no|crime ref|crime no|"
    "record no|report urn|intelligence urn|nominal urn|read id|guid|uuid"
)
"""Headings of what names a row in its source, the surest first."""

NAMING = frozenset({"reference", "id", "ids", "number", "urn", "guid", "uuid", "identifier", "key", "case", "serial"})
"""Last words of a heading that may name a row, if its values do."""


def party_of(heading: str) -> str:
    """Whose column it is, where its heading says so: ``keeper`` of ``keeper.first``; empty where it does not."""
    return _whose(words_of(heading))[0]


def _whose(words: str) -> tuple[str, str]:
    """Whose a heading is, and what is left of it; a heading that is a name of an attribute as it stands is nobody's."""
    listed = words.split()
    for place in range(len(listed) - 2, -1, -1):
        who = listed[place].removesuffix("s") if listed[place] != "people" else "people"
        if who in PARTIES or who in _ANYONE:
            if words in _ATTRIBUTES:
                break
            return (who if who in PARTIES else ""), " ".join(listed[place + 1 :])
    return "", words


def likeness(heading: str, known: tuple[str, ...]) -> float:
    """How much a heading looks like one of the known ones: 1 for the same words, less for words within it."""
    whole = words_of(heading)
    last = words_of(re.split(r"[/.]", heading)[-1])
    rest = _whose(whole)[1]
    exactly = {whole, last, rest, *(_NAMES[words] for words in (whole, last, rest) if words in _NAMES)}
    best = 0.0
    for place, phrase in enumerate(known):
        if phrase in exactly:
            best = max(best, 1.0 - 0.01 * place)
        elif f" {phrase} " in f" {whole} ":
            best = max(best, 0.55 + 0.3 * len(phrase) / max(len(whole), 1))
    return best
