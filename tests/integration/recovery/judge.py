"""What somebody truly has, and the ways back that it must give them: written from the promise, not from the code.

Nothing of the product is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["VISIT", "Life", "Undoable"]

VISIT = "visit"


@dataclass(frozen=True)
class Undoable:
    """A change of an address: whoever reads the old one can undo it for 72 hours. `at` in seconds since 1970."""

    change: object
    link: str
    channel: str
    old: str
    at: float


@dataclass
class Life:
    """One person. `record`: the proven address by channel; `reads`: the addresses that they can read today."""

    level: int
    record: dict[str, str | None]
    reads: set[str] = field(default_factory=set)
    knows_password: bool = True
    app_bound: bool = False
    app_in_hand: bool = False
    sheet: list[str] = field(default_factory=list)
    sheet_in_hand: bool = False
    held_until: float = 0.0
    undoable: list[Undoable] = field(default_factory=list)

    def can_show(self, channel: str) -> bool:
        """True when a message to the recorded address would be read by its owner."""
        address = self.record[channel]
        return address is not None and address in self.reads

    def proven(self) -> list[str]:
        """The addresses at which the person is told things."""
        return [address for address in self.record.values() if address is not None]

    def signs_in(self) -> bool:
        """Without any recovery: the password, and the second thing where the account asks for one."""
        return self.knows_password and (not self.app_bound or self.app_in_hand)

    def ways_back(self) -> set[str]:
        """The rungs that this person can climb alone, given time; and a centre, always."""
        contacts = [channel for channel in self.record if self.can_show(channel)]
        rungs = {
            "app": self.app_bound and self.app_in_hand and bool(contacts),
            "paper": self.sheet_in_hand and bool(self.sheet) and bool(contacts),
            "both addresses": len(contacts) > 1,
            # In a day where it is all there is, in a week where there is more; never past a second factor.
            "mail alone": "email" in contacts and self.level == 1 and not self.app_bound,
        }
        return {name for name, there in rungs.items() if there} | {VISIT}
