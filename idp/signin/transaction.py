"""The sign-in transaction: what is parked while a person signs in, bound to the browser that began it.

It is good for half an hour, and kept for some hours so that a late person can start the same request again with
one link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from idp.clock import Clock
from idp.entropy import Entropy, SecretKind, digest, has_kind, same_digest
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal
from idp.signin.flow import Move, State, next_state

__all__ = ["CODES", "Transaction", "Transactions"]

KIND = "signin"
LIFE = timedelta(minutes=30)
KEPT_SECONDS = 4 * 3600
# How far apart the clocks of two servers may be.
SKEW = timedelta(minutes=1)
CODES = 5


@dataclass(frozen=True, slots=True)
class Transaction:
    """One sign-in under way. `id` is in addresses; it opens nothing without the browser's cookie.

    `request` is the parked authorization request, None for a sign-in to the account pages. `subscriber_id` is
    set once the first factor was right; `rounds` counts how often that happened. `reason` is why a sign-in is
    asked.
    """

    id: str
    version: int
    browser: str = field(repr=False)
    state: State
    request: Mapping[str, Any] | None = field(repr=False)
    client_id: str | None
    subscriber_id: UUID | None
    amr: tuple[str, ...]
    rounds: int
    reason: str
    started_at: datetime
    expires_at: datetime

    @property
    def denied(self) -> bool:
        """True when the person said no."""
        return self.state is State.DENIED

    def expired(self, now: datetime) -> bool:
        """True when the person took too long, or the clock was set back behind the beginning.

        What the person did since would count as done before it, and they would be asked again and again.
        """
        return now >= self.expires_at or now < self.started_at - SKEW

    def to_dict(self) -> dict[str, Any]:
        """The transaction as JSON values."""
        return {
            "id": self.id,
            "version": self.version,
            "browser": self.browser,
            "state": self.state.value,
            "request": None if self.request is None else dict(self.request),
            "client_id": self.client_id,
            "subscriber_id": None if self.subscriber_id is None else str(self.subscriber_id),
            "amr": list(self.amr),
            "rounds": self.rounds,
            "reason": self.reason,
            "started_at": self.started_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Transaction:
        """The reverse of `to_dict`."""
        return cls(
            id=value["id"],
            version=value["version"],
            browser=value["browser"],
            state=State(value["state"]),
            request=value["request"],
            client_id=value["client_id"],
            subscriber_id=None if value["subscriber_id"] is None else UUID(value["subscriber_id"]),
            amr=tuple(value["amr"]),
            rounds=value["rounds"],
            reason=value["reason"],
            started_at=datetime.fromisoformat(value["started_at"]),
            expires_at=datetime.fromisoformat(value["expires_at"]),
        )


class Transactions:
    """Parked transactions.

    Every call is one round trip; raises `StoreUnavailableError` rather than forgetting one.
    """

    def __init__(self, ephemeral: Ephemeral, clock: Clock, entropy: Entropy) -> None:
        self._ephemeral = ephemeral
        self._clock = clock
        self._entropy = entropy

    def open(
        self,
        request: Mapping[str, Any] | None,
        browser_secret: str,
        *,
        recognised: UUID | None = None,
        reason: str = "",
    ) -> Transaction:
        """Park `request` for this browser.

        `recognised` is the person of its session, who need not sign in again.
        """
        now = self._clock.now()
        transaction = Transaction(
            id=self._entropy.secret(SecretKind.TRANSACTION),
            version=1,
            browser=digest(SecretKind.BROWSER, browser_secret).hex(),
            state=State.CREDENTIALS if recognised is None else State.CONSENT,
            request=request,
            client_id=None if request is None else request["client_id"],
            subscriber_id=recognised,
            amr=(),
            rounds=0,
            reason=reason,
            started_at=now,
            expires_at=now + LIFE,
        )
        self._ephemeral.park(KIND, transaction.id, transaction.to_dict(), KEPT_SECONDS)
        return transaction

    def load(self, transaction_id: str, browser_secret: str | None) -> Transaction | Refusal:
        """The transaction, for the browser that began it and in its time.

        Otherwise `TRANSACTION_MISSING`, `TRANSACTION_FOREIGN` (another browser, or no cookie) or
        `TRANSACTION_EXPIRED`.
        """
        transaction = self.parked(transaction_id)
        if transaction is None:
            return Refusal(Code.TRANSACTION_MISSING)
        offered = digest(SecretKind.BROWSER, browser_secret or "")
        if not same_digest(offered, bytes.fromhex(transaction.browser)):
            return Refusal(Code.TRANSACTION_FOREIGN, "" if browser_secret else "no_cookie")
        if transaction.expired(self._clock.now()):
            return Refusal(Code.TRANSACTION_EXPIRED)
        return transaction

    def parked(self, transaction_id: str) -> Transaction | None:
        """What is parked, whoever asks and however old: to offer the same request again, never to go on."""
        if not transaction_id.isascii() or not has_kind(SecretKind.TRANSACTION, transaction_id):
            return None
        held = self._ephemeral.read(KIND, transaction_id)
        return None if held is None else Transaction.from_dict(held)

    def count_code(self, transaction: Transaction) -> int:
        """Count a code tried after one right password; how many there were, this one included."""
        name = f"code:{transaction.id}:{transaction.rounds}"
        return self._ephemeral.count(name, limit=CODES, window_seconds=KEPT_SECONDS).used

    def advance(
        self,
        transaction: Transaction,
        move: Move,
        *,
        subscriber_id: UUID | None = None,
        amr: tuple[str, ...] = (),
        reason: str = "",
    ) -> Transaction | Refusal:
        """Make a move; of concurrent moves from one state exactly one succeeds.

        `subscriber_id` and `amr` are what is known of the person after it; denying and finishing change
        nothing there.

        `TRANSACTION_STATE` when the table has no such move or another request was faster: load it again.
        """
        state = next_state(transaction.state, move)
        if state is None:
            return Refusal(Code.TRANSACTION_STATE, f"{transaction.state} {move}")
        keeps = move in {Move.DENY, Move.FINISH}
        moved = replace(
            transaction,
            version=transaction.version + 1,
            state=state,
            subscriber_id=transaction.subscriber_id if keeps else subscriber_id,
            amr=transaction.amr if keeps else amr,
            rounds=transaction.rounds + (move is Move.FIRST_FACTOR),
            reason=reason or transaction.reason,
        )
        if not self._ephemeral.replace(KIND, transaction.id, moved.to_dict(), version=transaction.version):
            return Refusal(Code.TRANSACTION_STATE, "moved by another request")
        return moved
