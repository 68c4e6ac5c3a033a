"""What may be written to: checked once more where a message is queued, whoever recorded the address."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

__all__ = ["PhoneNumber", "mail_address", "phone_number"]

MAX_MAIL = 254  # RFC 5321 section 4.5.3.1.3
MAX_LOCAL = 64  # RFC 5321 section 4.5.3.1.1
MAX_PHONE = 40
_LOCAL = re.compile(r"[\w!#$&'*+/=?^`{|}~-]+(?:\.[\w!#$&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# IDNA takes these for dots (RFC 3490 section 3.1), people do not.
_OTHER_DOTS = frozenset("\u3002\uff0e\uff61")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{2,30}[0-9]")
# Digits of the national number that tell operators apart, in most numbering plans.
_OPERATOR_DIGITS = 2


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in E.164 form, and the network it belongs to: country code and the operator's first digits."""

    e164: str = field(repr=False)
    network: str
    region: str | None


def mail_address(text: str) -> str | None:
    """The address as a mail server takes it (domain in ASCII), or None.

    Stricter than RFC 5321: one address, no quoted part, no comment, no route (`a%b@c`), no literal domain, nothing
    invisible, nothing that reads differently once normalised (NFKC). What stands before the @ keeps its case and its
    plus sign: only its server knows what they mean.
    """
    if len(text) > MAX_MAIL or unicodedata.normalize("NFKC", text) != text:
        return None
    local, at, domain = text.rpartition("@")
    if not at or _OTHER_DOTS.intersection(domain) or len(local.encode()) > MAX_LOCAL or not _LOCAL.fullmatch(local):
        return None
    try:
        ascii_domain = domain.encode("idna").decode() if not domain.isascii() else domain.lower()
    except UnicodeError:
        return None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if labels[-1].isdigit() or len(local.encode()) + 1 + len(ascii_domain) > MAX_MAIL:
        return None
    return f"{local}@{ascii_domain}"


def phone_number(text: str, home_region: str) -> PhoneNumber | None:
    """The number to send a text message to, or None: not a number, an extension, or one that costs the one who calls.

    A number without a country code belongs to `home_region` (ISO 3166-1, two letters).
    """
    if len(text) > MAX_PHONE or not text.isascii() or not _PHONE.fullmatch(text):
        return None
    import phonenumbers  # noqa: PLC0415 - its tables are megabytes that a web worker may never need

    try:
        number = phonenumbers.parse(text, home_region)
    except phonenumbers.NumberParseException:
        return None
    costly = {
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
    }
    if not phonenumbers.is_possible_number(number) or phonenumbers.number_type(number) in costly:
        return None
    national = phonenumbers.national_significant_number(number)
    if number.country_code is None or number.extension:
        return None
    return PhoneNumber(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        network=f"{number.country_code}-{national[:_OPERATOR_DIGITS]}",
        region=phonenumbers.region_code_for_country_code(number.country_code),
    )
