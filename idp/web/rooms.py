"""The rooms over the database session of the request at hand. Whoever makes them here also commits."""

from __future__ import annotations

from uuid import UUID

from idp.audit import Trail
from idp.authenticators import Method, Methods, Passwords, Totp
from idp.authenticators.numbers import Numbers
from idp.authenticators.passkey_ceremonies import Ceremonies
from idp.authenticators.passkey_store import Passkey, PasskeyStore
from idp.authorization.disowning import Disowned, Disowning
from idp.consent import Consents
from idp.notices import Links, Notices
from idp.notices.catalogue import Notice
from idp.outbox import Outbox
from idp.outbox.standing import Standings
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
    "consents",
    "devices",
    "directory",
    "disown",
    "links",
    "methods",
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


def sign_in() -> SignIn:
    """The steps of a sign-in."""
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
        SignInNotices(notices(), links(), db.session(), shared.clock),
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


def disown(subscriber_id: UUID, session_id: UUID | None) -> Disowned:
    """Shut out whoever began this session: the person said that it was not them. The caller commits."""
    return Disowning(db.session(), sessions(), devices(), services().clock, trail()).disown(subscriber_id, session_id)


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
    return frozenset() if verifier is None else frozenset(Method(one.value) for one in verifier.enrolled(subscriber_id))
