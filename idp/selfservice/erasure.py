"""What is removed with a person. Every table that names a person stands in one of two lists; a test holds that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Executable, column, delete, table, text

from idp.database import Session

__all__ = ["KEPT", "REMOVED", "end_what_stays", "erase_rows"]

REMOVED: Mapping[str, str] = MappingProxyType(
    {
        "biometric_lock": "subscriber_id",
        "biometric_sample": "subscriber_id",
        "concern": "subscriber_id",
        "contact_change": "subscriber_id",
        "correction": "subscriber_id",
        "data_export": "subscriber_id",
        "known_device": "subscriber_id",
        "one_time_code": "subscriber_id",
        "outbox_message": "subscriber_id",
        "passkey": "subscriber_id",
        "password": "subscriber_id",
        "person_key": "person_id",
        "recovery_case": "subscriber_id",
        "recovery_code": "subscriber_id",
        "security_link": "subscriber_id",
        "session": "subscriber_id",
        "subscriber_search_token": "subscriber_id",
        "totp": "subscriber_id",
    }
)
"""Table -> its column that names the person. Gone with the account."""

KEPT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "activation_slip",
                "dedup_hit",
                "enrol_application",
                "enrol_kin",
                "gallery_entry",
                "import_row",
                "credential",
                "identifier",
                "issuance",
                "life_event",
                "relation",
                "child_call",
                "name_key",
                "person_account",
                "person_version",
            ),
            "the register's: who closes an account stays registered; sealed, or random identifiers and digests only",
        ),
        **dict.fromkeys(
            ("counter_check", "verify_log"),
            "that somebody was compared with what is enrolled, and when; random identifiers and figures only",
        ),
        "erasure": "that something of a person was erased, and the proof of it; random identifiers and digests only",
        "suspension": "that a record was suspended, and who decided; what the person said is sealed",
        "account_closing": "that the closing was asked for, and when",
        "approval": "who asked for a role for whom, and who decided",
        "audit_event": "what happened, by random identifiers only",
        "authorization_grant": "ended; under which authorization something was released",
        "consent": "ended; by whose decision something was released, for as long as the law asks for proof",
        "founding": "who were the first two",
        "hand_over": "which officer had which station, on a day",
        "mandate": "ended; who could act for whom",
        "posting": "who worked at which centre, on which days",
        "staff_role": "who could do what, and when; an account that is not active can do nothing",
        "subscriber": "the identifier and the keyed hash of the user name, so that neither goes to anybody else",
    }
)
"""Table -> why its rows stay. None of it says who the person was."""

_END_GRANTS = text(
    """
    update authorization_grant set revoked_at = :now, revoke_reason = 'subscriber_erased'
    where subscriber_id = :person and revoked_at is null
    """
)
_END_MANDATES = text(
    """
    update mandate set state = 'ended', ended_at = :now, ended_by = :person
    where (represented_id = :person or carer_id = :person) and state in ('proposed', 'active')
    """
)


def end_what_stays(session: Session, subscriber_id: UUID, now: datetime) -> None:
    """End every authorization of this person, and every mandate that names them."""
    for statement in (_END_GRANTS, _END_MANDATES):
        session.execute(statement, {"person": subscriber_id, "now": now})


def erase_rows(session: Session, subscriber_id: UUID) -> int:
    """Remove the rows of this person from the tables that go; how many there were."""
    return sum(
        _count(session, delete(table(name, column(person))).where(column(person) == subscriber_id))
        for name, person in REMOVED.items()
    )


def _count(session: Session, statement: Executable) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
