"""`./wangov posting`: who works at which centre on which days."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import click
from flask.cli import AppGroup

from enrollment.centres import OPERATOR, Days, Posting
from enrollment.cli.answers import fail
from enrollment.cli.centres import the_centre
from enrollment.errors import Refusal
from enrollment.web.rooms import postings, stations
from idp.cli.output import json_option, say
from idp.web.extensions import db, services

__all__ = ["posting"]

posting = AppGroup("posting", help="Post staff to centres; list and end postings.")
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@posting.command("add")
@click.argument("subscriber_id", type=click.UUID)
@click.argument("centre_code")
@click.option("--from", "first", type=_DAY, help="First day.  [default: today]")
@click.option("--to", "last", type=_DAY, help="Last day, included.  [default: the first day]")
@click.option("--station", help="The four signs of a station of the centre.")
@json_option
def add_posting(
    subscriber_id: UUID,
    centre_code: str,
    first: datetime | None,
    last: datetime | None,
    station: str | None,
    *,
    as_json: bool,
) -> None:
    """Post somebody to a centre."""
    begins = services().clock.now().astimezone(UTC).date() if first is None else first.date()
    days = Days(begins, begins if last is None else last.date())
    found = the_centre(centre_code, as_json=as_json)
    machine = None if station is None else stations().with_code(station)
    if isinstance(machine, Refusal):
        fail(Refusal(machine.code, "station"), as_json=as_json)
    station_id = None if machine is None else machine.id
    _answer(postings().post(OPERATOR, subscriber_id, found.id, days, station_id), as_json=as_json)


@posting.command("list")
@click.argument("centre_code")
@click.option("--day", type=_DAY, help="[default: today]")
@json_option
def list_postings(centre_code: str, day: datetime | None, *, as_json: bool) -> None:
    """Who is posted to a centre on a day."""
    wanted = services().clock.now().astimezone(UTC).date() if day is None else day.date()
    found = postings().at_centre(the_centre(centre_code, as_json=as_json).id, wanted)
    lines = [f"{one.id}  {one.subscriber_id}  {one.days.first} to {one.days.last}" for one in found]
    say([_document(one) for one in found], as_json=as_json, lines=lines)


@posting.command("end")
@click.argument("posting_id", type=click.UUID)
@json_option
def end_posting(posting_id: UUID, *, as_json: bool) -> None:
    """End a posting now."""
    _answer(postings().end(OPERATOR, posting_id), as_json=as_json)


def _answer(outcome: Posting | Refusal, *, as_json: bool) -> None:
    if isinstance(outcome, Refusal):
        db.session.rollback()
        fail(outcome, as_json=as_json)
    db.session.commit()
    say(_document(outcome), as_json=as_json)


def _document(one: Posting) -> dict[str, object]:
    return {
        "id": str(one.id),
        "subscriber_id": str(one.subscriber_id),
        "centre_id": str(one.centre_id),
        "station_id": None if one.station_id is None else str(one.station_id),
        "first_day": one.days.first.isoformat(),
        "last_day": one.days.last.isoformat(),
        "ended": one.ended_at is not None,
    }
