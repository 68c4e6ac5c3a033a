"""Whether a device gave what it was asked for: as many, of these places, none of them twice."""

from __future__ import annotations

from collections.abc import Sequence

from enrollment.devices.messages import Wanted
from enrollment.devices.vocabulary import FINGERS, SENSORS, Modality, opposite
from enrollment.errors import Code, Refusal

__all__ = ["unexpected"]

# Kind, position and bytes of a sample.
Given = tuple[Modality, str, bytes]


def unexpected(wanted: Sequence[Wanted], given: Sequence[Given]) -> Refusal | None:
    """None when the samples are those that were asked for.

    Refused: `BIO_COUNT` (`too_few`, `too_many`, `position`), `BIO_WRONGHAND` (the other hand's finger of the same
    name), `BIO_REPEAT` (a position twice, or one image under two positions). What the device calls a position is its
    word: whether the image shows that finger only a comparison of images tells.
    """
    for modality in Modality:
        entries = [entry for entry in wanted if entry.modality is modality]
        refusal = _positions(entries, [position for kind, position, _ in given if kind is modality])
        if refusal is not None:
            return refusal
    if len({content for _, _, content in given}) != len(given):
        return Refusal(Code.BIO_REPEAT, "image")
    return None


def _positions(entries: Sequence[Wanted], positions: Sequence[str]) -> Refusal | None:
    allowed = {position for entry in entries for position in _allowed(entry)}
    for position in positions:
        if position not in allowed:
            other = position in FINGERS and opposite(position) in allowed
            return Refusal(Code.BIO_WRONGHAND if other else Code.BIO_COUNT, "position")
    if len(set(positions)) != len(positions) and "UNKNOWN" not in positions:
        return Refusal(Code.BIO_REPEAT, "position")
    count = sum(entry.count for entry in entries)
    if len(positions) == count:
        return None
    return Refusal(Code.BIO_COUNT, "too_few" if len(positions) < count else "too_many")


def _allowed(entry: Wanted) -> tuple[str, ...]:
    if entry.modality is Modality.FACE:
        return ("",)
    named = entry.positions or (SENSORS[entry.sensor] if entry.modality is Modality.FINGER else ())
    return tuple(position for position in named if position not in entry.exceptions)
