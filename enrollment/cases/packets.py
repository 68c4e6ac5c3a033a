"""The packet: what was signed, as one digest, numbered without a gap at each station (design section 3).

The digest covers the sealed bytes of the sections and the references beside them: it gives nothing away, and whatever
is changed after the signature shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from enrollment.cases.case import Case
from enrollment.cases.models import ApplicationRow, ConsentRow, DeviceRow, ExceptionRow, SectionRow, VouchRow
from enrollment.errors import Code, Refusal
from idp.database import Session

__all__ = ["Packets"]


class Packets:
    """Closes packets and looks whether they are whole, in the caller's transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def digest(self, case: Case) -> bytes:
        """SHA-256 over everything that was captured, 32 bytes."""
        sections = self._session.execute(
            select(SectionRow.name, SectionRow.version, SectionRow.sealed)
            .where(SectionRow.aid == case.aid)
            .order_by(SectionRow.name)
        )
        exceptions = self._session.execute(
            select(ExceptionRow.position, ExceptionRow.reason, ExceptionRow.permanent, ExceptionRow.granted_by)
            .where(ExceptionRow.aid == case.aid)
            .order_by(ExceptionRow.position)
        )
        consents = self._session.scalars(
            select(ConsentRow.id)
            .where(ConsentRow.aid == case.aid, ConsentRow.withdrawn_at.is_(None))
            .order_by(ConsentRow.id)
        )
        vouches = self._session.scalars(
            select(VouchRow.introducer_id).where(VouchRow.aid == case.aid).order_by(VouchRow.introducer_id)
        )
        manifest = {
            "aid": case.aid,
            "kind": case.kind.value,
            "sections": [[row.name, row.version, hashlib.sha256(row.sealed or b"").hexdigest()] for row in sections],
            "exceptions": [list(row) for row in exceptions],
            "consents": list(consents),
            "vouches": list(vouches),
        }
        return hashlib.sha256(json.dumps(manifest, separators=(",", ":"), default=str).encode()).digest()

    def number(self, station_id: UUID | None) -> int | None:
        """The next number at a station, from 1; None where there is no station. A rollback gives it back."""
        if station_id is None:
            return None
        count = (
            update(DeviceRow)
            .where(DeviceRow.station_id == station_id)
            .values(packets=DeviceRow.packets + 1)
            .returning(DeviceRow.packets)
        )
        counted = self._session.scalar(count)
        if counted is None:
            self._session.execute(
                insert(DeviceRow).values(station_id=station_id, counter=0, packets=0).on_conflict_do_nothing()
            )
            counted = self._session.scalar(count)
        return counted

    def whole(self, case: Case) -> Refusal | None:
        """Nothing when what was signed is what is there; else `ENR_CHECKSUM`."""
        signed = self._session.scalar(select(ApplicationRow.packet_digest).where(ApplicationRow.aid == case.aid))
        same = signed is not None and hmac.compare_digest(signed, self.digest(case))
        return None if same else Refusal(Code.ENR_CHECKSUM)
