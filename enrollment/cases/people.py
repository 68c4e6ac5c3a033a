"""People behind accounts of the staff: somebody may hold two, and is one pair of eyes by either."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from enrollment.cases.access import Eyes

__all__ = ["People"]


class People:
    """Compares people where `eyes` knows them, else accounts; in the caller's transaction."""

    def __init__(self, eyes: Eyes | None) -> None:
        self._eyes = eyes

    def among(self, account: UUID | None, others: Collection[UUID]) -> bool:
        """Whether it is one of these people, by this or another account of theirs."""
        if account is None or account in others or self._eyes is None:
            return account in others
        return any(self._eyes.are_one(account, other) for other in others)

    def count(self, accounts: Collection[UUID]) -> int:
        """How many people these are."""
        counted: list[UUID] = []
        for account in sorted(accounts):
            if not self.among(account, counted):
                counted.append(account)
        return len(counted)
