"""`./wangov keys`: the installation's keys made, listed and rotated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import click
from flask.cli import AppGroup

from idp.audit import AuditEvent, Event, Trail
from idp.cli.output import announce, json_option, say
from idp.keys import PurposeKeys, Sealer
from idp.keys.jose import Algorithm
from idp.keys.models import SigningKeyRow
from idp.keys.rotation import (
    PUBLISH_AHEAD,
    KeyState,
    SigningKeys,
    ensure_purpose_keys,
    load_purpose_keys,
)
from idp.keys.source import GENERATION
from idp.web.extensions import db, services

__all__ = ["keys", "report_created"]

LONGEST_AHEAD = int(timedelta(days=90).total_seconds())
_ROTATING = {KeyState.ACTIVE, KeyState.NEXT}

keys = AppGroup("keys", help="Make, list and rotate keys.")


@keys.command("init")
@json_option
def init(*, as_json: bool) -> None:
    """Make the keys that are missing; safe to repeat and to run from several machines."""
    held = services()
    purposes = ensure_purpose_keys(db.session, held.root_key, held.entropy, held.clock)
    opened = PurposeKeys(load_purpose_keys(db.session, held.root_key))
    signing = SigningKeys(db.session, Sealer(opened, held.entropy.bytes), held.clock)
    made = signing.ensure()
    trail = Trail(db.session, held.clock, held.entropy)
    for purpose in purposes:
        trail.append(AuditEvent(Event.KEY_CREATED, actor="operator", body={"purpose": purpose.value}))
    report_created(made)
    created = {"purpose_keys": [purpose.value for purpose in purposes], "signing_keys": _documents(signing, made)}
    db.session.commit()
    announce(GENERATION)
    say(created, as_json=as_json, lines=[f"made {len(purposes)} purpose keys and {len(made)} signing keys"])


@keys.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List every signing key and its state, oldest first."""
    signing = _signing()
    entries = _documents(signing, signing.rows())
    lines = (f"{entry['kid']}  {entry['algorithm']}  {entry['state']}" for entry in entries)
    say(entries, as_json=as_json, lines=lines)


@keys.command("rotate")
@click.option("--alg", type=click.Choice([algorithm.value for algorithm in Algorithm]), help="Default: all in use.")
@click.option(
    "--ahead-seconds",
    type=click.IntRange(0, LONGEST_AHEAD),
    default=int(PUBLISH_AHEAD.total_seconds()),
    show_default=True,
    help="How long the new key is published before it signs; 0 for a key that may have leaked.",
)
@json_option
def rotate(alg: str | None, ahead_seconds: int, *, as_json: bool) -> None:
    """Publish a new signing key that takes over later, and forget the private halves of withdrawn ones.

    A rotation under way is left to run. Running servers publish the new key within a second.
    """
    held = services()
    signing = _signing()
    before = {row.kid for row in signing.rows()}
    algorithms = [Algorithm(alg)] if alg else _in_use(signing, held.clock.now())
    rows = [signing.rotate(algorithm, ahead=timedelta(seconds=ahead_seconds)) for algorithm in algorithms]
    destroyed = signing.destroy_withdrawn()
    report_created(row for row in rows if row.kid not in before)
    trail = Trail(db.session, held.clock, held.entropy)
    for kid in destroyed:
        trail.append(AuditEvent(Event.KEY_DESTROYED, actor="operator", body={"kid": kid}))
    published = _documents(signing, rows)
    db.session.commit()
    announce(GENERATION)
    lines = [f"{entry['kid']}  {entry['algorithm']}  signs from {entry['activate_at']}" for entry in published]
    answer = {"keys": published, "destroyed": destroyed}
    say(answer, as_json=as_json, lines=lines or ["there is no key to rotate: run `./wangov keys init`"])


def report_created(rows: Iterable[SigningKeyRow]) -> None:
    """Write an audit row for each new signing key into the open transaction."""
    held = services()
    trail = Trail(db.session, held.clock, held.entropy)
    for row in rows:
        body = {"kid": row.kid, "algorithm": row.algorithm, "activate_at": row.activate_at.isoformat()}
        trail.append(AuditEvent(Event.KEY_CREATED, actor="operator", body=body))


def _signing() -> SigningKeys:
    held = services()
    return SigningKeys(db.session, held.sealer, held.clock)


def _in_use(signing: SigningKeys, now: datetime) -> list[Algorithm]:
    live = {row.algorithm for row in signing.rows() if signing.state(row, now) in _ROTATING}
    return [algorithm for algorithm in Algorithm if algorithm.value in live]


def _documents(signing: SigningKeys, rows: Iterable[SigningKeyRow]) -> list[dict[str, Any]]:
    now = services().clock.now()
    return [
        {
            "kid": row.kid,
            "algorithm": row.algorithm,
            "state": signing.state(row, now).value,
            "created_at": _moment(row.created_at),
            "activate_at": _moment(row.activate_at),
            "retire_at": _moment(row.retire_at),
            "withdraw_at": _moment(row.withdraw_at),
            "destroyed_at": _moment(row.destroyed_at),
        }
        for row in rows
    ]


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
