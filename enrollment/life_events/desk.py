"""The services of this room over one session, put together once: the edges take them from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from enrollment.cases import Cases, Kin
from enrollment.centres import Staff
from enrollment.deduplication import Searches
from enrollment.issuance import Rooms
from enrollment.issuance.colleagues import Colleagues
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.life_events.announcing import Announcing
from enrollment.life_events.belongings import Belongings
from enrollment.life_events.children import Children
from enrollment.life_events.deaths import Deaths, Restoration
from enrollment.life_events.events import Kind
from enrollment.life_events.following import Following
from enrollment.life_events.merging import Merge, Split
from enrollment.life_events.parts import Leave, Parts, Waiting
from enrollment.life_events.requests import Act, LifeEvents
from enrollment.life_events.told import Recognition, ToldFacts
from enrollment.register import Statuses
from idp.clients.client import Client
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import PurposeKeys
from idp.notices import Notices
from idp.subscribers import Lifecycle
from idp.subscribers.subject import Subjects

__all__ = ["LifeRooms", "Means", "life_rooms"]


@dataclass(frozen=True, slots=True)
class Means:
    """What of the house around this room needs."""

    keys: PurposeKeys
    clock: Clock
    entropy: Entropy
    notices: Notices
    lifecycle: Lifecycle
    clients: Callable[[str], Client | None]
    erasures: Callable[[Announcing], Waiting]
    leave: Leave


@dataclass(frozen=True, slots=True)
class LifeRooms:
    """Every service of this room, over one session."""

    events: LifeEvents
    deaths: Deaths
    told: ToldFacts
    recognition: Recognition
    children: Children
    following: Following
    announcing: Announcing
    statuses: Statuses


def life_rooms(session: Session, cases: Cases, kin: Kin, rooms: Rooms, means: Means) -> LifeRooms:
    """Put the services together. `kin` says whose record is whose own."""
    clock, entropy, trail = means.clock, means.entropy, rooms.trail
    register, accounts = rooms.register, ProvenAccounts(session, clock)
    statuses = Statuses(session, clock, trail, accounts)
    belongings = Belongings(session, rooms.directory, means.lifecycle, clock)
    subjects = Subjects(means.keys)
    announcing = Announcing(session, accounts, means.clients, subjects, means.notices, clock, entropy, trail)
    erasures = means.erasures(announcing)
    parts = Parts(register, statuses, accounts, belongings, announcing, erasures, means.leave)
    acts: dict[Kind, Act] = {
        Kind.MERGE: Merge(session, parts),
        Kind.SPLIT: Split(session, parts),
        Kind.DEATH_UNDONE: Restoration(parts, clock),
    }
    children = Children(session, register, accounts, means.notices, means.keys, clock, entropy, trail)
    eyes = Colleagues(accounts, Staff(session, clock, trail), clock)
    return LifeRooms(
        LifeEvents(session, acts, accounts, kin, eyes, clock, entropy, trail),
        Deaths(session, cases, parts, clock, entropy, trail),
        ToldFacts(session, cases, means.keys, clock, trail),
        Recognition(session, Searches(session, clock), register, means.keys),
        children,
        Following(cases, register, accounts, announcing, children, trail),
        announcing,
        statuses,
    )
