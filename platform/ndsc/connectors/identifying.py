"""Identifiers in exports, brought into the model's one form."""

from __future__ import annotations

import re

import phonenumbers


def _matching(pattern: str, text: str, what: str) -> str:
    plain = re.sub(r"[\s-]", "", text).upper()
    if re.fullmatch(pattern, plain, re.ASCII) is None:
        raise ValueError(f"{text[:40]!r} is not {what}")
    return plain


def postcode(text: str) -> str:
    plain = _matching(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", text, "a postcode")
    return f"{plain[:-3]} {plain[-3:]}"


def phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{text[:40]!r} is not a telephone number") from error
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def vrm(text: str) -> str:
    return _matching(r"[A-Z0-9]{2,8}", text, "a vehicle registration mark")


def vin(text: str) -> str:
    return _matching(r"[A-HJ-NPR-Z0-9]{17}", text, "a vehicle identification number")


def imei(text: str) -> str:
    return _matching(r"\d{15}", text, "a handset identity")


def uprn(text: str) -> str:
    return _matching(r"\d{1,12}", text, "a UPRN")


def pnc_id(text: str) -> str:
    return _matching(r"(\d{2})?\d{2}/?\d{1,7}[A-Z]", text, "a PNC identifier")


def cro_number(text: str) -> str:
    return _matching(r"[A-Z0-9/]{4,14}", text, "a CRO number")
