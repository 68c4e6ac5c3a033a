"""What the engine that is tried would have said of a comparison that the active one decided; never the reverse.

Each compares what is shown with templates of its own making, of the same enrolled samples. Whatever happens here,
nobody is answered otherwise for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import insert, select

from enrollment.capture import Position
from enrollment.capture.models import EngineRow, SampleRow, TemplateRow
from enrollment.capture.probing import Compared, Probe, Reference, Terms
from enrollment.engines.models import EngineShadowRow
from enrollment.engines.policy import EnginePolicy
from enrollment.engines.shelf import Shelf, modality_of
from enrollment.errors import Code, Refusal
from enrollment.storage import Kind, Vault
from enrollment.storage.models import StoredObjectRow
from idp.clock import Clock
from idp.database import Session

__all__ = ["Beside"]

_WHOLE = (Kind.FACE_TEMPLATE.value, Kind.FINGER_TEMPLATE.value)
_UNUSABLE = frozenset({Code.BIO_NOFACE, Code.BIO_MANYFACES, Code.BIO_QUALITY, Code.BIO_FORMAT, Code.BIO_TOOLARGE})
_log = structlog.get_logger(__name__)


class Beside:
    """Fulfils `verification.comparing.Watcher`, in the caller's transaction."""

    def __init__(
        self, session: Session, vault: Vault, shelf: Shelf, clock: Clock, policy: EnginePolicy | None = None
    ) -> None:
        self._session = session
        self._vault = vault
        self._shelf = shelf
        self._clock = clock
        self._policy = policy or EnginePolicy()

    def watch(
        self, log_id: UUID, used: str, probes: Sequence[Probe], samples: Sequence[UUID], terms: Terms, counted: Compared
    ) -> None:
        """Compare the same probes with the same samples by the shadow, if there is one, and write down both."""
        modality = modality_of(probes[0].position)
        wanted = select(EngineRow.id).where(EngineRow.modality == modality, EngineRow.status == "shadow")
        shadow = self._session.scalar(wanted.limit(1))
        if shadow is None or shadow == used or not self._chosen(log_id):
            return
        try:
            with self._session.begin_nested():
                said = self._said(shadow, probes, samples, terms)
                self._write(log_id, shadow, used, modality, counted, said)
        except Exception:  # noqa: BLE001 - the person stands there, and has been answered already
            _log.exception("engine_shadow_failed", engine=shadow)

    def _chosen(self, log_id: UUID) -> bool:
        """By the random end of the identifier."""
        return (log_id.int & 0xFFFF_FFFF) < self._policy.share * 2**32

    def _said(
        self, shadow: str, probes: Sequence[Probe], samples: Sequence[UUID], terms: Terms
    ) -> Compared | Refusal | None:
        """None where there is nothing to compare: the other engine's template is shown, or this one has none."""
        if any(probe.extracted for probe in probes):
            return None
        rows = self._session.execute(
            select(SampleRow.position, TemplateRow.object_id)
            .join(TemplateRow, TemplateRow.sample_id == SampleRow.id)
            .join(StoredObjectRow, StoredObjectRow.id == TemplateRow.object_id)
            .where(SampleRow.id.in_(samples), TemplateRow.engine == shadow, StoredObjectRow.kind.in_(_WHOLE))
            .order_by(SampleRow.position, SampleRow.impression)
        ).all()
        if not {probe.position.value for probe in probes} <= {row.position for row in rows}:
            return None
        contents = self._vault.read_all([row.object_id for row in rows])
        references = []
        for row in rows:
            content = contents[row.object_id]
            if isinstance(content, Refusal):
                return content
            references.append(Reference(Position(row.position), content))
        return self._shelf.get(shadow).compare(tuple(probes), tuple(references), terms)

    def _write(
        self, log_id: UUID, shadow: str, used: str, modality: str, counted: Compared, said: Compared | Refusal | None
    ) -> None:
        values = {
            "log_id": log_id,
            "engine_id": shadow,
            "used": used,
            "modality": modality,
            "counted": _word(counted),
            "said": _word(said),
            "code": said.code.value if isinstance(said, Refusal) else None,
            "counted_ratio": counted.ratio,
            "said_ratio": said.ratio if isinstance(said, Compared) else None,
            "at": self._clock.now(),
        }
        self._session.execute(insert(EngineShadowRow).values(values))


def _word(said: Compared | Refusal | None) -> str:
    match said:
        case None:
            return "untried"
        case Refusal():
            return "again" if said.code in _UNUSABLE else "refused"
        case Compared():
            return "match" if said.matched else "no_match"
