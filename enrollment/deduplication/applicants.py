"""The applicant as the register's search by names takes somebody: from the form's section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrollment.cases.birth import BirthDate
from enrollment.register import Birth, Facts, Precision, Sex

__all__ = ["searched_facts"]

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}


def searched_facts(person: Mapping[str, Any], born: BirthDate) -> Facts:
    """Names, sex and birth, unchecked: whatever the form let through is looked for.

    Of a declared date only the year says anything.
    """
    precision = Precision(born.precision.value)
    declared = precision is Precision.DECLARED
    month, day = (None, None) if declared else (born.month, born.day)
    return Facts(
        family_name=str(person.get("family_name") or ""),
        given_names=str(person.get("given_names") or ""),
        birth=Birth(born.year, month, day, precision),
        sex=_SEXES.get(str(person.get("sex")), Sex.UNSPECIFIED),
    )
