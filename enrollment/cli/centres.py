"""`./wangov centre` and `./wangov station`: places where people are enrolled, and the machines there."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from enrollment.centres import OPERATOR, Centre, CentreStatus, RevokedFor, Station
from enrollment.cli.answers import fail
from enrollment.errors import Refusal
from enrollment.web.rooms import centres, stations
from idp.cli.output import json_option, read_document, say
from idp.web.extensions import db

__all__ = ["centre", "station", "the_centre"]

centre = AppGroup("centre", help="Registration centres: add, list, close, open.")
station = AppGroup("station", help="Capture stations: add, list, revoke.")


def the_centre(code: str, *, as_json: bool) -> Centre:
    """The centre that is called so; ends the command when there is none."""
    found = centres().with_code(code)
    if isinstance(found, Refusal):
        fail(Refusal(found.code, "centre"), as_json=as_json)
    return found


@centre.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--division", required=True, help="Code of the division that it lies in.")
@click.option("--training", is_flag=True, help="What is done there never reaches the register.")
@json_option
def add_centre(code: str, name: str, division: str, *, training: bool, as_json: bool) -> None:
    """Add a centre; CODE is 2 to 10 capital letters and digits."""
    _answer(centres().add(OPERATOR, code, name, division, training=training), as_json=as_json)


@centre.command("close")
@click.argument("code")
@json_option
def close_centre(code: str, *, as_json: bool) -> None:
    """Close a centre: nobody can be posted there any more."""
    found = the_centre(code, as_json=as_json)
    _answer(centres().set_status(OPERATOR, found.id, CentreStatus.CLOSED), as_json=as_json)


@centre.command("open")
@click.argument("code")
@json_option
def open_centre(code: str, *, as_json: bool) -> None:
    """Open a closed centre again."""
    found = the_centre(code, as_json=as_json)
    _answer(centres().set_status(OPERATOR, found.id, CentreStatus.OPEN), as_json=as_json)


@centre.command("list")
@json_option
def list_centres(*, as_json: bool) -> None:
    """Every centre."""
    found = centres().all()
    lines = [f"{one.code}  {one.status}  {one.name}" for one in found]
    say([_document(one) for one in found], as_json=as_json, lines=lines)


@station.command("add")
@click.argument("centre_code")
@click.argument("name")
@json_option
def add_station(centre_code: str, name: str, *, as_json: bool) -> None:
    """Add a station; the public half of its P-256 key comes as a JSON Web Key on standard input."""
    document = read_document(as_json=as_json)
    found = the_centre(centre_code, as_json=as_json)
    _answer(stations().add(OPERATOR, found.id, name, document), as_json=as_json)


@station.command("revoke")
@click.argument("code")
@click.option("--reason", type=click.Choice([reason.value for reason in RevokedFor]), required=True)
@json_option
def revoke_station(code: str, reason: str, *, as_json: bool) -> None:
    """Take nothing from a station any more, from now on and for good; CODE is its four signs."""
    found = stations().with_code(code)
    if isinstance(found, Refusal):
        fail(Refusal(found.code, "station"), as_json=as_json)
    _answer(stations().revoke(OPERATOR, found.id, RevokedFor(reason)), as_json=as_json)


@station.command("list")
@click.argument("centre_code")
@json_option
def list_stations(centre_code: str, *, as_json: bool) -> None:
    """Every station of a centre, revoked ones included."""
    found = stations().of_centre(the_centre(centre_code, as_json=as_json).id)
    lines = [f"{one.code}  {'active' if one.active else one.revoked_for}  {one.name}" for one in found]
    say([_document(one) for one in found], as_json=as_json, lines=lines)


def _answer(outcome: Centre | Station | Refusal, *, as_json: bool) -> None:
    if isinstance(outcome, Refusal):
        db.session.rollback()
        fail(outcome, as_json=as_json)
    db.session.commit()
    say(_document(outcome), as_json=as_json)


def _document(one: Centre | Station) -> dict[str, object]:
    if isinstance(one, Centre):
        document = {"id": str(one.id), "code": one.code, "name": one.name}
        return {**document, "division": one.division_code, "status": one.status.value}
    return {
        "id": str(one.id),
        "code": one.code,
        "name": one.name,
        "key": one.key.key_id,
        "status": "active" if one.active else "revoked",
        "reason": one.revoked_for,
        "last_seq": one.last_seq,
    }
