"""The identity of the finger engine: all constants of extraction and matching, and the learned projection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from biometrics.fingerprint.matching_parameters import (
    DEFAULTS,
    DESCRIPTION,
    FORM,
    SHORTLIST,
    DescriptionParameters,
    FormParameters,
    MatchingParameters,
    ShortlistParameters,
)
from biometrics.fingerprint.parameters import CELL, PARAMETERS, Parameters
from biometrics.fingerprint.projection import SHORT, WIDE, projection_bytes
from biometrics.identity import identity

__all__ = ["ENGINE", "VERSION", "constants"]

# Raised by one with anything that changes templates, forms or scores; code that changes them raises it as well.
VERSION: Final = 1
# How many pairs are worked on at once: speed alone.
_SPEED: Final = "block"


def constants() -> Mapping[str, object]:
    """Every constant that a template, a form or a score depends on, by name."""
    parts: Mapping[
        str, Parameters | MatchingParameters | DescriptionParameters | FormParameters | ShortlistParameters
    ] = {
        "extraction": PARAMETERS,
        "matching": DEFAULTS,
        "description": DESCRIPTION,
        "form": FORM,
        "shortlist": SHORTLIST,
    }
    named: dict[str, object] = {"cell": CELL, "short": SHORT, "wide": WIDE}
    for part, values in parts.items():
        named.update({f"{part}.{name}": value for name, value in asdict(values).items() if name != _SPEED})
    return named


# What templates, forms and calibrations carry.
ENGINE: Final = identity("wangov-finger", VERSION, constants(), [projection_bytes()])
