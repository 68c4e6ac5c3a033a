"""The rooms of life events over the session of a request or a job; their caller commits. As `enrollment.web.rooms`."""

from __future__ import annotations

from enrollment.erasure.setting_aside import SettingAside
from enrollment.issuance import Means as IssuingMeans
from enrollment.issuance import Rooms
from enrollment.issuance.issue import GalleryEntries
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.life_events import LifeRooms, Means, life_rooms
from enrollment.standing.leaving import leave
from enrollment.web.claiming_rooms import NothingEnters
from enrollment.web.rooms import Relatives, cases
from idp.subscribers import Lifecycle
from idp.web.extensions import db, services
from idp.web.rooms import notices, sessions, trail

__all__ = ["life"]


def life(gallery: GalleryEntries | None = None) -> LifeRooms:
    """Every service of the room; `gallery` only for a worker that enters samples."""
    shared, session = services(), db.session()
    issuing = IssuingMeans(shared.sealer, shared.purpose_keys, shared.clock, shared.entropy)
    rooms = Rooms(session, issuing, gallery or NothingEnters())
    lifecycle = Lifecycle(session, shared.clock, trail(), sessions())
    over = shared.clock, trail()
    means = Means(
        shared.purpose_keys,
        shared.clock,
        shared.entropy,
        notices(),
        lifecycle,
        shared.registry.get,
        lambda told: SettingAside(session, ProvenAccounts(session, shared.clock), told, *over),
        lambda person_id, accounts: leave(session, person_id, accounts),
    )
    return life_rooms(session, cases(), Relatives(), rooms, means)
