"""Wrong hands and fingers given twice, among the samples of one applicant, before anything is signed.

The comparison takes a second or so, and runs in a job. What it finds is written beside the samples; whether it was run
over the present ones can be told at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.capture.findings import Examiner, Finger, Mixup, MixupKind
from enrollment.capture.models import CheckRow, SampleRow
from enrollment.capture.overview import Kept, Overview
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.positions import Position
from enrollment.errors import Code, Refusal
from enrollment.storage import Vault
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.jobs import Jobs

__all__ = ["CHECK", "Looked", "Mixups", "Wrong"]

# The job's name; its argument is `aid`.
CHECK = "capture.mixups"


@dataclass(frozen=True, slots=True)
class Wrong:
    """The finger called `position` (that impression) is, or repeats, the one called `other`."""

    kind: MixupKind
    position: Position
    impression: int
    other: Position


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of which samples (their digest), not written down yet."""

    samples: bytes
    mixups: tuple[Mixup, ...]


class Mixups:
    """Compares an applicant's fingers with each other, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        vault: Vault,
        examiner: Examiner,
        clock: Clock,
        entropy: Entropy,
        policy: CapturePolicy | None = None,
    ) -> None:
        self._session = session
        self._vault = vault
        self._examiner = examiner
        self._clock = clock
        self._trail = Trail(session, clock, entropy)
        self._policy = policy or CapturePolicy()
        self._overview = Overview(session, self._policy)

    def ask(self, aid: str) -> None:
        """Have the check done by a worker once the transaction has committed."""
        Jobs(self._session).defer(CHECK, in_line=aid, aid=aid)

    def refusal(self, aid: str) -> Refusal | None:
        """Why this application cannot be signed; None when its fingers are what they are called.

        `ENR_GUARD` while the check was not run over the present samples, `BIO_REPEAT`, `BIO_WRONGHAND`; `about` is the
        position.
        """
        fingers = _fingers(self._overview.kept(aid, best=True))
        if len(fingers) > 1 and not self._is_present(aid, fingers):
            return Refusal(Code.ENR_GUARD, "mixups")
        wrong = next((one for one in fingers if one.flag is not None), None)
        if wrong is None:
            return None
        code = Code.BIO_REPEAT if wrong.flag is MixupKind.REPEAT else Code.BIO_WRONGHAND
        return Refusal(code, wrong.position.value)

    def found(self, aid: str) -> tuple[Wrong, ...]:
        """What the last check found."""
        return tuple(
            Wrong(one.flag, one.position, one.impression, one.flag_position)
            for one in self._overview.kept(aid, best=True)
            if one.flag is not None and one.flag_position is not None
        )

    def check(self, aid: str) -> tuple[Wrong, ...] | Refusal:
        """Compare the best samples with each other now, and write down what is found. Bears repeating.

        Refused: `ENR_OBJECT` (a stored image is not as it was), `BIO_ENGINE`; then nothing is changed.
        """
        looked = self.look(aid)
        return looked if isinstance(looked, Refusal) else self.note(aid, looked)

    def look(self, aid: str) -> Looked | Refusal:
        """Compare and change nothing: it takes seconds, in which nobody's page need wait. Refused: as `check`."""
        kept = _fingers(self._overview.kept(aid, best=True))
        if len(kept) > 1 and self._is_present(aid, kept):
            return Looked(_digest(kept), ())
        fingers = self._opened(kept)
        if isinstance(fingers, Refusal):
            return fingers
        mixups = self._examiner.mixups(fingers, self._policy.mixup_rate) if len(kept) > 1 else ()
        return mixups if isinstance(mixups, Refusal) else Looked(_digest(kept), tuple(mixups))

    def note(self, aid: str, looked: Looked) -> tuple[Wrong, ...]:
        """Write down what was seen, where it was seen of the present samples and is not written yet; what is found."""
        kept = _fingers(self._overview.kept(aid, best=True))
        of_these = looked.samples == _digest(kept)
        if of_these and not (len(kept) > 1 and self._is_present(aid, kept)):
            self._write(aid, kept, looked.mixups)
        return self.found(aid)

    def _opened(self, kept: Sequence[Kept]) -> tuple[Finger, ...] | Refusal:
        contents = self._vault.read_all([one.object_id for one in kept])
        fingers = []
        for one in kept:
            content = contents[one.object_id]
            if isinstance(content, Refusal):
                return content
            fingers.append(Finger(one.position, one.impression, content))
        return tuple(fingers)

    def _write(self, aid: str, kept: Sequence[Kept], mixups: Sequence[Mixup]) -> None:
        nothing = {"flag": None, "flag_position": None}
        self._session.execute(update(SampleRow).where(SampleRow.aid == aid).values(**nothing))
        for mixup in mixups:
            one, other = kept[mixup.index], kept[mixup.other]
            values = {"flag": mixup.kind.value, "flag_position": other.position.value}
            self._session.execute(update(SampleRow).where(SampleRow.id == one.id).values(**values))
            body = {"aid": aid, "position": one.position.value, "other": other.position.value, "kind": mixup.kind.value}
            self._trail.append(AuditEvent(Event.ENROLMENT_MIXED_UP, actor="system", body=body))
        done = {"samples": _digest(kept), "checked_at": self._clock.now(), "findings": len(mixups)}
        row = insert(CheckRow).values(aid=aid, **done)
        self._session.execute(row.on_conflict_do_update(index_elements=["aid"], set_=done))

    def _is_present(self, aid: str, kept: Sequence[Kept]) -> bool:
        samples = self._session.scalar(select(CheckRow.samples).where(CheckRow.aid == aid))
        return samples == _digest(kept)


def _fingers(kept: Sequence[Kept]) -> tuple[Kept, ...]:
    return tuple(one for one in kept if one.position is not Position.FACE)


def _digest(kept: Sequence[Kept]) -> bytes:
    """Which samples: their identifiers, in order."""
    return sha256("|".join(str(one.id) for one in kept).encode()).digest()
