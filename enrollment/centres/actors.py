"""Who acts: somebody of the staff, with the roles in force at one moment and the place of that day's posting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

__all__ = ["OPERATOR", "Actor", "AreOne", "Role"]

AreOne = Callable[[UUID, UUID], bool]
"""Whether two accounts are known to be one person's; answered by a room above."""


class Role(StrEnum):
    """Every role that somebody can hold (design section 1); closed."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    ADJUDICATOR = "adjudicator"
    REGISTRAR = "registrar"
    SUPPORT = "support"
    SECURITY = "security"
    CLIENT_MANAGER = "client_manager"
    OPERATOR = "operator"
    ADMIN = "admin"
    AUDITOR = "auditor"
    INTRODUCER = "introducer"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts now. `centre_id` and `station_id` are today's posting; without one, None.

    Made by `Staff.actor` for one request and never kept: roles, postings and stations end at any moment.
    """

    subscriber_id: UUID
    roles: frozenset[Role]
    centre_id: UUID | None = None
    station_id: UUID | None = None

    def holds(self, *wanted: Role) -> bool:
        """True when at least one of these roles is among those held."""
        return not self.roles.isdisjoint(wanted)

    @property
    def reference(self) -> str:
        """How audit rows name the actor: an identifier of ours, or `operator` for the machine's command line."""
        return "operator" if self.subscriber_id.int == 0 else str(self.subscriber_id)


# Whoever has the machine's command line. Never a person of the register; grants no role to anybody.
OPERATOR = Actor(UUID(int=0), frozenset({Role.ADMIN}))
