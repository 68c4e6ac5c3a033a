"""What a step of a sign-in is given and what comes of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from idp.authenticators import AddressLimit, Passwords, Throttle, Totp
from idp.authenticators.methods import Method, Methods
from idp.errors import Refusal
from idp.sessions import Session
from idp.signin.transaction import Transaction
from idp.subscribers.directory import Subscriber

__all__ = [
    "CODES_SPENT",
    "PAUSE_SECONDS",
    "Activated",
    "Browser",
    "Completed",
    "Factors",
    "NeedsSecond",
    "Outcome",
    "Recognised",
    "StartOver",
    "Teller",
]

CODES_SPENT = "codes_spent"
PAUSE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a step comes from. `session` is the one this browser has now, to be renewed or replaced."""

    address: str
    user_agent: str = ""
    device_cookie: str | None = field(default=None, repr=False)
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """What is checked, what counts the guesses, and what a person has."""

    passwords: Passwords
    totp: Totp
    throttle: Throttle
    addresses: AddressLimit
    methods: Methods


class Teller(Protocol):
    """Tells a person of a sign-in from a device that was not known, and of guesses; fulfilled by `SignInNotices`."""

    def new_device(self, person: Subscriber, session: Session, user_agent: str = "") -> None:
        """Queue the notice in the caller's transaction. `user_agent` is as sent."""
        ...

    def guessing(self, person: Subscriber) -> None:
        """Queue the notice that somebody who knows the password guesses codes."""
        ...


@dataclass(frozen=True, slots=True)
class NeedsSecond:
    """What was proven is right and not enough; one of `methods`, best first, is asked next."""

    transaction: Transaction
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """Signed in. Both secrets are for cookies and are nowhere else."""

    transaction: Transaction
    session: Session
    session_secret: str = field(repr=False)
    device_cookie: str = field(repr=False)
    new_device: bool = False


@dataclass(frozen=True, slots=True)
class Activated:
    """A session from an activation link. Both secrets are for cookies and are nowhere else."""

    session: Session
    session_secret: str = field(repr=False)
    device_cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The person goes on with the session they have: the level wished for was not needed."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class StartOver:
    """This round is over without success (too many codes, or the account changed): back to the password."""

    transaction: Transaction


Outcome = NeedsSecond | Completed | Recognised | StartOver | Refusal
