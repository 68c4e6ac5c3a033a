"""Bringing an index up to the rows: what changed is opened from the sealed store and put in, in order of commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from enrollment.errors import Code, Refusal
from enrollment.gallery.entries import Entries, Entry
from enrollment.gallery.searching import Gallery, Place, Subject, Template
from enrollment.storage import Fault, Vault

__all__ = ["Followed", "Follower"]

_GONE = Refusal(Code.ENR_OBJECT, Fault.UNKNOWN)
# Captured anew, or erased: nothing is wrong.
_GONE_WAYS = (_GONE, Refusal(Code.ENR_OBJECT, Fault.ERASED))
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """How many subjects were put in, and how many templates could not be: damaged, or not of this engine's making."""

    subjects: int
    missing: int


class Follower:
    """Reads rows and sealed templates in the caller's transaction. `engines` are those whose templates are searched.

    Commit after it: a damaged template is audited.
    """

    def __init__(self, entries: Entries, vault: Vault, engines: frozenset[str]) -> None:
        self._entries = entries
        self._vault = vault
        self._engines = engines

    def follow(self, gallery: Gallery) -> Followed | Refusal:
        """Take in every change that is committed; an index that knows more than the rows is made anew.

        Refused: `BIO_ENGINE` about `gallery` where somebody is in the gallery by templates of another engine, whom
        no search would find: no search may say then that there is nobody.
        """
        if gallery.reached > self._entries.newest():
            # The database was set back to an earlier moment.
            _log.warning("gallery_made_anew", reached=gallery.reached)
            gallery.reset()
        subjects = missing = 0
        while gallery.reached < self._entries.newest():
            changes = self._entries.changes(gallery.reached)
            if self._strange(changes.subjects):
                return Refusal(Code.BIO_ENGINE, "gallery")
            opened = [self._subject(subject_id, entries) for subject_id, entries in changes.subjects.items()]
            missing += sum(len(entries) for entries in changes.subjects.values())
            missing -= sum(len(subject.templates) for subject in opened)
            missing += gallery.put(opened, changes.upto)
            subjects += len(opened)
        return Followed(subjects, missing)

    def fetch(self, places: Sequence[Place]) -> Mapping[Place, bytes | None]:
        """Templates by their places, opened now. Fulfils `Fetch`."""
        wanted = set(places)
        found: dict[Place, bytes | None] = {}
        for entry in self._entries.of({place.subject_id for place in places}):
            place = Place(entry.subject_id, entry.position, entry.impression)
            content = self._opened(entry) if place in wanted else _GONE
            if not isinstance(content, Refusal):
                found[place] = content
            elif content not in _GONE_WAYS:
                found[place] = None
        return found

    def _strange(self, subjects: Mapping[UUID, tuple[Entry, ...]]) -> bool:
        return any(entry.engine not in self._engines for entries in subjects.values() for entry in entries)

    def _subject(self, subject_id: UUID, entries: Sequence[Entry]) -> Subject:
        templates = []
        for entry in entries:
            content = self._opened(entry)
            if not isinstance(content, Refusal):
                templates.append(Template(entry.position, entry.impression, content))
        return Subject(subject_id, tuple(templates))

    def _opened(self, entry: Entry) -> bytes | Refusal:
        content = self._vault.read(entry.object_id)
        if isinstance(content, Refusal) and content not in _GONE_WAYS:
            _log.error("gallery_template_damaged", fault=content.about, object=str(entry.object_id))
        return content
