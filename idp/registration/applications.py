"""What somebody filled in who opens an account: parked, sealed, bound to the browser, good for a day.

The journey is one table: `code -> name -> account -> done`. Whoever leaves finds it again in the same browser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from idp.clock import Clock
from idp.entropy import Entropy, SecretKind, digest, has_kind, same_digest
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal
from idp.keys import Purpose, Sealer
from idp.outbox import Channel

__all__ = ["LIFE", "MOVES", "Application", "Applications", "State"]

KIND = "registration"
OF_BROWSER = "registration-of"
LIFE = timedelta(hours=24)
SKEW = timedelta(minutes=1)


class State(StrEnum):
    """What is asked next."""

    CODE = "code"
    NAME = "name"
    ACCOUNT = "account"
    DONE = "done"


# The name may be corrected as long as there is no account; nothing else goes back.
MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.CODE: frozenset({State.NAME}),
        State.NAME: frozenset({State.ACCOUNT}),
        State.ACCOUNT: frozenset({State.NAME, State.DONE}),
        State.DONE: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Application:
    """One application. `secret` is in its address, `name` (a digest of it) names it everywhere else.

    `transaction_id` is the sign-in that waits for it; `subscriber_id` the account, once there is one.
    """

    secret: str = field(repr=False)
    name: str
    version: int
    browser: str = field(repr=False)
    state: State
    channel: Channel
    contact: str = field(repr=False)
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    locale: str
    transaction_id: str | None
    subscriber_id: UUID | None
    started_at: datetime


class Applications:
    """Parked applications. Raises `StoreUnavailableError` rather than forgetting one."""

    def __init__(self, ephemeral: Ephemeral, sealer: Sealer, clock: Clock, entropy: Entropy) -> None:
        self._ephemeral = ephemeral
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    def open(
        self, browser_secret: str, channel: Channel, contact: str, locale: str, transaction_id: str | None
    ) -> Application:
        """Park a new one; it is what this browser finds again."""
        secret = self._entropy.secret(SecretKind.REGISTRATION)
        application = Application(
            secret=secret,
            name=digest(SecretKind.REGISTRATION, secret).hex(),
            version=1,
            browser=digest(SecretKind.BROWSER, browser_secret).hex(),
            state=State.CODE,
            channel=channel,
            contact=contact,
            given_name="",
            family_name="",
            locale=locale,
            transaction_id=transaction_id,
            subscriber_id=None,
            started_at=self._clock.now(),
        )
        seconds = int(LIFE.total_seconds())
        self._ephemeral.park(KIND, application.name, self._held(application), seconds)
        found_again = self._sealer.seal_system(Purpose.MESSAGE, _owner(application.browser), secret.encode()).hex()
        self._ephemeral.park(OF_BROWSER, application.browser, {"sealed": found_again}, seconds)
        return application

    def load(self, secret: str, browser_secret: str | None) -> Application | Refusal:
        """The application, for the browser that began it and in its time; else `REGISTRATION_UNKNOWN`."""
        if not secret.isascii() or not has_kind(SecretKind.REGISTRATION, secret):
            return Refusal(Code.REGISTRATION_UNKNOWN, "shape")
        application = self.named(digest(SecretKind.REGISTRATION, secret).hex(), secret)
        offered = digest(SecretKind.BROWSER, browser_secret or "")
        if application is None or not same_digest(offered, bytes.fromhex(application.browser)):
            return Refusal(Code.REGISTRATION_UNKNOWN, "gone" if application is None else "browser")
        return application

    def named(self, name: str, secret: str = "") -> Application | None:
        """The application of this name, for the worker."""
        held = self._ephemeral.read(KIND, name)
        return None if held is None else self._opened(name, secret, held)

    def of_browser(self, browser_secret: str | None) -> Application | None:
        """What this browser began and has not finished."""
        browser = digest(SecretKind.BROWSER, browser_secret or "").hex()
        held = self._ephemeral.read(OF_BROWSER, browser)
        if held is None:
            return None
        sealed = bytes.fromhex(held["sealed"])
        found = self.load(self._sealer.open_system(Purpose.MESSAGE, _owner(browser), sealed).decode(), browser_secret)
        return None if isinstance(found, Refusal) or found.state is State.DONE else found

    def move(self, application: Application, state: State, **changes: Any) -> Application | Refusal:
        """Make a move; `REGISTRATION_STATE` where the table has it not or another request was faster."""
        if state not in MOVES[application.state]:
            return Refusal(Code.REGISTRATION_STATE, f"{application.state} to {state}")
        moved = replace(application, version=application.version + 1, state=state, **changes)
        if not self._ephemeral.replace(KIND, application.name, self._held(moved), version=application.version):
            return Refusal(Code.REGISTRATION_STATE, "moved by another request")
        return moved

    def _held(self, application: Application) -> dict[str, Any]:
        typed = {
            "contact": application.contact,
            "given_name": application.given_name,
            "family_name": application.family_name,
        }
        sealed = self._sealer.seal_system(Purpose.MESSAGE, _owner(application.name), json.dumps(typed).encode())
        return {
            "version": application.version,
            "browser": application.browser,
            "state": application.state.value,
            "channel": application.channel.value,
            "sealed": sealed.hex(),
            "locale": application.locale,
            "transaction_id": application.transaction_id,
            "subscriber_id": None if application.subscriber_id is None else str(application.subscriber_id),
            "started_at": application.started_at.isoformat(),
        }

    def _opened(self, name: str, secret: str, held: dict[str, Any]) -> Application | None:
        started, now = datetime.fromisoformat(held["started_at"]), self._clock.now()
        if now >= started + LIFE or now < started - SKEW:
            return None
        typed = json.loads(self._sealer.open_system(Purpose.MESSAGE, _owner(name), bytes.fromhex(held["sealed"])))
        return Application(
            secret=secret,
            name=name,
            version=held["version"],
            browser=held["browser"],
            state=State(held["state"]),
            channel=Channel(held["channel"]),
            contact=typed["contact"],
            given_name=typed["given_name"],
            family_name=typed["family_name"],
            locale=held["locale"],
            transaction_id=held["transaction_id"],
            subscriber_id=None if held["subscriber_id"] is None else UUID(held["subscriber_id"]),
            started_at=started,
        )


def _owner(name: str) -> str:
    return f"registration|{name}"
