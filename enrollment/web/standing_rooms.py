"""The rooms of suspended records and of erasures over the session of a request or a job; their caller commits."""

from __future__ import annotations

from typing import Any

from enrollment.capture.captures import Captures
from enrollment.capture.documents import Documents
from enrollment.capture.forgetting import Forgetting
from enrollment.erasure import CarryingOut, Checking, Erasures, RecordErasures
from enrollment.erasure import Rooms as ErasureRooms
from enrollment.erasure.accounts import ErasedAccounts
from enrollment.erasure.keeping import Keeping
from enrollment.erasure.replaying import Replaying
from enrollment.erasure.setting_aside import SettingAside
from enrollment.gallery import Entries
from enrollment.issuance.leftovers import Leftovers
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.life_events.announcing import Announcing
from enrollment.life_events.belongings import absorbed
from enrollment.own_record import OwnRecord
from enrollment.register import Accounts, Aliases, Identifiers, Register, Seals, Statuses
from enrollment.standing import (
    Appeals,
    PersonAccounts,
    Returns,
    Rooms,
    SuspensionDesk,
    SuspensionFiles,
    Suspensions,
)
from enrollment.storage import ObjectStore
from enrollment.storage.placing import Leavings
from enrollment.web.rooms import Relatives, colleagues, examiner, vault
from idp.errors import StoreUnavailableError
from idp.keys.jose import Algorithm, TokenType
from idp.subscribers import Lifecycle
from idp.web.extensions import db, services
from idp.web.rooms import consents, directory, notices, sessions, trail

__all__ = [
    "accounts",
    "aliases",
    "announcing",
    "appeals",
    "carrying_out",
    "checking",
    "erased_accounts",
    "erasures",
    "identifiers",
    "keeping",
    "own_record",
    "record_erasures",
    "register",
    "replaying",
    "returns",
    "suspension_desk",
    "suspension_files",
    "suspensions",
]


def accounts() -> Accounts:
    """Whose account is whose."""
    return ProvenAccounts(db.session(), services().clock)


def register() -> Register:
    """People and their versions."""
    shared = services()
    return Register(db.session(), shared.purpose_keys, _seals(), shared.clock, shared.entropy, trail())


def identifiers() -> Identifiers:
    """Numbers of people."""
    shared = services()
    return Identifiers(db.session(), shared.purpose_keys, _seals(), shared.clock, shared.entropy)


def aliases() -> Aliases:
    """Numbers that stand for a person."""
    shared = services()
    return Aliases(db.session(), shared.purpose_keys, _seals(), shared.clock, shared.entropy, trail())


def announcing() -> Announcing:
    """Who hears of what happened to a record."""
    shared = services()
    means = shared.subjects, notices(), shared.clock, shared.entropy, trail()
    return Announcing(db.session(), accounts(), shared.registry.get, *means)


def suspensions() -> Suspensions:
    """Suspensions, to read."""
    return Suspensions(db.session(), trail())


def suspension_desk() -> SuspensionDesk:
    """What a registrar does to suspend."""
    shared = services()
    return SuspensionDesk(db.session(), _standing(), shared.purpose_keys, shared.clock, shared.entropy, trail())


def suspension_files() -> SuspensionFiles:
    """What a registrar opens."""
    return SuspensionFiles(db.session(), _standing(), appeals(), trail())


def returns() -> Returns:
    """What two registrars do to give a record back."""
    return Returns(db.session(), _standing(), services().clock, trail())


def appeals() -> Appeals:
    """What a suspended person says."""
    shared = services()
    means = shared.purpose_keys, shared.clock, shared.entropy, trail()
    return Appeals(db.session(), register(), _seals(), accounts().of_person, *means)


def erasures() -> Erasures:
    """What people do about their own body's data."""
    shared = services()
    entries = Entries(db.session(), shared.clock, shared.entropy)
    return Erasures(db.session(), register(), accounts(), entries, shared.clock, shared.entropy, trail())


def own_record() -> OwnRecord:
    """What somebody sees of their own record."""
    return OwnRecord(db.session(), register(), identifiers(), aliases(), suspensions())


def record_erasures() -> RecordErasures:
    """What registrars do about whole records."""
    shared = services()
    means = shared.clock, shared.entropy, trail()
    return RecordErasures(db.session(), register(), accounts(), Relatives(), colleagues(), *means)


def erased_accounts() -> ErasedAccounts:
    """What becomes of accounts."""
    shared = services()
    return ErasedAccounts(db.session(), directory(), sessions(), consents(), notices(), shared.clock, trail())


def replaying() -> Replaying | None:
    """Erasing again what a backup brought back; None without an object store."""
    held = carrying_out()
    if held is None:
        return None
    return Replaying(db.session(), held, erased_accounts(), services().clock, trail())


def keeping(store: ObjectStore) -> Keeping:
    """The list of what was erased, in the object store."""
    return Keeping(db.session(), store, services().purpose_keys, services().clock)


def carrying_out() -> CarryingOut | None:
    """What the worker does about both; None without an object store."""
    held, shared, session = vault(), services(), db.session()
    if held is None:
        return None
    over = (session, held, examiner(), shared.purpose_keys, shared.clock, shared.entropy)
    forgetting = Forgetting(session, Captures(*over), Documents(*over))
    rooms = ErasureRooms(
        register(),
        Statuses(session, shared.clock, trail(), accounts()),
        accounts(),
        Leftovers(session, forgetting, Entries(session, shared.clock, shared.entropy), trail()),
        erased_accounts(),
        announcing(),
        _signed,
        lambda person_id: absorbed(session, person_id),
        SettingAside(session, accounts(), announcing(), shared.clock, trail()),
    )
    return CarryingOut(session, rooms, shared.options.issuer, shared.clock, trail())


def checking(store: ObjectStore | None) -> Checking:
    """Whether proofs are true."""
    shared = services()
    leavings = None if store is None else Leavings(db.session(), store, shared.sealer, shared.clock)
    return Checking(db.session(), leavings)


def _standing() -> Rooms:
    shared, session = services(), db.session()
    lifecycle = Lifecycle(session, shared.clock, trail(), sessions())
    return Rooms(
        register(),
        identifiers(),
        Statuses(session, shared.clock, trail(), accounts()),
        PersonAccounts(accounts(), directory(), lifecycle),
        Relatives(),
        announcing(),
        colleagues(),
    )


def _seals() -> Seals:
    shared = services()
    return Seals(db.session(), shared.sealer, shared.clock)


def _signed(claims: dict[str, Any]) -> str:
    """Signed with the key that signs other statements of ours now."""
    ring, now = services().keyring(), services().clock.now()
    for algorithm in (Algorithm.EDDSA, Algorithm.ES256, *Algorithm):
        key = ring.signer(algorithm, now)
        if key is not None:
            return key.sign(TokenType.ERASURE, claims)
    message = "no active signing key"
    raise StoreUnavailableError(message)
