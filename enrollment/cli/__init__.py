"""The operator's commands of the enrolment side, run as `./wangov GROUP COMMAND`.

Public names: `GROUPS`, `register`.
"""

from flask import Flask

from enrollment.cli import (
    abis_tasks,
    adjudication_tasks,
    booking_tasks,
    capture_tasks,
    deduplication_tasks,
    engine_tasks,
    erasing,
    erasure_list,
    finding_tasks,
    importing_tasks,
    issuance_tasks,
    life_tasks,
    statistics_tasks,
)
from enrollment.cli.cards import card
from enrollment.cli.centres import centre, station
from enrollment.cli.divisions import division
from enrollment.cli.engines import engine
from enrollment.cli.erasing import erasure
from enrollment.cli.evaluation import biometrics
from enrollment.cli.founding import founding
from enrollment.cli.importing import people
from enrollment.cli.numbers import numbers
from enrollment.cli.objects import objects
from enrollment.cli.postings import posting
from enrollment.cli.purging import KINDS
from idp.cli.purge import offer_kinds
from idp.cli.worker import offer

__all__ = ["GROUPS", "register"]

GROUPS = (biometrics, card, division, centre, station, posting, founding, numbers, objects, people, erasure, engine)


def register(app: Flask) -> None:
    """Offer every command group on `app`, its work to the worker, and what is over to `./wangov purge`."""
    for group in GROUPS:
        app.cli.add_command(group)
    parts = (
        abis_tasks,
        adjudication_tasks,
        booking_tasks,
        capture_tasks,
        deduplication_tasks,
        engine_tasks,
        erasing,
        erasure_list,
        finding_tasks,
        importing_tasks,
        issuance_tasks,
        life_tasks,
        statistics_tasks,
    )
    offer(
        app,
        {name: task for part in parts for name, task in part.TASKS.items()},
        {name: work for part in parts for name, work in part.ROUNDS.items()},
    )
    offer_kinds(app, KINDS)
