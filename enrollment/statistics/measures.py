"""What is counted, and by which groups: closed lists, so that a dashboard never meets a word that it does not know."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

__all__ = ["AGES", "NOT_KNOWN", "Measure", "Wait", "age_band"]

NOT_KNOWN = ""

AGES = ("0-4", "5-14", "15-24", "25-39", "40-59", "60+")
"""Ages in years, by the year of birth alone."""
_UPPER = (5, 15, 25, 40, 60)


class Measure(StrEnum):
    """What a row of `tally` counts. In brackets: what `name` says, and what `total` adds up."""

    OPENED = "opened"
    SIGNED = "signed"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    ISSUED = "issued"
    CLAIMED = "claimed"
    ADJUDICATED = "adjudicated"
    DUPLICATE = "duplicate"
    FRAUD = "fraud"
    RECAPTURED = "recaptured"
    # Of approved applications:
    EXCEPTED = "excepted"
    FAULT = "fault"  # [code] captures of which nothing could be judged
    FAILED = "failed"  # [modality] nothing of it could be captured
    QUALITY = "quality"  # [modality] mean quality of what was accepted, 0 to 100
    TRIES = "tries"  # [modality] captures that were tries
    SECTION = "section"  # [section] minutes
    WAIT = "wait"  # [Wait] minutes
    # Of comparisons of people who were recognised in the end:
    GENUINE = "genuine"  # [modality]
    MISSED = "missed"  # [modality] those of them that did not match


class Wait(StrEnum):
    """For what an applicant waits."""

    COUNTER = "counter"
    REVIEW = "review"
    REGISTER = "register"
    DECISION = "decision"
    COLLECTION = "collection"


def age_band(year: int | None, day: date) -> str:
    """The group of somebody born in that year, on that day; empty where the year is not known."""
    if year is None or not 0 <= day.year - year < 150:
        return NOT_KNOWN
    return next((AGES[place] for place, upper in enumerate(_UPPER) if day.year - year < upper), AGES[-1])
