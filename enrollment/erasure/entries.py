"""The list of what was erased, entry by entry, as it is kept apart from the database: who restores one replays it.

An entry names keys, objects, records and accounts by random identifiers, and nobody. A code under the installation's
own key (HMAC-SHA256) keeps it from being made up or changed: whoever could write one could have anybody erased.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from enrollment.erasure.models import ErasureRow, KeptErasureRow
from idp.database import Session
from idp.keys import Purpose, PurposeKeys
from idp.selfservice.models import AccountClosingRow

__all__ = ["ACCOUNT", "MAX_BYTES", "Entry", "opened", "sealed", "stored_entries"]

ACCOUNT = "account"
"""The scope of an account that its owner closed, of which no record went."""
MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One erasure that was carried out, or one closing.

    `subject` is the record, or with the scope `account` the account. Moments are ISO 8601; `material` and `proof` are
    as they were signed.
    """

    id: str
    scope: str
    subject: str
    ended_at: str
    ground: str | None = None
    asked_by: str | None = None
    asked_at: str | None = None
    approved_by: str | None = None
    approved_at: str | None = None
    material: dict[str, Any] = field(default_factory=dict)
    proof: str | None = None


def stored_entries(session: Session, *, unkept: bool = False, most: int | None = None) -> Iterator[Entry]:
    """Entries of this database, oldest first: all of them, or at most so many of each sort that are not kept yet."""
    erasures = select(ErasureRow).where(ErasureRow.outcome == "done").order_by(ErasureRow.ended_at, ErasureRow.id)
    row = AccountClosingRow
    closings = select(row).where(row.outcome == "closed").order_by(row.ended_at, row.id)
    if unkept:
        erasures = erasures.where(~exists().where(KeptErasureRow.id == ErasureRow.id))
        closings = closings.where(~exists().where(KeptErasureRow.id == row.id))
    yield from map(_erased, session.scalars(erasures.limit(most)))
    yield from map(_closed, session.scalars(closings.limit(most)))


def sealed(entry: Entry, keys: PurposeKeys) -> bytes:
    """As it is kept: one line of JSON with its code."""
    known = asdict(entry)
    return _spelled({"entry": known, "code": _code(known, keys)}) + b"\n"


def opened(line: bytes, keys: PurposeKeys) -> Entry | None:
    """The reverse; None for what this installation did not write."""
    if len(line) > MAX_BYTES:
        return None
    try:
        document = json.loads(line)
        known, code = document["entry"], document["code"]
        entry = Entry(**known)
        if not isinstance(code, str) or not hmac.compare_digest(code.encode(), _code(known, keys).encode()):
            return None
        UUID(entry.id), UUID(entry.subject)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return entry


def _erased(row: ErasureRow) -> Entry:
    assert row.ended_at is not None, "it is done"  # noqa: S101 - for the type checker
    return Entry(
        id=str(row.id),
        scope=row.scope,
        subject=str(row.person_id),
        ended_at=row.ended_at.isoformat(),
        ground=row.ground,
        asked_by=str(row.asked_by),
        asked_at=row.asked_at.isoformat(),
        approved_by=None if row.approved_by is None else str(row.approved_by),
        approved_at=None if row.approved_at is None else row.approved_at.isoformat(),
        material=dict(row.material or {}),
        proof=row.proof,
    )


def _closed(row: AccountClosingRow) -> Entry:
    assert row.ended_at is not None, "it is closed"  # noqa: S101 - for the type checker
    return Entry(id=str(row.id), scope=ACCOUNT, subject=str(row.subscriber_id), ended_at=row.ended_at.isoformat())


def _code(known: dict[str, Any], keys: PurposeKeys) -> str:
    return keys.mac(Purpose.BLIND_INDEX, f"erasure-list|{_spelled(known).decode()}").hex()


def _spelled(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
