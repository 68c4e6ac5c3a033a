"""`./wangov worker`: does what pages asked for to be done later: sends messages, makes downloads.

`TASKS` and `ROUNDS` are what a worker does for the provider; the registration centre adds its own by `offer`. Each runs
in an application context of its own, which ends its database session; each commits itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ParamSpec, TypeVar
from uuid import UUID

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext

from idp.audit import Trail
from idp.cli.output import json_option, say
from idp.cli.purge import purge_what_is_over
from idp.cli.selfservice_tasks import clear_away_exports, close_due, make_export
from idp.database.idling import allow_idling
from idp.outbox.delivery import Claimed, Delivery
from idp.outbox.message import Channel, Content
from idp.outbox.outbox import DELIVER
from idp.outbox.sending import Envelope, Failure, Outcome, Sender
from idp.outbox.standing import Standings
from idp.recovery.errands import REMIND, SEND_CODE, VISIT
from idp.registration.errands import INVITE
from idp.selfservice.exports import EXPORT
from idp.web.extensions import db, services
from idp.web.letters import Written, write_out
from idp.web.recovery.errands import remind, send_code, tell_of_waits, visit
from idp.web.registration.rooms import invite

__all__ = ["ROUNDS", "TASKS", "deliver", "deliver_due", "offer", "worker"]

AT_A_TIME = 20
# A search of everybody, or ten fingers to compare, on a machine that is busy.
IDLING = timedelta(minutes=2)
# The supervisor of `make run` waits for this line.
READY = "worker: takes jobs"
P = ParamSpec("P")
R = TypeVar("R")
Tasks = Mapping[str, Callable[..., None]]
# name -> how often, and what is done: it says how many things that were
Rounds = Mapping[str, tuple[timedelta, Callable[[], int]]]
_OFFERED = "wangov_worker"
_log = structlog.get_logger(__name__)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything that is due, then end.")
@json_option
@with_appcontext
def worker(*, once: bool, as_json: bool) -> None:
    """Send messages and do other jobs, until it is stopped. Any number of workers may run."""
    from idp.jobs.worker import Round, Worker  # noqa: PLC0415 - loads the queue's library, which no other command needs

    allow_idling(db.engine, IDLING)
    means = services().worker
    senders = means.senders()
    for channel in Channel:
        if channel not in senders:
            _log.warning("no_sender", channel=channel.value, then="messages are held until one is set")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
    more_tasks, more_rounds = app.extensions.get(_OFFERED, ({}, {}))
    tasks = {name: _in_context(app, task) for name, task in {**TASKS, **more_tasks}.items()}
    rounds = [Round(name, every, _in_context(app, work)) for name, (every, work) in {**ROUNDS, **more_rounds}.items()]
    working = Worker(means.database, tasks, rounds, at_once=means.at_once)
    if not once:
        working.run(lambda: click.echo(READY))
        return
    working.drain()
    counted = Standings(db.session, services().clock).counted()
    lines = [f"{count} messages {state}" for state, count in sorted(counted.items())]
    say({"messages": counted}, as_json=as_json, lines=lines or ["There are no messages."])


def offer(app: Flask, tasks: Tasks, rounds: Rounds) -> None:
    """Let the worker do these, too. Only parts of the house above this one need it."""
    app.extensions[_OFFERED] = (tasks, rounds)


def deliver(message_id: str) -> None:
    """Send one message, if it is due and nobody else is sending it."""
    _send(UUID(message_id))


def deliver_due() -> int:
    """Send what is due: second tries, and what a worker that was killed left behind. How many were tried."""
    return _send(None)


# name of the job -> what does it; arguments as they were given to `Jobs.defer`
TASKS: Tasks = {
    DELIVER: deliver,
    EXPORT: make_export,
    REMIND: remind,
    SEND_CODE: send_code,
    VISIT: visit,
    INVITE: invite,
}
# name -> how often, and what is done; it says how many things it did
ROUNDS: Rounds = {
    "outbox.due": (timedelta(seconds=2), deliver_due),
    "selfservice.closings": (timedelta(minutes=1), close_due),
    "recovery.waits": (timedelta(minutes=1), tell_of_waits),
    "selfservice.copies": (timedelta(minutes=5), clear_away_exports),
    "purge": (timedelta(hours=1), purge_what_is_over),
}


def _send(only: UUID | None) -> int:
    """One after the other: each is claimed when its turn has come, so that no claim runs out while it waits."""
    delivery = _delivery()
    for count in range(1 if only else AT_A_TIME):
        claimed = delivery.claim(only)
        db.session.commit()
        if claimed is None:
            return count
        content = delivery.opened(claimed)
        db.session.commit()
        outcome = Outcome(content) if isinstance(content, Failure) else _handed_over(claimed, content)
        secret = isinstance(content, Content) and content.secret
        delivery.note(claimed, outcome, secret=secret)
        db.session.commit()
    return AT_A_TIME


def _handed_over(message: Claimed, content: Content) -> Outcome:
    sender = _senders().get(message.channel)
    if sender is None:
        return Outcome(Failure.NO_SENDER)
    written = write_out(message.notice, message.channel, content, services().options)
    if not isinstance(written, Written):
        return Outcome(written)
    return sender.send(
        Envelope(
            reference=str(message.id),
            channel=message.channel,
            to=content.to,
            subject=written.subject,
            text=written.text,
            language=written.language,
            notice=message.notice,
        )
    )


def _senders() -> Mapping[Channel, Sender]:
    held = current_app.extensions.setdefault("wangov_senders", {})
    if not held:
        held.update(services().worker.senders())
    found: Mapping[Channel, Sender] = held
    return found


def _delivery() -> Delivery:
    held = services()
    return Delivery(db.session(), held.sealer, held.clock, Trail(db.session(), held.clock, held.entropy))


def _in_context(app: Flask, work: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(work)
    def inside(*arguments: P.args, **options: P.kwargs) -> R:
        with app.app_context():
            return work(*arguments, **options)

    return inside
