"""The accounts of somebody whose record is not to be used: shut with it, and opened again with it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from enrollment.register import Accounts
from idp.subscribers import Directory, Lifecycle, MoveReason, State

__all__ = ["PersonAccounts"]


class PersonAccounts:
    """Shuts and opens accounts, in the caller's transaction."""

    def __init__(self, accounts: Accounts, directory: Directory, lifecycle: Lifecycle) -> None:
        self._accounts = accounts
        self._directory = directory
        self._lifecycle = lifecycle

    def of(self, person_id: UUID) -> list[UUID]:
        """Every account of a person, the first linked first."""
        return self._accounts.of_person(person_id)

    def shut(self, person_id: UUID, why: MoveReason, actor: str) -> list[UUID]:
        """Suspend every account that is in use: sessions end, and no grant goes through the gate. Which they were.

        Those that wait for their owner, were closed, or were suspended for another reason are left as they are.
        """
        return [
            account
            for account in self.of(person_id)
            if self._in(account, State.ACTIVE)
            and self._lifecycle.move(account, State.SUSPENDED, why, actor=actor) is None
        ]

    def open(self, shut: Iterable[UUID], actor: str) -> list[UUID]:
        """Let those be used again that were shut, and were not closed meanwhile; which they are."""
        return [
            account
            for account in shut
            if self._in(account, State.SUSPENDED)
            and self._lifecycle.move(account, State.ACTIVE, MoveReason.MATTER_SETTLED, actor=actor) is None
        ]

    def _in(self, account: UUID, state: State) -> bool:
        held = self._directory.get(account)
        return held is not None and held.state is state
