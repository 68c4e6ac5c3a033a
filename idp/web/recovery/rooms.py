"""The rooms of a recovery over the database session of the request, or job, at hand: as `idp.web.rooms`."""

from __future__ import annotations

from uuid import UUID

from idp.authenticators import Passwords
from idp.recovery import Attempts, Cases, Recovery
from idp.recovery.errands import RecoveryErrands
from idp.recovery.finishing import Bound, Finishing
from idp.recovery.known import Known
from idp.recovery.steps import Checks
from idp.recovery.visits import Visits
from idp.recovery.waiting import Waits
from idp.subscribers.levels import Levels
from idp.web.code_rooms import one_time_codes, recovery_codes, totp
from idp.web.extensions import db, services
from idp.web.rooms import directory, keeping, links, methods, notices, passkey_store, sessions, trail
from idp.web.selfservice_rooms import contact_changes

__all__ = ["attempts", "cases", "errands", "finishing", "known", "recovery", "visits", "waits"]


def attempts() -> Attempts:
    """Parked attempts."""
    shared = services()
    return Attempts(shared.ephemeral, shared.sealer, shared.clock, shared.entropy)


def cases() -> Cases:
    """Stored cases."""
    shared = services()
    return Cases(db.session(), shared.clock, shared.entropy)


def known() -> Known:
    """Who is meant by a user name."""
    shared = services()
    return Known(db.session(), directory(), shared.sealer, shared.clock)


def recovery() -> Recovery:
    """The steps of a recovery."""
    checks = Checks(one_time_codes(), recovery_codes(), totp(), services().throttle, methods())
    return Recovery(directory(), known(), checks, cases(), notices(), links(), services().clock, trail())


def finishing() -> Finishing:
    """The end of a recovery."""
    shared = services()
    bound = Bound(
        Passwords(db.session(), shared.hasher, shared.clock, trail(), shared.listed_password, shared.numbers_of),
        totp(),
        passkey_store(),
        recovery_codes(),
        shared.throttle,
        sessions(),
        Levels(db.session(), trail()),
        methods(),
        _keep_open,
    )
    settled = contact_changes().settled
    return Finishing(db.session(), directory(), bound, cases(), notices(), shared.clock, trail(), settled)


def _keep_open(subscriber_id: UUID) -> None:
    """Whoever asked for the account to be closed may not have been the one who has it back."""
    keeping().keep(subscriber_id, "recovery")


def visits() -> Visits:
    """People who wait to be seen at a centre."""
    return Visits(cases())


def waits() -> Waits:
    """Cases that wait."""
    return Waits(db.session(), directory(), notices(), links(), services().clock)


def errands() -> RecoveryErrands:
    """What a worker does."""
    region = services().options.sms_budget.home_region
    return RecoveryErrands(directory(), attempts(), cases(), one_time_codes(), notices(), links(), trail(), region)
