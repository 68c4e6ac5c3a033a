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
from idp.sessions import Session
from idp.signin.flow import Move, State, next_state

__all__ = ["CODES", "Transaction", "Transactions", "Wish"]

KIND = "signin"
LIFE = timedelta(minutes=30)
KEPT_SECONDS = 4 * 3600
# How far apart the clocks of two servers may be.
SKEW = timedelta(minutes=1)
CODES = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sign-in is for: why it is asked, the level it should reach, and which account page comes after it.

    `wanted` is 0 to 3 (0: whatever the person's own factors ask for); one that is `voluntary` may be passed over.
    `contact`: a code to a verified address of the person is asked for, where they have one.
    `next_page` is an endpoint of the account pages with its arguments, never an address that came from outside.
    """

    reason: str = ""
    wanted: int = 0
    voluntary: bool = False
    next_page: str | None = None
    next_arguments: tuple[tuple[str, str], ...] = ()
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Transaction:
    """One sign-in under way. `id` is in addresses; it opens nothing without the browser's cookie.

    `request` is the parked authorization request, None for a sign-in to the account pages. `subscriber_id` is
    set once the first factor was right; `rounds` counts how often that happened. `wish` is what the sign-in is for;
    `settled` when the level that it wishes for was asked of the person once. `session_id` is the session whose proofs
    `amr` carries, in a step-up: they count while it lives. `chosen` is the method of the second page, None for the
    best one.
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
    started_at: datetime
    expires_at: datetime
    wish: Wish = Wish()
    settled: bool = False
    session_id: UUID | None = None
    chosen: str | None = None

    @property
    def reason(self) -> str:
        """Why a sign-in is asked."""
        return self.wish.reason

    @property
    def wanted(self) -> int:
        """The level that this sign-in should reach, 0 to 3."""
        return self.wish.wanted

    @property
    def next_page(self) -> str | None:
        """The endpoint of the account page that comes after it, None for the first one."""
        return self.wish.next_page

    @property
    def unmet(self) -> bool:
        """True when the person was told what is missing and went back."""
        return self.state is State.UNMET

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
            "started_at": self.started_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "wish": {
                "reason": self.wish.reason,
                "wanted": self.wish.wanted,
                "voluntary": self.wish.voluntary,
                "next_page": self.wish.next_page,
                "next_arguments": [list(pair) for pair in self.wish.next_arguments],
                "contact": self.wish.contact,
            },
            "settled": self.settled,
            "session_id": None if self.session_id is None else str(self.session_id),
            "chosen": self.chosen,
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
            started_at=datetime.fromisoformat(value["started_at"]),
            expires_at=datetime.fromisoformat(value["expires_at"]),
            wish=_wish(value["wish"]),
            settled=value["settled"],
            session_id=None if value["session_id"] is None else UUID(value["session_id"]),
            chosen=value["chosen"],
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
        step_up: Session | None = None,
        wish: Wish | None = None,
    ) -> Transaction:
        """Park `request` for this browser.

        `recognised` is the person of its session, who need not sign in again; `step_up` the session itself, of a
        person who proves one thing more.
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
            started_at=now,
            expires_at=now + LIFE,
            wish=wish or Wish(),
        )
        if step_up is not None:
            transaction = replace(
                transaction,
                state=State.SECOND_FACTOR,
                subscriber_id=step_up.subscriber_id,
                amr=step_up.amr,
                session_id=step_up.id,
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
        settled: bool = False,
        chosen: str | None = None,
    ) -> Transaction | Refusal:
        """Make a move; of concurrent moves from one state exactly one succeeds.

        `subscriber_id` and `amr` are what is known of the person after it; denying, giving up and finishing change
        nothing there. `settled`: the level wished for was asked for, and is not asked for again. `chosen`: the method
        of the page that comes.

        `TRANSACTION_STATE` when the table has no such move or another request was faster: load it again.
        """
        keeps = move in {Move.DENY, Move.GIVE_UP, Move.FINISH}
        carries = keeps or (move is Move.FIRST_FACTOR and subscriber_id == transaction.subscriber_id)
        return self._move(
            transaction,
            move,
            subscriber_id=transaction.subscriber_id if keeps else subscriber_id,
            amr=transaction.amr if keeps else amr,
            rounds=transaction.rounds + (move is Move.FIRST_FACTOR),
            wish=replace(transaction.wish, reason=reason) if reason else transaction.wish,
            settled=transaction.settled or settled or move is Move.COMPLETE,
            session_id=transaction.session_id if carries else None,
            chosen=chosen,
        )

    def step_up(self, transaction: Transaction, session: Session, wish: Wish) -> Transaction | Refusal:
        """From the end of a sign-in back to its second page, for one proof more than `session` has."""
        return self._move(
            transaction,
            Move.STEP_UP,
            subscriber_id=session.subscriber_id,
            amr=session.amr,
            wish=replace(wish, next_page=transaction.next_page, next_arguments=transaction.wish.next_arguments),
            session_id=session.id,
            chosen=None,
        )

    def choose(self, transaction: Transaction, method: str) -> Transaction | Refusal:
        """Another method for the second page."""
        return self._move(transaction, Move.CHOOSE, chosen=method)

    def _move(self, transaction: Transaction, move: Move, **changes: Any) -> Transaction | Refusal:
        state = next_state(transaction.state, move)
        if state is None:
            return Refusal(Code.TRANSACTION_STATE, f"{transaction.state} {move}")
        moved = replace(transaction, version=transaction.version + 1, state=state, **changes)
        if not self._ephemeral.replace(KIND, transaction.id, moved.to_dict(), version=transaction.version):
            return Refusal(Code.TRANSACTION_STATE, "moved by another request")
        return moved


def _wish(value: Mapping[str, Any]) -> Wish:
    named = tuple((name, text) for name, text in value["next_arguments"])
    return Wish(**{**value, "next_arguments": named})
