"""What the worker does for captures: compares fingers, makes templates, sweeps objects. Each commits itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from enrollment.capture.extraction import EXTRACT
from enrollment.capture.mixups import CHECK
from enrollment.cases import Task
from enrollment.cli.capturing import desk, extraction, vault
from enrollment.errors import Code, Refusal
from idp.web.extensions import db

__all__ = ["ROUNDS", "TASKS"]

_SWEPT_AFTER = timedelta(minutes=30)
_log = structlog.get_logger(__name__)


class EngineLostError(Exception):
    """The examiner's process was lost: the job is tried again."""


def compare(aid: str) -> None:
    """Compare the fingers of an application with each other."""
    _done("compare", desk().compare(Task("compare"), aid))


def extract(aid: str) -> None:
    """Make the templates of an application's samples."""
    _done("extract", extraction().run(aid))


def sweep() -> int:
    """Remove objects that nobody refers to. How many things it did."""
    swept = vault().sweep(_SWEPT_AFTER)
    db.session.commit()
    return swept.total


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {CHECK: compare, EXTRACT: extract}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {"objects.sweep": (timedelta(minutes=10), sweep)}


def _done(stage: str, outcome: object) -> None:
    """Commit in any case: a refusal is audited. Only a lost engine is worth another try."""
    db.session.commit()
    if isinstance(outcome, Refusal):
        _log.warning("capture_job_refused", stage=stage, code=outcome.code.value, about=outcome.about)
        if outcome.code is Code.BIO_ENGINE:
            raise EngineLostError(stage)
