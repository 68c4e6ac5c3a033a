"""What can be stored: kinds of content, where each lies, and what its key is for."""

from __future__ import annotations

from enum import StrEnum

from idp.keys import Purpose

__all__ = ["SEALED", "Bucket", "Kind"]


class Bucket(StrEnum):
    """The places. In three the content is sealed, each with a key of its own purpose: one says nothing of another.

    The fourth holds the list of what was erased, which names nobody and must outlive every key.
    """

    RAW = "raw"
    TEMPLATES = "templates"
    DOCUMENTS = "documents"
    ERASURES = "erasures"

    @property
    def purpose(self) -> Purpose:
        """Which of the owner's keys seals what lies here; KeyError for what is not sealed."""
        return _PURPOSES[self]


_PURPOSES = {
    Bucket.RAW: Purpose.SAMPLE,
    Bucket.TEMPLATES: Purpose.TEMPLATE,
    Bucket.DOCUMENTS: Purpose.ENROLMENT,
}
SEALED = tuple(_PURPOSES)
"""Where sealed objects lie, each with a row that refers to it: what has none is swept."""


class Kind(StrEnum):
    """The kinds of content. The words are stored: never renamed, only added to."""

    FINGER_IMAGE = "finger-image"
    FACE_IMAGE = "face-image"
    IRIS_IMAGE = "iris-image"
    MINUTIAE = "minutiae"
    FINGER_TEMPLATE = "finger-template"
    FACE_TEMPLATE = "face-template"
    DOCUMENT = "document"

    @property
    def bucket(self) -> Bucket:
        """Where it lies."""
        if self is Kind.DOCUMENT:
            return Bucket.DOCUMENTS
        return Bucket.RAW if self in _IMAGES else Bucket.TEMPLATES


_IMAGES = frozenset({Kind.FINGER_IMAGE, Kind.FACE_IMAGE, Kind.IRIS_IMAGE})
