"""Identification: a probe against everything a client inserted, or against the references that it names."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import structlog

from enrollment.abis.messages import Asked, Failure
from enrollment.abis.references import References
from enrollment.capture import Position
from enrollment.errors import Refusal
from enrollment.gallery import Follower, Found, Gallery, Hit, Subject, Template, Terms

__all__ = ["Searching"]

_DECIBANS = 10 / math.log(10)
_FURTHEST = 700.0
_log = structlog.get_logger(__name__)


class Searching:
    """Compares in this process, which must be a worker's. `whole` is the index of everything, `passing` an empty one.

    What another engine than these made is never compared: asking about such a reference, or among some, fails with
    `UNEXPECTED` until they are inserted again. Both steps may be done again at any time; commit between them, since a
    damaged template is audited.
    """

    def __init__(
        self,
        references: References,
        follower: Follower,
        whole: Callable[[], Gallery],
        passing: Callable[[], AbstractContextManager[Gallery]],
        engines: frozenset[str],
    ) -> None:
        self._references = references
        self._follower = follower
        self._whole = whole
        self._passing = passing
        self._engines = engines

    def catch_up(self, asked: Asked) -> Failure | None:
        """Bring the index up to the rows, where it will be searched. Fails with `UNEXPECTED`."""
        if asked.gallery is not None:
            return None
        if not isinstance(self._follower.follow(self._whole()), Refusal):
            return None
        _log.error("abis_engine")
        return Failure.UNEXPECTED

    def probe(self, asked: Asked) -> tuple[UUID, list[Template]] | Failure:
        """The reference that is asked about and its templates. Fails with `NOT_FOUND`, `INTERNAL`, `UNEXPECTED`."""
        held = self._references.find([asked.reference_id])
        if not held:
            return Failure.NOT_FOUND
        if self._strange([held[0].subject_id]):
            return Failure.UNEXPECTED
        templates = self._references.templates(held[0].subject_id)
        return Failure.INTERNAL if isinstance(templates, Refusal) else (held[0].subject_id, templates)

    def candidates(self, asked: Asked, probe: Sequence[Template], own: UUID | None) -> dict[str, Any] | Failure:
        """The members of the answer: the candidates, best first, never the reference that is asked about itself.

        References of the gallery that are not held are nobody. Fails with `INTERNAL` where nothing can be compared, and
        with `UNEXPECTED`.
        """
        but = frozenset() if own is None else frozenset({own})
        terms = Terms(fpir=asked.limits.fpir, listed=asked.limits.most, but=but)
        found = self._found(asked, probe, terms)
        if isinstance(found, Failure):
            return found
        names = self._references.named(hit.subject_id for hit in found.hits)
        named = [_candidate(names[hit.subject_id], hit, found) for hit in found.hits if hit.subject_id in names]
        return {
            "candidateList": {"count": str(len(named)), "candidates": named},
            "analytics": named[0]["analytics"] if named else _analytics(None, found.people),
        }

    def _found(self, asked: Asked, probe: Sequence[Template], terms: Terms) -> Found | Failure:
        if asked.gallery is None:
            found = self._whole().search(probe, self._follower.fetch, terms)
            return Failure.INTERNAL if isinstance(found, Refusal) else found
        subjects, named = [], self._references.find(asked.gallery)
        if self._strange([one.subject_id for one in named]):
            return Failure.UNEXPECTED
        for reference in named:
            templates = self._references.templates(reference.subject_id)
            if isinstance(templates, Refusal):
                return Failure.INTERNAL
            subjects.append(Subject(reference.subject_id, tuple(templates)))
        with self._passing() as gallery:
            gallery.put(subjects, 1)
            found = gallery.search(probe, self._follower.fetch, terms)
        return Failure.INTERNAL if isinstance(found, Refusal) else found

    def _strange(self, subject_ids: Collection[UUID]) -> bool:
        count = self._references.of_others(subject_ids, self._engines)
        if count:
            _log.error("abis_engine", references=count)
        return bool(count)


def _candidate(reference_id: str, hit: Hit, found: Found) -> dict[str, Any]:
    fingers = [ratio for position, ratio in hit.fingers if position is not Position.FACE]
    parts = {"FID": hit.face, "FIR": sum(fingers) if fingers else None}
    return {
        "referenceId": reference_id,
        "analytics": _analytics(hit.ratio, found.people),
        "modalities": [
            {"biometricType": kind, "analytics": _analytics(ratio, found.people)}
            for kind, ratio in parts.items()
            if ratio is not None
        ],
    }


def _analytics(ratio: float | None, people: int) -> dict[str, str | None]:
    """The weight of evidence in decibans, and in percent how likely it is who it seems to be.

    The latter where each of the people compared, and none of them, was as likely before (Bayes).
    """
    if ratio is None:
        return {"confidence": None, "internalScore": None}
    against = math.exp(min(max(math.log(max(people, 1)) - ratio, -_FURTHEST), _FURTHEST))
    return {"confidence": str(round(100 / (1 + against))), "internalScore": str(round(_DECIBANS * ratio))}
