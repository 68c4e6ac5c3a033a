"""What services may be told of a person of the register, as the claims of an account (OIDC Core 5.1)."""

from __future__ import annotations

from typing import Any

from enrollment.register import Facts, Sex
from idp.errors import Refusal
from idp.subscribers import checked_claims

__all__ = ["claims_of", "proven_claims_of"]

# As long as a claim of an account may be: two names of a hundred signs and the space between them are longer.
MAX_NAME = 200


def proven_claims_of(facts: Facts) -> dict[str, Any]:
    """The claims that proofing stands behind. Of a birth date without a day only the year is told, as OIDC has it."""
    told = {
        "name": facts.name[:MAX_NAME].rstrip(),
        "given_name": facts.given_names,
        "family_name": facts.family_name,
        "birthdate": facts.birth.text if facts.birth.day else f"{facts.birth.year:04d}",
        "gender": None if facts.sex is Sex.UNSPECIFIED else facts.sex.value,
    }
    return {name: value for name, value in told.items() if value}


def claims_of(facts: Facts) -> dict[str, Any]:
    """The same with contacts and language, unproven; one that is no address or language at all is left out."""
    said = {"email": facts.email, "phone_number": facts.phone, "locale": facts.language}
    usable = {
        name: value
        for name, value in said.items()
        if value is not None and not isinstance(checked_claims({name: value}), Refusal)
    }
    return {**proven_claims_of(facts), **usable}
