"""Stored sessions and authorizations, as rows with plausible members."""

import datetime as dt
import os
import uuid
from typing import Any

from idp.database import Session
from idp.sessions.models import SessionRow
from idp.tokens.models import GrantRow
from tests.factories.moments import START


def store_session(session: Session, subscriber_id: uuid.UUID, *, now: dt.datetime = START, **changes: Any) -> uuid.UUID:
    """An open browser session of this person, 12 h long; `changes` by column."""
    row = {
        "id": uuid.uuid4(),
        "secret_digest": os.urandom(32),
        "subscriber_id": subscriber_id,
        "device_id": None,
        "created_at": now,
        "authenticated_at": now,
        "seen_at": now,
        "expires_at": now + dt.timedelta(hours=12),
        "aal": 1,
        "amr": ["pwd"],
        "user_agent": "test",
        "ended_at": None,
        "end_reason": None,
        **changes,
    }
    session.add(SessionRow(**row))
    session.flush()
    return uuid.UUID(str(row["id"]))


def store_grant(
    session: Session,
    subscriber_id: uuid.UUID,
    client_id: str,
    session_id: uuid.UUID,
    *,
    now: dt.datetime = START,
    **changes: Any,
) -> uuid.UUID:
    """An authorization whose code is not spent yet; `changes` by column."""
    row = {
        "id": uuid.uuid4(),
        "client_id": client_id,
        "subscriber_id": subscriber_id,
        "session_id": session_id,
        "created_at": now,
        "scope": ["openid"],
        "audience": [],
        "id_token_claims": [],
        "userinfo_claims": [],
        "authenticated_at": now,
        "acr": "nid:1",
        "amr": ["pwd"],
        "nonce": None,
        "redirect_uri": "https://permits.example/callback",
        "code_challenge": None,
        "code_digest": os.urandom(32),
        "code_expires_at": now + dt.timedelta(seconds=60),
        "refresh_generation": 0,
        "offline": False,
        **changes,
    }
    session.add(GrantRow(**row))
    session.flush()
    return uuid.UUID(str(row["id"]))
