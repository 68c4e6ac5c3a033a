"""What the commands take as counts and days, and what they say where it is none."""

from __future__ import annotations

import argparse
import os

from biometrics.decision.files import is_day

__all__ = ["day", "job_count", "positive", "whole"]


def whole(text: str) -> int:
    """A number from 0 up; raises `ArgumentTypeError` for others."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        message = "a whole number from 0 up is needed"
        raise argparse.ArgumentTypeError(message)
    return number


def positive(text: str) -> int:
    """A number from 1 up; raises `ArgumentTypeError` for others."""
    number = whole(text)
    if not number:
        message = "at least 1 is needed"
        raise argparse.ArgumentTypeError(message)
    return number


def job_count(text: str) -> int:
    """The processes to use: as many as asked for, but no more than the machine has cores."""
    return min(positive(text), os.cpu_count() or 1)


def day(text: str) -> str:
    """A day of the calendar as ISO 8601 writes it; raises `ArgumentTypeError` for other texts."""
    if not is_day(text):
        message = "a day as in 2026-01-31 is needed"
        raise argparse.ArgumentTypeError(message)
    return text
