"""Taking faces and fingers: what comes is judged, tries are counted, the best is kept.

Nothing that cannot be judged is stored. A try that can be is stored sealed, and stays until the application is signed:
then only the best of each position remain, and the figures of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from enrollment.capture.earlier import Earlier, earlier
from enrollment.capture.findings import Examiner, Seen
from enrollment.capture.hints import Hint
from enrollment.capture.locking import alone
from enrollment.capture.models import AttemptRow, SampleRow, TemplateRow
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.positions import Position
from enrollment.errors import Code, Refusal
from enrollment.storage import Facts, Kind, StoredObject, Vault
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys

# Of the tables, made once: a person stands there.
_INSERT_SAMPLE, _INSERT_ATTEMPT = (insert(row.metadata.tables[row.__tablename__]) for row in (SampleRow, AttemptRow))

__all__ = ["Captures", "Shot", "Subject", "Taken", "sample_digest"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose samples they are: the application, and the identifier of the keys that seal them."""

    aid: str
    owner_id: UUID


@dataclass(frozen=True, slots=True, repr=False)
class Shot:
    """What a device or a browser gave: `impression` counts from 1, `device` is its code, `by` is who captured."""

    position: Position
    content: bytes
    device: str
    by: UUID
    impression: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A try that could be judged and is stored.

    `accepted`: good enough. `best`: the best of this impression so far, of which `best_quality` and `best_accepted`
    tell. `tries_left` of this impression; when none is left and the best is not accepted, an exception (worn) is next.
    """

    sample_id: UUID
    position: Position
    impression: int
    attempt: int
    quality: int
    accepted: bool
    hints: tuple[Hint, ...]
    best: bool
    best_quality: int
    best_accepted: bool
    tries_left: int


class Captures:
    """Takes samples in the caller's transaction. Commit after a refusal too: it is noted and audited."""

    def __init__(
        self,
        session: Session,
        vault: Vault,
        examiner: Examiner,
        keys: PurposeKeys,
        clock: Clock,
        entropy: Entropy,
        policy: CapturePolicy | None = None,
    ) -> None:
        self._session = session
        self._vault = vault
        self._examiner = examiner
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = Trail(session, clock, entropy)
        self.policy = policy or CapturePolicy()

    def look(self, position: Position, content: bytes) -> Seen | Refusal:
        """Judge without keeping anything: live hints. Refused as `take`, but for what is counted."""
        unfit = self._unfit(content)
        if unfit is not None:
            return unfit
        return self._examiner.face(content) if position is Position.FACE else self._examiner.finger(content)

    def take(self, subject: Subject, shot: Shot) -> Taken | Refusal:
        """Judge one capture and keep it as a try. The very same bytes again give the same answer and count once.

        Refused, with nothing kept: `BIO_TOOLARGE`, `BIO_FORMAT` (a broken or foreign file), `BIO_NOFACE`,
        `BIO_MANYFACES`, `BIO_QUALITY` (nothing to judge; `about` is a `Hint`), none of which counts as a try;
        `BIO_COUNT` (no try or no such impression is left), `BIO_REPEAT` (the same bytes stand for another position),
        `BIO_REPLAY` (for another impression), `BIO_ENGINE`.
        """
        if not 1 <= shot.impression <= (1 if shot.position is Position.FACE else self.policy.impressions):
            return Refusal(Code.BIO_COUNT, "impression")
        alone(self._session, subject.aid)
        digest = self._digest(subject, shot.content)
        before = earlier(self._session, subject.aid, (shot.position, shot.impression), digest)
        if before.same is not None:
            return self._again(before, before.same, shot)
        if before.tries >= self.policy.tries:
            return Refusal(Code.BIO_COUNT, shot.position.value)
        seen = self.look(shot.position, shot.content)
        if isinstance(seen, Refusal):
            self._note(subject.aid, shot, None, seen)
            return seen
        return self._keep(subject, shot, seen, before, digest)

    def settle(self, aid: str) -> int:
        """Drop every try but the best of each impression, as at signing; figures stay. How many were dropped."""
        rows = self._session.scalars(select(SampleRow).where(SampleRow.aid == aid, SampleRow.best.is_(False))).all()
        return self._drop(aid, rows, "settled")

    def begin_again(self, aid: str, positions: Collection[Position]) -> int:
        """Drop all tries of these positions and count from one again: a return, a mix-up. How many were dropped."""
        names = [position.value for position in positions]
        rows = self._session.scalars(select(SampleRow).where(SampleRow.aid == aid, SampleRow.position.in_(names))).all()
        self._session.execute(
            update(AttemptRow).where(AttemptRow.aid == aid, AttemptRow.position.in_(names)).values(counts=False)
        )
        return self._drop(aid, rows, "again")

    def _keep(self, subject: Subject, shot: Shot, seen: Seen, before: Earlier, digest: bytes) -> Taken | Refusal:
        kind = Kind.FACE_IMAGE if shot.position is Position.FACE else Kind.FINGER_IMAGE
        facts = Facts(shot.position.subtype, seen.quality, seen.algorithm, shot.device)
        stored = self._vault.put(subject.owner_id, kind, shot.content, facts)
        if isinstance(stored, Refusal):
            return stored
        number = before.tries + 1
        accepted = seen.sound and seen.quality >= self.policy.least_quality(shot.position)
        best = before.best is None or (accepted, seen.quality) > (before.best.accepted, before.best.quality)
        if best and before.best is not None:
            self._session.execute(update(SampleRow).where(SampleRow.id == before.best.id).values(best=False))
        sample_id = self._entropy.uuid()
        made = _sample(subject, shot, seen, stored)
        made |= {"id": sample_id, "attempt": number, "accepted": accepted, "best": best, "digest": digest}
        self._session.execute(_INSERT_SAMPLE, made)
        self._note(subject.aid, shot, number, seen, accepted=accepted)
        row = SampleRow(**made)
        return self._told(row, row if best or before.best is None else before.best, seen.hints, number)

    def _told(self, row: SampleRow, best: SampleRow, hints: tuple[Hint, ...], number: int) -> Taken:
        return Taken(
            row.id, Position(row.position), row.impression, row.attempt, row.quality, row.accepted, hints, row.best,
            best.quality, best.accepted, max(self.policy.tries - number, 0),
        )  # fmt: skip

    def _again(self, before: Earlier, row: SampleRow, shot: Shot) -> Taken | Refusal:
        """What the very same bytes were answered."""
        if row.position != shot.position.value:
            return Refusal(Code.BIO_REPEAT, row.position)
        if row.impression != shot.impression:
            return Refusal(Code.BIO_REPLAY, row.position)
        hints = self._session.scalar(
            select(AttemptRow.hints).where(
                AttemptRow.aid == row.aid,
                AttemptRow.position == row.position,
                AttemptRow.impression == row.impression,
                AttemptRow.number == row.attempt,
                AttemptRow.counts,
            )
        )
        return self._told(row, before.best or row, tuple(map(Hint, hints or ())), before.tries)

    def _note(
        self, aid: str, shot: Shot, number: int | None, outcome: Seen | Refusal, *, accepted: bool = False
    ) -> None:
        values = {
            **_outcome(outcome),
            "id": self._entropy.uuid(),
            "aid": aid,
            "position": shot.position.value,
            "impression": shot.impression,
            "counts": True,
            "number": number,
            "accepted": accepted,
            "device": shot.device,
            "at": self._clock.now(),
            "by": shot.by,
        }
        self._session.execute(_INSERT_ATTEMPT, values)
        named = ("aid", "position", "impression", "number", "quality", "accepted", "code")
        body: dict[str, Any] = {name: values[name] for name in named}
        self._trail.append(AuditEvent(Event.ENROLMENT_CAPTURED, actor=str(shot.by), body=body))

    def _drop(self, aid: str, rows: Sequence[SampleRow], why: str) -> int:
        if not rows:
            return 0
        ids = [row.id for row in rows]
        templates = self._session.scalars(select(TemplateRow.object_id).where(TemplateRow.sample_id.in_(ids))).all()
        self._session.execute(delete(TemplateRow).where(TemplateRow.sample_id.in_(ids)))
        objects = [*templates, *(row.object_id for row in rows)]
        self._session.execute(delete(SampleRow).where(SampleRow.id.in_(ids)))
        for object_id in objects:
            self._vault.remove(object_id)
        body: dict[str, str | int] = {"aid": aid, "samples": len(rows), "why": why}
        self._trail.append(AuditEvent(Event.ENROLMENT_CAPTURES_DROPPED, actor="system", body=body))
        return len(rows)

    def _unfit(self, content: bytes) -> Refusal | None:
        if len(content) > self.policy.file_bytes:
            return Refusal(Code.BIO_TOOLARGE, Hint.SMALLER_FILE.value)
        return None if content else Refusal(Code.BIO_FORMAT, Hint.OTHER_FILE.value)

    def _digest(self, subject: Subject, content: bytes) -> bytes:
        return sample_digest(self._keys, subject.aid, content)


