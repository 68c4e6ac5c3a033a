"""What gallery and register found, as one list of people to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from enrollment.cases import Reason
from enrollment.deduplication.searches import Hit, Why
from enrollment.gallery import Found, Owner
from enrollment.gallery import Hit as Compared
from enrollment.register import Candidate

__all__ = ["alone_found", "named", "reason_of"]

_BODY = frozenset({Why.COMPARED, Why.BOTH, Why.DAMAGED, Why.UNLIKE})
_NAME = frozenset({Why.DEMOGRAPHIC, Why.BOTH})


def named(
    found: Found,
    owners: Mapping[UUID, Owner],
    by_name: Sequence[Candidate],
    *,
    own: UUID | None = None,
    known: bool = False,
) -> list[Hit]:
    """Each person once: by falling ratio, then whom nothing whole is there of, then by name.

    `own` is the person whom the application is about, and is no duplicate of it. `known` tells that templates of theirs
    are searched: then they must be found.
    """
    hits: dict[object, Hit] = {}
    for compared in found.hits:
        hit = _compared(compared, owners.get(compared.subject_id))
        hits.setdefault(hit.person_id or hit.candidate, hit)
    for subject_id in found.blind:
        owner = owners.get(subject_id)
        hit = Hit(None if owner is None else owner.person_id, _candidate(subject_id, owner), Why.DAMAGED)
        hits.setdefault(hit.person_id or hit.candidate, hit)
    for candidate in by_name:
        held = hits.get(candidate.person_id)
        if held is None:
            fresh = Hit(candidate.person_id, None, Why.DEMOGRAPHIC, demographic=candidate.score)
            hits[candidate.person_id] = fresh
        else:
            why = Why.BOTH if held.why is Why.COMPARED else held.why
            hits[candidate.person_id] = replace(held, why=why, demographic=candidate.score)
    mine = None if own is None else hits.pop(own, None)
    unlike = own is not None and known and (mine is None or mine.ratio is None)
    return ([Hit(own, None, Why.UNLIKE)] if unlike else []) + list(hits.values())


def reason_of(hits: Iterable[Hit], *, no_modality: bool) -> Reason | None:
    """Why people must decide; None where there is nothing to decide."""
    if no_modality:
        return Reason.NO_MODALITY
    whys = {hit.why for hit in hits}
    if not whys:
        return None
    if whys & _BODY and whys & _NAME:
        return Reason.BOTH
    return Reason.BIOMETRIC if whys & _BODY else Reason.DEMOGRAPHIC


def alone_found(hits: Iterable[Hit]) -> UUID | None:
    """The one person of the register whom the body led to, whole and alone; None where it led to more, or nobody."""
    body = [hit for hit in hits if hit.why in _BODY]
    one = body[0] if len(body) == 1 and body[0].why in {Why.COMPARED, Why.BOTH} else None
    return None if one is None else one.person_id


def _compared(compared: Compared, owner: Owner | None) -> Hit:
    parts = {position.value: ratio for position, ratio in compared.fingers}
    if compared.face is not None:
        parts["face"] = compared.face
    return Hit(
        None if owner is None else owner.person_id,
        _candidate(compared.subject_id, owner),
        Why.COMPARED,
        compared.ratio,
        parts,
        swapped=compared.swapped,
    )


def _candidate(subject_id: UUID, owner: Owner | None) -> str:
    """The application; a subject that no row knows any more (withdrawn meanwhile) still counts, by its identifier."""
    return str(subject_id) if owner is None else owner.aid
