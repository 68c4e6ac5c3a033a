"""`./wangov numbers`: numbers for people who do not exist, to measure how fast they are issued."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import click
from flask.cli import AppGroup

from enrollment.errors import Refusal as EnrolmentRefusal
from enrollment.issuance import Issued, Means, Rooms
from enrollment.issuance.rehearsal import made_up_case
from idp.cli.output import fail, json_option, say
from idp.errors import Code, Refusal
from idp.web.extensions import db, services

__all__ = ["numbers"]

BATCH = 500
_ALLOWED = frozenset({"test", "staging"})

numbers = AppGroup("numbers", help="Issue numbers to made-up people; tests and staging only.")


class _NoSamples:
    """Nothing was captured of people who do not exist."""

    def enter(self, people: Mapping[str, UUID]) -> EnrolmentRefusal | None:  # noqa: ARG002 - named by the Protocol
        return None


@numbers.command("issue")
@click.argument("count", type=click.IntRange(1, 1_000_000))
@click.option("--batch", type=click.IntRange(1, 1000), default=BATCH, show_default=True, help="People a transaction.")
@json_option
def issue(count: int, batch: int, *, as_json: bool) -> None:
    """Issue COUNT numbers, each with a person, a version, an account and a slip; prints them and how long it took.

    As in a real issuance, but nothing was captured of these people, so that the gallery gets no entries.
    """
    held = services()
    if held.options.environment not in _ALLOWED:
        fail(Refusal(Code.SUBSCRIBER_STATE, "made-up people are for tests and staging"), as_json=as_json)
    means = Means(held.sealer, held.purpose_keys, held.clock, held.entropy)
    given: list[str] = []
    started = held.clock.epoch()
    while len(given) < count:
        cases = [made_up_case(held.entropy) for _ in range(min(batch, count - len(given)))]
        outcomes = Rooms(db.session, means, _NoSamples()).issuance.issue_many(cases, actor="operator")
        given += [outcome.nin or "" for outcome in outcomes if isinstance(outcome, Issued)]
        db.session.commit()
    seconds = held.clock.epoch() - started
    answer = {
        "count": len(given),
        "seconds": round(seconds, 3),
        "per_second": round(len(given) / max(seconds, 1e-6), 1),
    }
    say({**answer, "numbers": given}, as_json=as_json, lines=[f"{name}: {value}" for name, value in answer.items()])
