"""What a standard claim may hold (OIDC Core 5.1, address 5.1.1), checked once when it is recorded."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from idp.errors import Code, Refusal

__all__ = ["checked_claims"]

MAX_TEXT = 200
MAX_ADDRESS = 1000
MAX_URL = 2000
MAX_EPOCH = 253_402_300_799  # 9999-12-31T23:59:59Z

# Names are written with joiners in several scripts; anywhere else an invisible character only deceives.
_JOINERS = "\u200c\u200d"
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_EMAIL = re.compile(r"[^@\s<>(),:;\"\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_][\w-]{0,61}[^\W_]")
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{2,28}[0-9](?:;ext=[0-9]{1,10})?")
_BIRTHDATE = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2}))?")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]{0,31}(?:/[A-Za-z0-9][A-Za-z0-9_+\-]{0,31}){0,2}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_ADDRESS_LINES = frozenset({"formatted", "street_address"})
_ADDRESS_MEMBERS = _ADDRESS_LINES | {"locality", "region", "postal_code", "country"}

Check = Callable[[object], Any]


def checked_claims(claims: Mapping[str, object]) -> dict[str, Any] | Refusal:
    """The claims as they are stored: known names only, text in NFC, members without a value left out.

    Refused: a name outside the closed list, a wrong type or form, invisible or control characters, text over
    its length (200 characters; address lines 1 000; URLs 2 000), `*_verified` without what it speaks of.
    """
    kept: dict[str, Any] = {}
    for name, given in claims.items():
        if given is None:
            continue
        check = _CHECKS.get(name)
        if check is None:
            known = name if name.isidentifier() and len(name) <= 40 else "a member"
            return Refusal(Code.SUBSCRIBER_INVALID, f"{known}: not a standard claim (claims stand at the top level)")
        value = check(given)
        if value is None:
            return Refusal(Code.SUBSCRIBER_INVALID, f"{name}: not a value this claim may hold")
        kept[name] = value
    for name in ("email", "phone_number"):
        if f"{name}_verified" in kept and name not in kept:
            return Refusal(Code.SUBSCRIBER_INVALID, f"{name}_verified: there is no {name}")
    return kept


def _text(given: object, *, length: int = MAX_TEXT, allowed: str = "") -> str | None:
    if not isinstance(given, str) or len(given) > length:
        return None
    text = unicodedata.normalize("NFC", given).strip()
    clean = all(mark in allowed or unicodedata.category(mark) not in _FORBIDDEN for mark in text)
    return text if text and clean and len(text) <= length else None


def _name(given: object) -> str | None:
    return _text(given, allowed=_JOINERS)


def _matching(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    def check(given: object) -> str | None:
        text = _text(given)
        return text if text is not None and pattern.fullmatch(text) else None

    return check


def _email(given: object) -> str | None:
    # NFKC, since a full-width @ or letter is the same address to a person (UTS #36 section 2.10).
    text = unicodedata.normalize("NFKC", given) if isinstance(given, str) and len(given) <= MAX_TEXT else None
    return _matching(_EMAIL)(text)


def _url(given: object) -> str | None:
    text = _text(given, length=MAX_URL)
    if text is None or any(mark.isspace() for mark in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc else None


def _birthdate(given: object) -> str | None:
    """YYYY, YYYY-MM-DD, or 0000-MM-DD where the year is withheld."""
    text = _text(given)
    found = _BIRTHDATE.fullmatch(text) if text else None
    if text is None or found is None or not text.isascii():
        return None
    year, month, day = found.groups()
    if month is None:
        return text if int(year) > 0 else None
    try:
        dt.date(int(year) or 2000, int(month), int(day))
    except ValueError:
        return None
    return text


def _locale(given: object) -> str | None:
    text = _matching(_LOCALE)(given)
    return None if text is None else text.replace("_", "-")


def _flag(given: object) -> bool | None:
    return given if isinstance(given, bool) else None


def _moment(given: object) -> int | None:
    whole = isinstance(given, int) and not isinstance(given, bool)
    return given if isinstance(given, int) and whole and 0 <= given <= MAX_EPOCH else None


def _address(given: object) -> dict[str, str] | None:
    if not isinstance(given, dict) or not given or not given.keys() <= _ADDRESS_MEMBERS:
        return None
    kept = {}
    for name, part in given.items():
        lines = part.replace("\r\n", "\n") if isinstance(part, str) and len(part) <= MAX_ADDRESS else None
        text = _text(lines, length=MAX_ADDRESS, allowed="\n") if name in _ADDRESS_LINES else _text(part)
        if text is None:
            return None
        kept[name] = text
    return kept


_CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "name": _name,
        "given_name": _name,
        "middle_name": _name,
        "family_name": _name,
        "nickname": _name,
        "preferred_username": _text,
        "profile": _url,
        "picture": _url,
        "website": _url,
        "gender": _text,
        "birthdate": _birthdate,
        "zoneinfo": _matching(_ZONE),
        "locale": _locale,
        "updated_at": _moment,
        "email": _email,
        "email_verified": _flag,
        "phone_number": _matching(_PHONE),
        "phone_number_verified": _flag,
        "address": _address,
    }
)