def sample_digest(keys: PurposeKeys, aid: str, content: bytes) -> bytes:
    """Under what an image is known again; keyed, so that a dump does not tell whose image a known file is."""
    return keys.mac(Purpose.BLIND_INDEX, f"sample|{aid}|{sha256(content).hexdigest()}")


def _outcome(outcome: Seen | Refusal) -> dict[str, Any]:
    if isinstance(outcome, Refusal):
        return {"quality": None, "code": outcome.code.value, "hints": [outcome.about], "algorithm": ""}
    hints = [hint.value for hint in outcome.hints]
    return {"quality": outcome.quality, "code": None, "hints": hints, "algorithm": outcome.algorithm}


def _sample(subject: Subject, shot: Shot, seen: Seen, stored: StoredObject) -> dict[str, object]:
    return {
        "aid": subject.aid,
        "owner_id": subject.owner_id,
        "position": shot.position.value,
        "impression": shot.impression,
        "object_id": stored.id,
        "format": seen.format,
        "width": seen.width,
        "height": seen.height,
        "ppi": seen.ppi,
        "device": shot.device,
        "captured_at": stored.created_at,
        "captured_by": shot.by,
        "quality": seen.quality,
        "algorithm": seen.algorithm,
        "flag": None,
        "flag_position": None,
    }
