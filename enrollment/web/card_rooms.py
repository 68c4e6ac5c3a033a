"""The rooms of cards over the session of a request or a command; their caller commits. As `enrollment.web.rooms`."""

from __future__ import annotations

from enrollment.card import CardKeys, CardLists, Cards, Standings
from enrollment.card.cards import Rooms
from enrollment.card.portraits import FacePortraits
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.register import Aliases, Register, Seals
from enrollment.web.rooms import examiner, vault
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["accounts", "card_keys", "card_lists", "cards", "register", "standings"]


def card_keys() -> CardKeys:
    """The keys that sign cards."""
    shared = services()
    return CardKeys(db.session(), shared.sealer, shared.clock, trail())


def standings() -> Standings:
    """Whether cards are still good."""
    return Standings(db.session(), services().clock)


def card_lists() -> CardLists:
    """The published list of those that are not."""
    shared = services()
    return CardLists(db.session(), card_keys(), standings(), shared.clock, shared.options.issuer)


def cards() -> Cards:
    """Cards of people."""
    shared, session = services(), db.session()
    seals = Seals(session, shared.sealer, shared.clock)
    over = (shared.clock, shared.entropy, trail())
    rooms = Rooms(
        register(),
        Aliases(session, shared.purpose_keys, seals, *over),
        seals,
        card_keys(),
        FacePortraits(session, vault(), examiner()),
    )
    return Cards(session, rooms, *over, shared.options.issuer)


def register() -> Register:
    """The register."""
    shared, session = services(), db.session()
    seals = Seals(session, shared.sealer, shared.clock)
    return Register(session, shared.purpose_keys, seals, shared.clock, shared.entropy, trail())


def accounts() -> ProvenAccounts:
    """In whose history a card stands: of accounts that were proven to be its person's."""
    return ProvenAccounts(db.session(), services().clock)
