"""What an index in another process and its worker say to each other, as bytes: people, places, templates, findings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from struct import Struct
from typing import Any
from uuid import UUID

from enrollment.capture import Position
from enrollment.gallery.searching import Found, Hit, Place, Subject, Template, Terms

__all__ = [
    "found_of",
    "of_found",
    "of_places",
    "of_subjects",
    "of_templates",
    "of_terms",
    "places_of",
    "subjects_of",
    "templates_of",
    "terms_of",
]

_ID_BYTES = 16
# Whose, position, impression, quality, length.
_HEAD = Struct(">16sBHBI")
_NONE = 0xFFFF_FFFF
_NOBODY = UUID(int=0)
_POSITIONS = {position.number: position for position in Position}

_Item = tuple[Place, int, bytes | None]


def of_subjects(subjects: Sequence[Subject]) -> tuple[bytes, bytes]:
    """Who they are, and their templates."""
    items = (
        (Place(subject.id, one.position, one.impression), one.quality, one.content)
        for subject in subjects
        for one in subject.templates
    )
    return b"".join(subject.id.bytes for subject in subjects), _packed(items)


def subjects_of(ids: bytes, content: bytes) -> list[Subject]:
    """The reverse. ValueError for bytes that are none."""
    held: dict[UUID, list[Template]] = {
        UUID(bytes=ids[at : at + _ID_BYTES]): [] for at in range(0, len(ids), _ID_BYTES)
    }
    for place, quality, template in _unpacked(content):
        held[place.subject_id].append(Template(place.position, place.impression, template or b"", quality))
    return [Subject(subject_id, tuple(templates)) for subject_id, templates in held.items()]


def of_templates(probe: Sequence[Template]) -> bytes:
    """The templates of a probe."""
    return _packed((Place(_NOBODY, one.position, one.impression), one.quality, one.content) for one in probe)


def templates_of(content: bytes) -> list[Template]:
    """The reverse. ValueError for bytes that are none."""
    return [
        Template(place.position, place.impression, template or b"", quality)
        for place, quality, template in _unpacked(content)
    ]


def of_places(places: Iterable[Place], contents: Mapping[Place, bytes | None] | None = None) -> bytes:
    """Places, with what stands there where that is known."""
    return _packed((place, 0, None if contents is None else contents[place]) for place in places)


def places_of(content: bytes) -> dict[Place, bytes | None]:
    """The reverse. ValueError for bytes that are none."""
    return {place: template for place, _, template in _unpacked(content)}


def of_terms(terms: Terms) -> dict[str, Any]:
    """How a search is made, but for whom it leaves out: `but` is a part of its own."""
    return {"fpir": terms.fpir, "listed": terms.listed, "fingers": terms.fingers}


def terms_of(head: Mapping[str, Any], but: bytes) -> Terms:
    """The reverse."""
    left_out = frozenset(UUID(bytes=but[at : at + _ID_BYTES]) for at in range(0, len(but), _ID_BYTES))
    return Terms(float(head["fpir"]), int(head["listed"]), int(head["fingers"]), left_out)


def of_found(found: Found) -> bytes:
    """What a search found."""
    hits = [
        [
            hit.subject_id.hex,
            hit.ratio,
            hit.face,
            [[position.value, ratio] for position, ratio in hit.fingers],
            hit.swapped,
        ]
        for hit in found.hits
    ]
    told = [hits, found.people, found.review, found.full, [one.hex for one in found.blind]]
    return json.dumps(told).encode()


def found_of(content: bytes) -> Found:
    """The reverse. ValueError for bytes that are none."""
    hits, people, review, full, blind = json.loads(content)
    named = tuple(
        Hit(UUID(subject), ratio, face, tuple((Position(position), part) for position, part in fingers), swapped)
        for subject, ratio, face, fingers, swapped in hits
    )
    return Found(named, int(people), float(review), bool(full), tuple(map(UUID, blind)))


def _packed(items: Iterable[_Item]) -> bytes:
    parts = []
    for place, quality, content in items:
        length = _NONE if content is None else len(content)
        parts += [
            _HEAD.pack(place.subject_id.bytes, place.position.number, place.impression, quality, length),
            content or b"",
        ]
    return b"".join(parts)


def _unpacked(content: bytes) -> Iterator[_Item]:
    at = 0
    while at < len(content):
        if at + _HEAD.size > len(content):
            raise ValueError("cut off")
        subject, number, impression, quality, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        if number not in _POSITIONS:
            raise ValueError("no position")
        place = Place(UUID(bytes=subject), _POSITIONS[number], impression)
        if length == _NONE:
            yield place, quality, None
            continue
        if at + length > len(content):
            raise ValueError("cut off")
        yield place, quality, content[at : at + length]
        at += length
