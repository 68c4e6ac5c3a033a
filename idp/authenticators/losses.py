"""What a person would lose with a way to sign in, so that it is said before it is taken away."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from idp.authenticators.methods import Holdings, Method, reachable, wants_second

__all__ = ["Loss", "losses", "missing", "without"]


class Loss(StrEnum):
    """What would be gone."""

    # Neither a password nor a passkey is left.
    WAY_IN = "way_in"
    # A password alone would open the account.
    SECOND_STEP = "second_step"
    # Services that ask for more than a password would turn the person away.
    LEVEL = "level"
    # Whoever loses what is left has to come to a centre in person.
    WAY_BACK = "way_back"


def without(holdings: Holdings, method: Method) -> Holdings:
    """The holdings when one of `method` is taken away: one device, the printed codes as a set."""
    return {
        Method.PASSWORD: lambda: replace(holdings, password=False),
        Method.PASSKEY: lambda: replace(holdings, passkeys=max(0, holdings.passkeys - 1)),
        Method.TOTP: lambda: replace(holdings, totp=max(0, holdings.totp - 1)),
        Method.RECOVERY_CODE: lambda: replace(holdings, recovery_codes=0),
        Method.SMS_CODE: lambda: replace(holdings, phone=False),
        Method.EMAIL_CODE: lambda: replace(holdings, email=False),
        Method.FACE: lambda: replace(holdings, face=False),
        Method.FINGER: lambda: replace(holdings, finger=False),
    }[method]()


def losses(holdings: Holdings, method: Method) -> tuple[Loss, ...]:
    """What these holdings have and would not have without one of `method`, worst first."""
    before, after = missing(holdings), missing(without(holdings, method))
    return tuple(loss for loss in Loss if loss in after and loss not in before)


def missing(holdings: Holdings) -> frozenset[Loss]:
    """What these holdings do not give."""
    found = {
        Loss.WAY_IN: not (holdings.password or holdings.passkeys),
        Loss.SECOND_STEP: not wants_second(holdings),
        Loss.LEVEL: _reached(holdings) < 2,
        Loss.WAY_BACK: not _way_back(holdings),
    }
    return frozenset(loss for loss, holds in found.items() if holds)


def _reached(holdings: Holdings) -> int:
    if not holdings.password and not holdings.passkeys:
        return 1
    return reachable(holdings)


def _way_back(holdings: Holdings) -> bool:
    several = sum((bool(holdings.totp), holdings.email, holdings.phone)) > 1
    return bool(holdings.recovery_codes or holdings.passkeys) or several
