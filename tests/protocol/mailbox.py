"""What the provider has written to people and not sent yet, opened with its own keys: no worker runs in these tests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from idp.clock import SystemClock
from idp.keys import FileRootKey, PurposeKeys, Sealer
from idp.keys.rotation import load_purpose_keys
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from tests.live import LiveServer

__all__ = ["Letter", "Mailbox"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that waits."""

    id: UUID
    notice: str
    channel: str
    to: str
    locale: str | None
    parameters: Mapping[str, str] = field(repr=False)

    @property
    def code(self) -> str:
        """The one-time code that it says."""
        return self.parameters["code"]


class Mailbox:
    """The messages of one running provider."""

    def __init__(self, live: LiveServer) -> None:
        url = live.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine = create_engine(url, poolclass=NullPool)
        root_key = FileRootKey.from_file(Path(live.environment["WANGOV_ROOT_KEY_FILE"]), os.urandom)
        with Session(self._engine) as session:
            keys = PurposeKeys(load_purpose_keys(session, root_key))
        self._sealer = Sealer(keys, os.urandom)

    def of(self, person_id: str, notice: str | None = None) -> list[Letter]:
        """The messages to a person, oldest first."""
        found = []
        with Session(self._engine) as session:
            wanted = select(MessageRow).where(
                MessageRow.subscriber_id == UUID(person_id), MessageRow.sealed.is_not(None)
            )
            for row in session.scalars(wanted.order_by(MessageRow.created_at, MessageRow.id)):
                assert row.sealed is not None
                opened = open_content(session, self._sealer, SystemClock(), row.id, row.subscriber_id, row.sealed)
                assert opened is not None
                found.append(Letter(row.id, row.notice, row.channel, opened.to, opened.locale, opened.parameters))
        return [letter for letter in found if notice in {None, letter.notice}]

    def last(self, person_id: str, notice: str = "code") -> Letter:
        """The newest message of a kind to a person."""
        return self.of(person_id, notice)[-1]

    def close(self) -> None:
        """Let the connections go."""
        self._engine.dispose()
