"""How commands of the enrolment side end with a refusal: its code, and in plain words what was wrong."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import click

from enrollment.errors import Code, Refusal

__all__ = ["fail"]

# Where to look for what was named, by what it was.
_LISTED = {"division": "./wangov division list --search NAME"}
_WORDS = {
    Code.ENR_STATE: "not possible in the present state",
    Code.ENR_ROLE: "not permitted",
    Code.ENR_FOUREYES: "this takes two different people",
    Code.ENR_GUARD: "something that must hold first does not",
    Code.ENR_SCHEMA: "a value is missing or has the wrong form",
    Code.ENR_UNKNOWN: "there is none like this",
    Code.ENR_EXISTS: "there is one already",
    Code.ENR_EXPIRED: "its time is over",
    Code.ENR_CHECKSUM: "the code is not right",
    Code.ENR_DEVICE: "no active station of this centre",
}


def fail(refusal: Refusal, *, as_json: bool) -> NoReturn:
    """End with status 1: `{"error", "error_description"}` on standard output, or a line on standard error."""
    words = _WORDS.get(refusal.code, "refused")
    description = f"{words} ({refusal.about})" if refusal.about else words
    if refusal.code is Code.ENR_UNKNOWN and refusal.about in _LISTED:
        description += f"; to find one: {_LISTED[refusal.about]}"
    if as_json:
        click.echo(json.dumps({"error": refusal.code.value, "error_description": description}))
    else:
        click.echo(f"{refusal.code.value}: {description}", err=True)
    sys.exit(1)
