"""Is this the person? What is shown now, against everything that is enrolled of one person; written down each time.

Nothing is counted here: whoever asks counts before (`idp.authenticators.biometric_tries`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert

from enrollment.capture import Hint, Position
from enrollment.capture.probing import Compared, Comparer, Probe, Reference, Terms
from enrollment.errors import Code, Refusal
from enrollment.storage import Vault
from enrollment.verification.choosing import Change, Choice, choice
from enrollment.verification.enrolled import Enrolled, Held
from enrollment.verification.models import VerifyLogRow
from enrollment.verification.policy import VerificationPolicy
from idp.authenticators.biometric_locks import Modality
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Asked", "Outcome", "Place", "Said", "Verification"]

# The image cannot be used; the person can do better. Everything else is no matter of the person's.
_CAPTURE_AGAIN = frozenset({Code.BIO_NOFACE, Code.BIO_MANYFACES, Code.BIO_QUALITY, Code.BIO_FORMAT, Code.BIO_TOOLARGE})


class Place(StrEnum):
    """Where somebody is compared."""

    SIGNIN = "signin"
    COUNTER = "counter"


class Outcome(StrEnum):
    """All that is ever said of a comparison; never how near it was (AC-104)."""

    MATCH = "match"
    NO_MATCH = "no_match"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Said:
    """What came of it; `hint` says what to do better where nothing was compared."""

    outcome: Outcome
    hint: Hint | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What is to be compared: of one person, probes of one modality, and why. `check_id`: that of a counter."""

    person_id: UUID
    probes: tuple[Probe, ...] = field(repr=False)
    place: Place
    purpose: str
    check_id: UUID | None = None

    @property
    def modality(self) -> Modality:
        """Of what the probes are."""
        return Modality.FACE if self.probes[0].position is Position.FACE else Modality.FINGER


class Verification:
    """Compares, in the caller's transaction. Commit after a refusal too: it is written down."""

    def __init__(
        self,
        session: Session,
        vault: Vault,
        comparer: Comparer,
        enrolled: Enrolled,
        clock: Clock,
        entropy: Entropy,
        policy: VerificationPolicy | None = None,
        change: Change | None = None,
    ) -> None:
        self._session = session
        self._vault = vault
        self._comparer = comparer
        self.enrolled = enrolled
        self._clock = clock
        self._entropy = entropy
        self.policy = policy or VerificationPolicy()
        self._change = change

    def compare(self, asked: Asked) -> Said | Refusal:
        """Compare what is shown with what is enrolled of its positions, at `policy.rate`.

        Refused, with nothing compared: `BIO_COUNT` (nothing enrolled of what is shown, too much at once, or a position
        twice), `BIO_REPLAY` (an enrolled image itself, in these bytes or others, AC-103), `ENR_OBJECT` (an enrolled
        template is not as it was stored: audited, AC-111), `BIO_ENGINE`.
        """
        outcome, compared, used = self._compared(asked)
        log_id = self._write(asked, outcome, compared)
        if self._change is not None and isinstance(outcome, Said) and compared is not None and used is not None:
            self._change.watcher.watch(log_id, used.engine, asked.probes, used.samples, self._terms, compared)
        return outcome

    @property
    def _terms(self) -> Terms:
        return Terms(self.policy.rate, self.policy.least_finger)

    def _compared(self, asked: Asked) -> tuple[Said | Refusal, Compared | None, Choice | None]:
        held = _of_positions(self.enrolled.of(asked.person_id), asked.probes)
        if self._unfit(asked.probes) or not held:
            return Refusal(Code.BIO_COUNT, "probes"), None, None
        images = [probe.content for probe in asked.probes if not probe.extracted]
        if any(self.enrolled.is_copy(held, image) for image in images):
            return Refusal(Code.BIO_REPLAY, "enrolled"), None, None
        used = choice(held)
        contents = self._vault.read_all([object_id for _, object_id in used.templates])
        references = []
        for one, object_id in used.templates:
            content = contents[object_id]
            if isinstance(content, Refusal):
                return content, None, used
            references.append(Reference(one.position, content))
        comparer = self._comparer if self._change is None else self._change.comparer_of(used.engine)
        compared = comparer.compare(asked.probes, tuple(references), self._terms)
        if isinstance(compared, Refusal):
            if compared.code in _CAPTURE_AGAIN:
                return Said(Outcome.AGAIN, _hint(compared.about)), None, used
            return compared, None, used
        if compared.copied:
            return Refusal(Code.BIO_REPLAY, "enrolled"), compared, used
        return Said(Outcome.MATCH if compared.matched else Outcome.NO_MATCH), compared, used

    def _unfit(self, probes: Sequence[Probe]) -> bool:
        """One face, or some different fingers."""
        positions = {probe.position for probe in probes}
        face = Position.FACE in positions
        return not probes or len(positions) < len(probes) or len(probes) > (1 if face else self.policy.fingers)

    def _write(self, asked: Asked, outcome: Said | Refusal, compared: Compared | None) -> UUID:
        refused, log_id = isinstance(outcome, Refusal), self._entropy.uuid()
        self._session.execute(
            insert(VerifyLogRow).values(
                id=log_id,
                person_id=asked.person_id,
                place=asked.place.value,
                check_id=asked.check_id,
                purpose=asked.purpose,
                modality=asked.modality.value,
                samples=len(asked.probes),
                result="refused" if isinstance(outcome, Refusal) else outcome.outcome.value,
                code=outcome.code.value if isinstance(outcome, Refusal) else outcome.hint,
                ratio=None if compared is None or refused else compared.ratio,
                quality=None if compared is None else compared.quality,
                policy=self.policy.version,
                at=self._clock.now(),
            )
        )
        return log_id


def _of_positions(held: Sequence[Held], probes: Sequence[Probe]) -> list[Held]:
    shown = {probe.position for probe in probes}
    return [one for one in held if one.position in shown]


def _hint(about: str) -> Hint:
    return Hint(about) if about in set(Hint) else Hint.TRY_AGAIN
