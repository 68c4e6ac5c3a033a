"""What a card shows, on a page and on paper: taken out of the signed code itself, never from anywhere else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from enrollment.card import Checked
from enrollment.register import shown

__all__ = ["Face", "face_of"]

_SEXES = {1: "male", 2: "female"}
_ALIAS_DIGITS = 16


@dataclass(frozen=True, slots=True, repr=False)
class Face:
    """The members of a card as they are shown. `born` as YYYY-MM-DD, or as much of it as is known."""

    name: str
    number: str
    born: str
    sex: str
    nationality: str
    expires_at: datetime | None
    issued_at: datetime | None
    picture: str | None = field(default=None)


def face_of(said: Checked) -> Face:
    """A card that was read; what is missing is empty."""
    claims: Mapping[str, Any] = said.claims or {}
    number = str(claims.get("id", ""))
    return Face(
        name=_name(claims),
        number=shown(number) if len(number) == _ALIAS_DIGITS else number,
        born=_born(str(claims.get("dateOfBirth", ""))),
        sex=_SEXES.get(claims.get("gender", 0), "unspecified"),
        nationality=str(claims.get("nationality", "")),
        expires_at=_moment(said.meta.get("expiresAt")),
        issued_at=_moment(said.meta.get("issuedAt")),
        picture=None if said.picture is None else _address(*said.picture),
    )


def _name(claims: Mapping[str, Any]) -> str:
    parts = (claims.get(name) for name in ("firstName", "middleName", "lastName"))
    return claims.get("fullName") or " ".join(part for part in parts if part)


def _born(text: str) -> str:
    if len(text) in {6, 8} and text.isascii() and text.isdecimal():
        return "-".join(part for part in (text[:4], text[4:6], text[6:]) if part)
    return text


def _moment(seconds: float | None) -> datetime | None:
    """None where nothing is said, or no calendar has such a day."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _address(form: str, data: bytes) -> str:
    """The picture inside the page itself."""
    return f"data:image/{form.lower()};base64,{b64encode(data).decode()}"
