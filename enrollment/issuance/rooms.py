"""The rooms of register and issuance over one session, put together."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.issuance.issue import GalleryEntries, Issuance, Parts
from enrollment.issuance.renewal import Renewal
from enrollment.issuance.slips import Slips
from enrollment.register import Accounts, Aliases, Identifiers, Register, Seals
from idp.audit import Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import PurposeKeys, Sealer
from idp.subscribers import Directory
from idp.subscribers.opening import Openings

__all__ = ["Means", "Rooms"]


@dataclass(frozen=True, slots=True)
class Means:
    """What a process has for all its sessions."""

    sealer: Sealer
    keys: PurposeKeys
    clock: Clock
    entropy: Entropy


class Rooms:
    """Built for one session, and gone with it."""

    def __init__(self, session: Session, means: Means, gallery: GalleryEntries) -> None:
        sealer, keys, clock, entropy = means.sealer, means.keys, means.clock, means.entropy
        self.trail = Trail(session, clock, entropy)
        self.seals = Seals(session, sealer, clock)
        self.register = Register(session, keys, self.seals, clock, entropy, self.trail)
        self.identifiers = Identifiers(session, keys, self.seals, clock, entropy)
        self.aliases = Aliases(session, keys, self.seals, clock, entropy, self.trail)
        self.accounts = Accounts(session, clock)
        self.directory = Directory(session, sealer, keys, clock, entropy, self.trail)
        self.slips = Slips(session, keys, clock, entropy, self.trail)
        openings = Openings(session, sealer, keys, clock, entropy, self.trail)
        parts = Parts(self.register, self.identifiers, self.accounts, self.directory, openings, self.slips, gallery)
        self.issuance = Issuance(session, parts, clock, self.trail)
        self.renewal = Renewal(session, parts, self.issuance, clock, self.trail)
