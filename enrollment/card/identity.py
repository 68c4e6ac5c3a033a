"""What a card says of a person: the map of claim 169 (published specification 1.2.2, section 3) and its names.

Names in JSON are those of the published examples. Pictures and other samples are told by their formats, not by their
bytes; `picture_of` takes the picture out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrollment.card.cbor import MalformedError

__all__ = ["FACE", "WEBP", "identity_of", "names_of", "picture_of"]

_TEXTS = {
    1: "id", 2: "version", 3: "language", 4: "fullName", 5: "firstName", 6: "middleName", 7: "lastName",
    8: "dateOfBirth", 10: "address", 11: "email", 12: "phone", 13: "nationality", 15: "guardian",
    19: "secondaryFullName", 20: "secondaryLanguage", 21: "locationCode", 22: "legalStatus", 23: "countryOfIssuance",
}  # fmt: skip
_NUMBERS = {9: "gender", 14: "maritalStatus", 17: "photoFormat"}
_PHOTO = 16
_BEST_FINGERS = 18
_SAMPLES = dict(
    enumerate(
        (
            "rightThumb", "rightPointerFinger", "rightMiddleFinger", "rightRingFinger", "rightLittleFinger",
            "leftThumb", "leftPointerFinger", "leftMiddleFinger", "leftRingFinger", "leftLittleFinger",
            "rightIris", "leftIris", "face", "rightPalm", "leftPalm", "voice",
        ),
        50,
    )
)  # fmt: skip
FACE = 62
IMAGE = 0
WEBP = 4
_MARKS = {0: "PNG", 1: "JPEG", 4: "WebP"}
_LONGEST = 200
_MOST_SAMPLES = 8


def identity_of(claim: object) -> dict[str, Any]:
    """The members that claim 169 has, by name.

    Those that nobody knows are left out, since later versions add some, and so are those without a value.

    Raises `MalformedError` where it is no map, or a known member is not what it must be.
    """
    if not isinstance(claim, Mapping):
        raise MalformedError
    found: dict[str, Any] = {}
    for key, value in claim.items():
        if value is None:
            continue
        if key in _TEXTS:
            found[_TEXTS[key]] = _text(value)
        elif key in _NUMBERS:
            found[_NUMBERS[key]] = _number(value)
        elif key == _BEST_FINGERS:
            found["bestQualityFingers"] = [_number(one) for one in _listed(value)]
        elif key in _SAMPLES:
            found[_SAMPLES[key]] = [_sample(one) for one in _listed(value)]
    return found


def names_of(**members: str | int | bytes | None) -> dict[int, Any]:
    """The reverse for what our own cards say: members by name; `face` is a picture in WebP, and may be left out."""
    keys = {name: key for key, name in (_TEXTS | _NUMBERS).items()}
    face = members.pop("face", None)
    made: dict[int, Any] = {keys[name]: value for name, value in members.items() if value is not None}
    if face is not None:
        made[FACE] = [{0: face, 1: IMAGE, 2: WEBP}]
    return made


def picture_of(claim: Mapping[int | str, Any]) -> tuple[str, bytes] | None:
    """The picture of the face with its form (`PNG`, `JPEG`, `WebP`); None where there is none that a browser shows."""
    for sample in _listed(claim.get(FACE) or []):
        if isinstance(sample, Mapping) and sample.get(1, IMAGE) == IMAGE:
            form, data = _MARKS.get(sample.get(2, -1)), sample.get(0)
            if form is not None and isinstance(data, bytes):
                return form, data
    return None


def _text(value: object) -> str:
    """A text, or a number where one stands for it (a version of 1.0)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise MalformedError
    return value


def _number(value: object) -> int:
    """A whole number, or its digits as a text: earlier versions of the specification had sex as a text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _LONGEST:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedError
    return value


def _listed(value: object) -> list[Any]:
    """A list; earlier examples have one map where a list belongs, and fingers as bytes."""
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, bytes):
        return list(value)
    if not isinstance(value, list):
        raise MalformedError
    return value


def _sample(value: object) -> dict[str, Any]:
    """How a sample is made."""
    if not isinstance(value, Mapping) or not isinstance(value.get(0), bytes):
        raise MalformedError
    told = {name: _number(value[key]) for key, name in ((1, "format"), (2, "subFormat")) if key in value}
    return told | ({"issuer": _text(value[3])} if 3 in value else {})
