"""`./wangov engine`: another engine for faces or fingers, from candidate to active and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import click
from flask.cli import AppGroup

from enrollment.abis.standing import standing
from enrollment.cli.answers import fail
from enrollment.cli.capturing import vault
from enrollment.engines import Coverage, Engine, Modality, Round, Status
from enrollment.errors import Code, Refusal
from enrollment.web import engine_rooms
from enrollment.web.rooms import examiner
from idp.cli.output import json_option, say
from idp.web.extensions import db

__all__ = ["engine"]

T = TypeVar("T")
_MODALITY = click.Choice([one.value for one in Modality])
_BATCH = 50

engine = AppGroup("engine", help="Another engine for faces or fingers: candidate, shadow, active, back, retired.")


@engine.command("list")
@json_option
def list_engines(*, as_json: bool) -> None:
    """Every engine with its status, how much of what is searched it has templates of, and how far its indexes are.

    And of other systems' references how many there are, and how many they have to insert again.
    """
    held = engine_rooms.engines()
    found = []
    for one in held.listed():
        coverage = None if one.status is Status.RETIRED else held.coverage(one.id)
        figures = {**_figures(coverage), "index_behind": held.behind(one.id)} if isinstance(coverage, Coverage) else {}
        found.append({**_told(one), **figures})
    lines = [" ".join(f"{name}={value}" for name, value in one.items()) for one in found]
    own = own_names()
    others = [asdict(one) for one in standing(db.session(), own.values())]
    lines += [f"abis client={one['client_id']} held={one['held']} insert_again={one['again']}" for one in others]
    told = {"engines": found, "own": own, "abis": others}
    say(told, as_json=as_json, lines=lines or ["No engine is written down."])


@engine.command("add")
@click.argument("engine_id", metavar="ENGINE")
@click.option("--modality", type=_MODALITY, required=True)
@click.option("--present", default="", help="The engine that counts now, if it is not the program's own.")
@json_option
def add(engine_id: str, modality: str, present: str, *, as_json: bool) -> None:
    """Write down an engine beside the program's (see WANGOV_ENGINES_BESIDE) as a candidate."""
    own = own_names()
    counting = present or own[modality]
    known = {*own.values(), *engine_rooms.sides()}
    if not {engine_id, counting} <= known:
        fail(Refusal(Code.ENR_UNKNOWN, "beside"), as_json=as_json)
    _moved(engine_rooms.engines().add(engine_id, Modality(modality), present=counting), as_json=as_json)


@engine.command("extract")
@click.argument("engine_id", metavar="ENGINE")
@click.option("--batch", type=click.IntRange(1, 1000), default=_BATCH, show_default=True, help="Samples a transaction.")
@json_option
def extract(engine_id: str, batch: int, *, as_json: bool) -> None:
    """Make its templates of everybody, now; the worker does the same. May be stopped and begun again at any time."""
    work, store = engine_rooms.reextraction(examiner(), vault()), engine_rooms.engines()
    before = _whole(store.coverage(engine_id), as_json=as_json)
    made = missed = 0
    after = None
    while True:
        done: Round = _whole(work.round(engine_id, batch, after), as_json=as_json)
        db.session.commit()
        made, missed, after = made + done.made, missed + done.missed, done.last
        click.echo(f"\r{before.covered + made} of {before.searched} samples, {missed} missed", err=True, nl=False)
        if after is None:
            break
    click.echo("", err=True)
    coverage = _whole(store.coverage(engine_id), as_json=as_json)
    say({"made": made, "missed_now": missed, **_figures(coverage)}, as_json=as_json)


@engine.command("shadow")
@click.argument("engine_id", metavar="ENGINE")
@json_option
def shadow(engine_id: str, *, as_json: bool) -> None:
    """Let it be asked beside the active one; what it says is written down, and counts for nobody."""
    _moved(engine_rooms.engines().shadow(engine_id), as_json=as_json)


@engine.command("report")
@click.argument("engine_id", metavar="ENGINE")
@json_option
def report(engine_id: str, *, as_json: bool) -> None:
    """How it judged the comparisons that the active engine decided."""
    found = _whole(engine_rooms.reports().of(engine_id), as_json=as_json)
    answer = {**asdict(found), "compared": found.compared, "agreement": found.agreement}
    answer["coverage"] = _figures(found.coverage)
    say(answer, as_json=as_json, lines=[f"{name}: {value}" for name, value in answer.items()])


@engine.command("activate")
@click.argument("engine_id", metavar="ENGINE")
@json_option
def activate(engine_id: str, *, as_json: bool) -> None:
    """Let it count, from coverage 0.999 on; the one before stays beside it, so that `back-out` is possible."""
    _moved(engine_rooms.engines().activate(engine_id), as_json=as_json)


@engine.command("back-out")
@click.option("--modality", type=_MODALITY, required=True)
@click.option(
    "--let-searches-wait", is_flag=True, help="Also where it knows somebody by nothing, who is captured anew."
)
@json_option
def back_out(modality: str, *, let_searches_wait: bool, as_json: bool) -> None:
    """Let the engine count again that did before.

    Refused where it has nothing of somebody who is searched (`stranded` in `engine list`): every application would wait
    until they are captured anew.
    """
    _moved(engine_rooms.engines().back_out(Modality(modality), waiting=let_searches_wait), as_json=as_json)


@engine.command("retire")
@click.argument("engine_id", metavar="ENGINE")
@click.confirmation_option(prompt="Its templates will be removed. Go on?")
@json_option
def retire(engine_id: str, *, as_json: bool) -> None:
    """Let an engine be of the past; the worker removes its templates, and there is no way back."""
    _moved(engine_rooms.engines().retire(engine_id), as_json=as_json)


def own_names() -> dict[str, str]:
    """The names of the program's own engines. Only here a command loads them."""
    from biometrics.face.identity import ENGINE as FACE  # noqa: PLC0415 - no web process loads it
    from biometrics.fingerprint.identity import ENGINE as FINGER  # noqa: PLC0415 - as above

    return {Modality.FACE.value: FACE, Modality.FINGER.value: FINGER}


def _moved(outcome: Engine | Refusal, *, as_json: bool) -> None:
    moved = _whole(outcome, as_json=as_json)
    db.session.commit()
    say(_told(moved), as_json=as_json, lines=[f"{moved.id} is {moved.status.value} for {moved.modality.value}s."])


def _whole(outcome: T | Refusal, *, as_json: bool) -> T:
    if isinstance(outcome, Refusal):
        db.session.rollback()
        fail(outcome, as_json=as_json)
    return outcome


def _told(one: Engine) -> dict[str, Any]:
    return {
        "engine": one.id,
        "modality": one.modality.value,
        "status": one.status.value,
        "changed_at": one.changed_at.isoformat(),
    }


def _figures(coverage: Coverage) -> Mapping[str, Any]:
    return {**asdict(coverage), "share": round(coverage.share, 6)}
