"""Epochs of the indexes: each has a secret of its own, by which its vectors are turned.

An index of an epoch cannot be compared with anything without that secret; the next epoch makes old copies useless
once the secret is destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.gallery.models import GalleryEpochRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Purpose, Sealer

__all__ = ["EpochKey", "Epochs"]

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class EpochKey:
    """An epoch and its secret, 32 random bytes."""

    epoch: int
    key: bytes = field(repr=False)


class Epochs:
    """Reads and begins epochs, in the caller's transaction."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    def current(self) -> EpochKey:
        """The newest epoch; the first is begun where there is none."""
        return self._newest() or self._begin(1)

    def begin_next(self) -> EpochKey:
        """A later epoch. The secret of the one before is destroyed: its indexes are made anew from the templates."""
        return self._begin(self.current().epoch + 1)

    def _begin(self, epoch: int) -> EpochKey:
        """Of two that begin it at once, the second takes the first's."""
        sealed = self._sealer.seal_system(Purpose.TEMPLATE, _label(epoch), self._entropy.bytes(_KEY_BYTES))
        row = insert(GalleryEpochRow).values(epoch=epoch, sealed=sealed, begun_at=self._clock.now(), ended_at=None)
        self._session.execute(row.on_conflict_do_nothing())
        self._session.execute(
            update(GalleryEpochRow)
            .where(GalleryEpochRow.epoch < epoch, GalleryEpochRow.ended_at.is_(None))
            .values(sealed=None, ended_at=self._clock.now())
        )
        begun = self._newest()
        assert begun is not None, "an epoch was begun and is not there"  # noqa: S101 - for the type checker
        return begun

    def _newest(self) -> EpochKey | None:
        row = self._session.execute(
            select(GalleryEpochRow.epoch, GalleryEpochRow.sealed).order_by(GalleryEpochRow.epoch.desc()).limit(1)
        ).one_or_none()
        if row is None or row.sealed is None:
            return None
        return EpochKey(row.epoch, self._sealer.open_system(Purpose.TEMPLATE, _label(row.epoch), row.sealed))


def _label(epoch: int) -> str:
    return f"gallery-epoch|{epoch}"
