"""`./wangov purge`: what is over goes. The worker does the same every hour.

`KINDS` is the one list of what is removed or closed, in this order; each room says itself how long it keeps its rows.
The registration centre adds its own by `offer_kinds`.
Nothing here touches the audit trail, consents, mandates or closings: they are proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from idp.authenticators.purging import purge_codes, purge_samples, purge_throttles
from idp.cli.output import json_option, say
from idp.database import Session
from idp.jobs.purging import purge_jobs
from idp.notices.purging import purge_links
from idp.outbox.purging import purge_budgets, purge_messages
from idp.recovery.purging import expire_cases, purge_cases
from idp.selfservice.purging import expire_contact_changes, purge_contact_changes, purge_exports
from idp.sessions.purging import purge_devices, purge_sessions
from idp.tokens.purging import purge_grants, purge_revoked_tokens
from idp.web.extensions import db, services

__all__ = ["AT_ONCE", "KINDS", "MAX_BATCHES", "Kind", "offer_kinds", "purge", "purge_what_is_over"]

# Session, moment, how many at most -> how many there were.
Kind = Callable[[Session, datetime, int], int]
_OFFERED = "wangov_purge"

AT_ONCE = 1000
# A round of the worker ends after so many batches of a kind; the next one goes on.
MAX_BATCHES = 200

# Authorizations before sessions: a session stays while one hangs on it.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "recovery cases closed": expire_cases,
        "recovery cases": purge_cases,
        "contact changes closed": expire_contact_changes,
        "contact changes": purge_contact_changes,
        "authorizations": purge_grants,
        "revoked access tokens": purge_revoked_tokens,
        "sessions": purge_sessions,
        "known devices": purge_devices,
        "counters of guesses": purge_throttles,
        "codes by message": purge_codes,
        "sample digests": purge_samples,
        "links in notices": purge_links,
        "messages": purge_messages,
        "text message budgets": purge_budgets,
        "copies of data": purge_exports,
        "jobs given up": purge_jobs,
    }
)
"""Name -> what removes (or closes) at most so many rows that are over at that moment, and says how many."""


def offer_kinds(app: Flask, kinds: Mapping[str, Kind]) -> None:
    """Remove these, too, after the provider's own. Only parts of the house above this one need it."""
    app.extensions[_OFFERED] = kinds


@click.command("purge")
@json_option
@with_appcontext
def purge(*, as_json: bool) -> None:
    """Remove what is over and no longer needed, and say how many rows of each kind."""
    removed = dict(_removed(max_batches=None))
    lines = [f"{count} {name}" for name, count in removed.items()]
    say({"removed": removed}, as_json=as_json, lines=lines)


def purge_what_is_over() -> int:
    """One round of it; how many rows there were."""
    return sum(count for _, count in _removed(MAX_BATCHES))


def _removed(max_batches: int | None) -> Iterator[tuple[str, int]]:
    """Each batch in a transaction of its own, so that none holds rows for long."""
    now = services().clock.now()
    for name, work in {**KINDS, **current_app.extensions.get(_OFFERED, {})}.items():
        total, batches, full = 0, 0, True
        while full and batches != max_batches:
            count = work(db.session(), now, AT_ONCE)
            db.session.commit()
            total, batches, full = total + count, batches + 1, count >= AT_ONCE
        yield name, total
