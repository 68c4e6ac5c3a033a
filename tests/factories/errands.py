"""What a worker would do for the application under test, without a worker: its jobs run here, its messages are read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask
from sqlalchemy import select, text

from idp.cli.worker import TASKS
from idp.outbox.models import MessageRow
from idp.outbox.outbox import DELIVER, open_content
from idp.web.extensions import db, services

__all__ = ["Letter", "Office"]

_TAKE = text(
    "delete from procrastinate_jobs where status = 'todo' and task_name <> :kept returning task_name, args::text, id"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the outbox."""

    notice: str
    channel: str
    to: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    subscriber_id: UUID | None

    @property
    def code(self) -> str:
        """The code that it tells."""
        return self.parameters["code"]


class Office:
    """The worker's side of an application."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._read: set[UUID] = set()

    def work(self) -> int:
        """Do every job but sending; how many there were."""
        with self.app.app_context():
            jobs = db.session.execute(_TAKE, {"kept": DELIVER}).all()
            db.session.commit()
        offered, _rounds = self.app.extensions.get("wangov_worker", ({}, {}))
        for name, arguments, _ in sorted(jobs, key=lambda job: job[2]):
            with self.app.app_context():
                {**TASKS, **offered}[name](**json.loads(arguments))
        return len(jobs)

    def letters(self, notice: str | None = None) -> list[Letter]:
        """What was queued since the last time this was asked, after doing the jobs; oldest first."""
        self.work()
        found = []
        with self.app.app_context():
            rows = db.session.scalars(select(MessageRow).order_by(MessageRow.created_at, MessageRow.id)).all()
            for row in rows:
                if row.id in self._read or row.sealed is None:
                    continue
                self._read.add(row.id)
                shared = services()
                content = open_content(db.session(), shared.sealer, shared.clock, row.id, row.subscriber_id, row.sealed)
                assert content is not None
                letter = Letter(row.notice, row.channel, content.to, content.parameters, row.subscriber_id)
                found.append(letter)
        return [letter for letter in found if notice in {None, letter.notice}]

    def code(self, channel: str) -> str:
        """The code of the newest unread message by this channel."""
        codes = [letter for letter in self.letters() if letter.channel == channel and "code" in letter.parameters]
        assert codes, f"no code by {channel}"
        assert re.fullmatch(r"[0-9]{6}", codes[-1].code)
        return codes[-1].code
