"""The rooms over the database session of the request at hand. Whoever makes them here also commits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from idp.audit import Trail
from idp.authenticators import Method, Methods, Passwords, Totp
from idp.authenticators.newcomers import Newcomer, Newcomers
from idp.authenticators.numbers import Numbers
from idp.authenticators.passkey_ceremonies import Ceremonies
from idp.authenticators.passkey_store import Passkey, PasskeyStore
from idp.authorization.disowning import Disowned, Disowning, Undo
from idp.consent import Consents
from idp.notices import Links, Notices
from idp.notices.catalogue import Notice
from idp.outbox import Outbox
from idp.outbox.standing import Standings
from idp.representation.disputed import DisputedMandates
from idp.selfservice.carers_corrections import CarersCorrections
from idp.selfservice.keeping import Keeping
from idp.sessions import Devices, Sessions
from idp.signin import SignIn
from idp.signin.activation import Activation
from idp.signin.guessing import SignInNotices
from idp.signin.outcomes import Factors
from idp.signin.passkey_step import PasskeyStep
from idp.subscribers import Directory
from idp.web.extensions import db, services

__all__ = [
    "activation",
    "carers_corrections",
    "consents",
    "devices",
    "directory",
    "disown",
    "disown_method",
    "keeping",
    "links",
    "methods",
    "newcomers",
    "notices",
    "outbox",
    "passkey_step",
    "passkey_store",
    "passkeys",
    "sessions",
    "sign_in",
    "standings",
    "trail",
]


def trail() -> Trail:
    """The audit trail, in the request's transaction."""
    shared = services()
    return Trail(db.session(), shared.clock, shared.entropy)


def directory() -> Directory:
    """The directory of people."""
    shared = services()
    return Directory(db.session(), shared.sealer, shared.purpose_keys, shared.clock, shared.entropy, trail())


def sessions() -> Sessions:
    """Stored sessions."""
    shared = services()
    return Sessions(db.session(), shared.ephemeral, shared.clock, shared.entropy, trail(), shared.session_policy)


def consents() -> Consents:
    """Decisions of people about services."""
    shared = services()
    return Consents(db.session(), shared.clock, shared.entropy, trail())


def sign_in(*, quiet: bool = False) -> SignIn:
    """The steps of a sign-in; a `quiet` one tells of no new device, where another message says what happened."""
    shared = services()
    audited = trail()
    factors = Factors(
        Passwords(db.session(), shared.hasher, shared.clock, audited),
        Totp(db.session(), shared.sealer, shared.clock, shared.entropy, audited),
        shared.throttle,
        shared.address_limit,
        methods(),
    )
    return SignIn(
        directory(),
        factors,
        sessions(),
        devices(),
        shared.transactions,
        audited,
        None if quiet else SignInNotices(notices(), links(), db.session(), shared.clock),
        shared.options.synced_passkey_level,
    )


def passkey_store() -> PasskeyStore:
    """Stored passkeys."""
    shared = services()
    return PasskeyStore(db.session(), shared.sealer, shared.clock, shared.entropy, trail())


def passkeys() -> Ceremonies:
    """The ceremonies in which a passkey is added or used."""
    shared = services()
    return Ceremonies(passkey_store(), shared.passkey_challenges, shared.passkey_rules, shared.entropy, trail())


def passkey_step() -> PasskeyStep:
    """A passkey in a sign-in. Of one that seems copied its owner is told once a day."""
    shared = services()
    limits = shared.throttle, shared.address_limit

    def copied(passkey: Passkey) -> None:
        if shared.ephemeral.count(f"copied:{passkey.id}", limit=1, window_seconds=86_400).allowed:
            notices().tell(passkey.subscriber_id, Notice.PASSKEY_COPIED)

    return PasskeyStep(sign_in(), passkeys(), passkey_store(), directory(), devices(), limits, copied)


def activation() -> Activation:
    """Activation links of staff."""
    return Activation(services().ephemeral, directory(), sessions(), devices(), trail())


def devices() -> Devices:
    """The devices people are known on."""
    shared = services()
    return Devices(db.session(), shared.clock, shared.entropy)


def newcomers() -> Newcomers:
    """Ways to sign in that were added lately."""
    shared = services()
    totp = Totp(db.session(), shared.sealer, shared.clock, shared.entropy, trail())
    return Newcomers(db.session(), passkey_store(), totp, shared.clock, trail())


def disown(subscriber_id: UUID, session_id: UUID | None) -> Disowned:
    """Shut out whoever began this session: the person said that it was not them. The caller commits.

    What was added since to sign in with is removed.
    """
    removed: list[Newcomer] = []

    def added(person_id: UUID, since: datetime) -> None:
        removed.extend(newcomers().remove_since(person_id, since))

    done = _disowning(added).disown(subscriber_id, session_id)
    return replace(done, removed=tuple(removed))


def disown_method(subscriber_id: UUID, method_id: UUID) -> Disowned | None:
    """Take away this one way to sign in, and shut out who added it. The caller commits.

    None where it is gone already, or has stood too long to be a stranger's: then nothing is done.
    """
    newcomer = newcomers().find(subscriber_id, method_id)
    if newcomer is None or not newcomers().remove(subscriber_id, newcomer):
        return None
    session_id = sessions().open_at(subscriber_id, newcomer.added_at)
    return replace(_disowning().disown(subscriber_id, session_id), removed=(newcomer,))


def _disowning(*more: Undo) -> Disowning:
    undoing = (
        lambda person_id, _: keeping().keep(person_id, "not_me"),
        _end_mandates,
        *more,
    )
    return Disowning(db.session(), sessions(), devices(), services().clock, trail(), undoing)


def _end_mandates(subscriber_id: UUID, since: datetime) -> None:
    disputed = DisputedMandates(db.session(), notices(), services().clock, trail())
    for mandate in disputed.end_agreed_since(subscriber_id, since):
        carers_corrections().end_with(mandate.id)


def carers_corrections() -> CarersCorrections:
    """Corrections that carers proposed."""
    return CarersCorrections(db.session(), services().clock, trail())


def keeping() -> Keeping:
    """Accounts that a stranger may have asked to close."""
    return Keeping(db.session(), notices(), services().clock, trail())


def outbox() -> Outbox:
    """Messages to people, in the request's transaction."""
    shared = services()
    return Outbox(db.session(), shared.sealer, shared.clock, shared.entropy, shared.options.sms_budget)


def standings() -> Standings:
    """What became of messages."""
    return Standings(db.session(), services().clock)


def notices() -> Notices:
    """Notices to people, at every address that is theirs."""
    return Notices(outbox(), directory(), services().clock)


def links() -> Links:
    """The links of notices."""
    shared = services()
    return Links(db.session(), shared.clock, shared.entropy)


def methods() -> Methods:
    """What people have to prove who they are with."""
    people = directory()
    numbers = Numbers(db.session(), people, services().clock)
    return Methods(db.session(), people, _enrolled, numbers.serves)


def _enrolled(subscriber_id: UUID) -> frozenset[Method]:
    verifier = services().biometric_verifier
    found = frozenset() if verifier is None else verifier.enrolled(subscriber_id)
    if verifier is None or not found:
        return frozenset()
    return frozenset(Method(one.value) for one in found - verifier.locked_elsewhere(subscriber_id))
