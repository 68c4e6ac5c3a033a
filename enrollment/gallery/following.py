"""Bringing an index up to the rows: what changed is opened from the sealed store and put in, in order of commits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from enrollment.errors import Code, Refusal
from enrollment.gallery.entries import Changes, Entry
from enrollment.gallery.searching import Gallery, Place, Subject, Template
from enrollment.storage import Fault, Vault

__all__ = ["Followed", "Follower", "Rows"]

_STRANGE = Refusal(Code.BIO_ENGINE, "gallery")
_GONE = Refusal(Code.ENR_OBJECT, Fault.UNKNOWN)
# Captured anew, or erased: nothing is wrong.
_GONE_WAYS = (_GONE, Refusal(Code.ENR_OBJECT, Fault.ERASED))
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """How many subjects were put in, and how many templates could not be: damaged, or not of this engine's making."""

    subjects: int
    missing: int


class Rows(Protocol):
    """The rows that an index follows; as `Entries` of the people's gallery, for any other gallery too."""

    def alone(self) -> None:
        """As `Entries.alone`."""
        ...

    def newest(self) -> int:
        """As `Entries.newest`."""
        ...

    def changes(self, after: int) -> Changes:
        """As `Entries.changes`."""
        ...

    def of(self, subject_ids: Collection[UUID]) -> tuple[Entry, ...]:
        """As `Entries.of`."""
        ...


class Follower:
    """Reads rows and sealed templates in the caller's transaction. `engines` are those whose templates are searched.

    `shared` tells that several workers write the index: they do so one after another, each with what holds then,
    and whoever took something in keeps the others waiting until the transaction ends. `counts` tells whether an index
    of these engines knows everybody who is searched. Commit after it: a damaged template is audited.
    """

    def __init__(
        self,
        entries: Rows,
        vault: Vault,
        engines: frozenset[str],
        *,
        shared: bool = False,
        counts: Callable[[], bool] = lambda: True,
    ) -> None:
        self._shared = shared
        self._counts = counts
        self._entries = entries
        self._vault = vault
        self._engines = engines

    def follow(self, gallery: Gallery) -> Followed | Refusal:
        """Take in every change that is committed; an index that knows more than the rows is made anew.

        Refused: `BIO_ENGINE` about `gallery` where its engines do not count, or somebody is in the gallery by templates
        of another engine, whom no search would find: no search may say then that there is nobody.
        """
        if not self._counts():
            return _STRANGE
        return self._follow(gallery, sys.maxsize, strict=True)

    def prepare(self, gallery: Gallery, most: int) -> Followed:
        """The same for an index that nobody searches yet, at most so many times; whom it has no template of waits."""
        followed = self._follow(gallery, most, strict=False)
        return followed if isinstance(followed, Followed) else Followed(0, 0)

    def held(self, subject_id: UUID) -> tuple[Entry, ...]:
        """What these engines can compare of a subject."""
        return tuple(entry for entry in self._entries.of([subject_id]) if entry.engine in self._engines)

    def _follow(self, gallery: Gallery, most: int, *, strict: bool) -> Followed | Refusal:
        if self._shared and gallery.reached != self._entries.newest():
            self._entries.alone()
        if gallery.reached > self._entries.newest():
            # The database was set back to an earlier moment.
            _log.warning("gallery_made_anew", reached=gallery.reached)
            gallery.reset()
        subjects = missing = 0
        while most and gallery.reached < self._entries.newest():
            most -= 1
            changes = self._entries.changes(gallery.reached)
            if strict and self._strange(changes.subjects):
                return _STRANGE
            opened = [self._subject(subject_id, entries) for subject_id, entries in changes.subjects.items()]
            missing += sum(len(entries) for entries in changes.subjects.values())
            missing -= sum(len(subject.templates) for subject in opened)
            missing += gallery.put(opened, changes.upto)
            subjects += len(opened)
        return Followed(subjects, missing)

    def fetch(self, places: Sequence[Place]) -> Mapping[Place, bytes | None]:
        """Templates by their places, opened now. Fulfils `Fetch`."""
        wanted = set(places)
        named = [
            (Place(entry.subject_id, entry.position, entry.impression), entry)
            for entry in self._entries.of({place.subject_id for place in places})
        ]
        opened = self._opened([entry for place, entry in named if place in wanted])
        found: dict[Place, bytes | None] = {}
        for place, entry in named:
            content = opened.get(entry.object_id, _GONE)
            if not isinstance(content, Refusal):
                found[place] = content
            elif content not in _GONE_WAYS:
                found[place] = None
        return found

    def _strange(self, subjects: Mapping[UUID, tuple[Entry, ...]]) -> bool:
        """A sample that the active engine could not use is missing; a person without any other would not be found."""
        for entries in subjects.values():
            known = [entry for entry in entries if entry.engine in self._engines]
            if any(not entry.left for entry in entries if entry not in known) or (entries and not known):
                return True
        return False

    def _subject(self, subject_id: UUID, entries: Sequence[Entry]) -> Subject:
        templates = []
        opened = self._opened([entry for entry in entries if entry.engine in self._engines])
        for entry in entries:
            content = opened.get(entry.object_id, _GONE)
            if not isinstance(content, Refusal):
                templates.append(Template(entry.position, entry.impression, content))
        return Subject(subject_id, tuple(templates))

    def _opened(self, entries: Sequence[Entry]) -> Mapping[UUID, bytes | Refusal]:
        """What lies in the store for them, by object."""
        opened = self._vault.read_all({entry.object_id for entry in entries})
        for object_id, content in opened.items():
            if isinstance(content, Refusal) and content not in _GONE_WAYS:
                _log.error("gallery_template_damaged", fault=content.about, object=str(object_id))
        return opened
