"""`./wangov subscriber corrections|concerns`: what people say is wrong, decided and answered by an operator."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import click
from flask.cli import AppGroup

from idp.cli.output import fail, json_option, read_document, say
from idp.errors import Code, Refusal
from idp.selfservice.corrections import Decided
from idp.web.extensions import db
from idp.web.selfservice_rooms import concerns as reports
from idp.web.selfservice_rooms import corrections as proposals

__all__ = ["concerns", "corrections"]

OPERATOR = "operator"

corrections = AppGroup("corrections", help="Corrections that people propose: list them, decide them.")
concerns = AppGroup("concerns", help="Reports of people that an entry of their history was not right: list, answer.")


@corrections.command("list")
@json_option
def list_corrections(*, as_json: bool) -> None:
    """What waits for a decision. Each person whose proposal is shown sees in the history that it was read."""
    found = [
        {
            "id": str(one.id),
            "subscriber_id": str(one.subscriber_id),
            "claim": one.claim,
            "recorded": one.before,
            "proposed": one.after,
            "reason": one.reason,
            "sent": _written(one.created_at),
        }
        for one in proposals().waiting(OPERATOR)
    ]
    db.session.commit()
    say(found, as_json=as_json)


@corrections.command("decide")
@click.argument("correction_id", type=click.UUID)
@click.option("--accept/--reject", "accepted", required=True, help="Whether the proposed value is recorded.")
@click.option("--because", type=click.Choice([why.value for why in Decided]), required=True, help="Told to the person.")
@json_option
def decide(correction_id: UUID, because: str, *, accepted: bool, as_json: bool) -> None:
    """Decide one. The person is told, and the new value holds at once where it is accepted."""
    _end(proposals().decide(correction_id, Decided(because), OPERATOR, accepted=accepted), as_json=as_json)
    say({"id": str(correction_id), "state": "accepted" if accepted else "rejected"}, as_json=as_json)


@concerns.command("list")
@json_option
def list_concerns(*, as_json: bool) -> None:
    """What waits for an answer. Each person whose report is shown sees in the history that it was read."""
    found = [
        {
            "id": str(one.id),
            "subscriber_id": str(one.subscriber_id),
            "entry": str(one.event_id),
            "words": one.words,
            "sent": _written(one.created_at),
        }
        for one in reports().waiting(OPERATOR)
    ]
    db.session.commit()
    say(found, as_json=as_json)


@concerns.command("answer")
@click.argument("concern_id", type=click.UUID)
@json_option
def answer(concern_id: UUID, *, as_json: bool) -> None:
    """Answer one, with {"answer": "..."} on standard input: an argument would stand in the list of processes."""
    words = read_document(as_json=as_json).get("answer")
    if not isinstance(words, str):
        fail(Refusal(Code.CONCERN_TEXT, "answer: a text of at most 2000 characters"), as_json=as_json)
    _end(reports().answer(concern_id, words, OPERATOR), as_json=as_json)
    say({"id": str(concern_id), "state": "answered"}, as_json=as_json)


def _end(refusal: Refusal | None, *, as_json: bool) -> None:
    """Commit what was done, or end the command with nothing of it."""
    if refusal is not None:
        db.session.rollback()
        fail(refusal, as_json=as_json)
    db.session.commit()


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
