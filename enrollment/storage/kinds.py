"""What can be stored: kinds of content, where each lies, and what its key is for."""

from __future__ import annotations

from enum import StrEnum

from idp.keys import Purpose

__all__ = ["Bucket", "Kind"]


class Bucket(StrEnum):
    """The three places, each with a key of its own purpose: who may read one may read nothing of another."""

    RAW = "raw"
    TEMPLATES = "templates"
    DOCUMENTS = "documents"

    @property
    def purpose(self) -> Purpose:
        """Which of the owner's keys seals what lies here."""
        return _PURPOSES[self]


_PURPOSES = {
    Bucket.RAW: Purpose.SAMPLE,
    Bucket.TEMPLATES: Purpose.TEMPLATE,
    Bucket.DOCUMENTS: Purpose.ENROLMENT,
}


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
