"""What a person has to prove who they are with, and which of it can come second in a sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.sql.selectable import ScalarSelect

from idp.authenticators.assurance import (
    CODE,
    EMAIL,
    FACE,
    FINGER,
    HARDWARE_KEY,
    MANY,
    PASSKEYS,
    PASSWORD,
    SMS,
    SYNCED_KEY,
    SYNCED_PASSKEY_LEVEL,
    aal_of,
    joined,
)
from idp.authenticators.models import BiometricLockRow, PasskeyRow, PasswordRow, RecoveryCodeRow, TotpRow
from idp.database import Session
from idp.subscribers.directory import Directory, Subscriber

__all__ = ["CITIZEN", "STAFF", "Holdings", "Method", "Methods", "amr_of", "reachable", "second_steps", "wants_second"]

CITIZEN = "citizen"
STAFF = "staff"


class Method(StrEnum):
    """A way to prove who one is; the values are in addresses and forms."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODE = "recovery-code"
    SMS_CODE = "sms"
    EMAIL_CODE = "email"
    FACE = "face"
    FINGER = "finger"


# In the order in which they are offered.
_AMR: Mapping[Method, tuple[str, ...]] = MappingProxyType(
    {
        Method.PASSKEY: (SYNCED_KEY, MANY),
        Method.TOTP: (CODE,),
        Method.SMS_CODE: (SMS,),
        Method.FACE: (FACE,),
        Method.FINGER: (FINGER,),
        Method.RECOVERY_CODE: (CODE,),
        Method.EMAIL_CODE: (EMAIL,),
        Method.PASSWORD: (PASSWORD,),
    }
)
_SECOND = tuple(method for method in _AMR if method is not Method.PASSWORD)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a person has. `email` and `phone`: a verified address, a verified number that counts.

    `bound_passkeys` of the `passkeys` cannot leave their device. `face` and `finger`: enrolled, and not locked.
    """

    password: bool = False
    passkeys: int = 0
    bound_passkeys: int = 0
    totp: int = 0
    recovery_codes: int = 0
    email: bool = False
    phone: bool = False
    face: bool = False
    finger: bool = False

    def has(self, method: Method) -> bool:
        """True when the person could use it now."""
        return bool(
            {
                Method.PASSWORD: self.password,
                Method.PASSKEY: self.passkeys,
                Method.TOTP: self.totp,
                Method.RECOVERY_CODE: self.recovery_codes,
                Method.SMS_CODE: self.phone,
                Method.EMAIL_CODE: self.email,
                Method.FACE: self.face,
                Method.FINGER: self.finger,
            }[method]
        )


def amr_of(method: Method, holdings: Holdings) -> tuple[str, ...]:
    """The most that proving `method` can be worth to somebody with these holdings."""
    if method is Method.PASSKEY and holdings.bound_passkeys:
        return (HARDWARE_KEY, MANY)
    return _AMR[method]


def wants_second(holdings: Holdings) -> bool:
    """True for whoever set up a second factor: a password alone then opens nothing."""
    return bool(holdings.totp or holdings.passkeys)


def second_steps(
    holdings: Holdings,
    group: str = CITIZEN,
    proven: tuple[str, ...] = (PASSWORD,),
    *,
    wanted: int = 0,
    synced_passkey: int = SYNCED_PASSKEY_LEVEL,
) -> tuple[Method, ...]:
    """The methods that lead on after `proven`, best first; with `wanted` (1 to 3) only those that reach it at once.

    Staff have passkeys only. A face or finger is offered only beside something held. Nothing is offered twice.
    """
    candidates = (Method.PASSKEY,) if group == STAFF else _SECOND
    found = []
    for method in candidates:
        amr = amr_of(method, holdings)
        if not holdings.has(method) or set(amr) <= set(proven) or _superfluous(method, proven):
            continue
        if aal_of(joined(proven, amr), synced_passkey) >= wanted:
            found.append(method)
    return tuple(found)


def reachable(
    holdings: Holdings, proven: tuple[str, ...] = (PASSWORD,), synced_passkey: int = SYNCED_PASSKEY_LEVEL
) -> int:
    """The highest level, 1 to 3, that one more step after `proven` can reach."""
    steps = second_steps(holdings, CITIZEN, proven)
    levels = [aal_of(joined(proven, amr_of(method, holdings)), synced_passkey) for method in steps]
    return max([aal_of(proven, synced_passkey), *levels])


class Methods:
    """Reads holdings, in the caller's transaction.

    `enrolled` tells which biometrics are on record for a person, `serves` whether a code to their number counts.
    """

    def __init__(
        self,
        session: Session,
        directory: Directory,
        enrolled: Callable[[UUID], frozenset[Method]] = lambda _: frozenset(),
        serves: Callable[[UUID, str], bool] = lambda _, __: True,
    ) -> None:
        self._session = session
        self._directory = directory
        self._enrolled = enrolled
        self._serves = serves

    def held_by(self, person: Subscriber | UUID) -> Holdings:
        """What this person has: one statement, and one more where only the identifier is given."""
        account = person if isinstance(person, Subscriber) else self._directory.get(person)
        if account is None:
            return Holdings()
        row = self._session.execute(
            select(
                _count(PasswordRow.subscriber_id == account.id),
                _count(PasskeyRow.subscriber_id == account.id),
                _count(PasskeyRow.subscriber_id == account.id, PasskeyRow.backup_eligible.is_(False)),
                _count(TotpRow.subscriber_id == account.id),
                _count(RecoveryCodeRow.subscriber_id == account.id),
                select(func.array_agg(BiometricLockRow.modality))
                .where(BiometricLockRow.subscriber_id == account.id)
                .scalar_subquery(),
            )
        ).one()
        passwords, passkeys, bound, totp, codes, locked = row
        identity = self._directory.identity(account)
        claims = {} if identity is None else identity.claims
        usable = self._enrolled(account.id) - {Method(modality) for modality in locked or ()}
        return Holdings(
            password=bool(passwords),
            passkeys=passkeys,
            bound_passkeys=bound,
            totp=totp,
            recovery_codes=codes,
            email=bool(claims.get("email")) and claims.get("email_verified") is True,
            phone=claims.get("phone_number_verified") is True and self._counts(account.id, claims.get("phone_number")),
            face=Method.FACE in usable,
            finger=Method.FINGER in usable,
        )

    def _counts(self, subscriber_id: UUID, number: str | None) -> bool:
        return bool(number) and self._serves(subscriber_id, str(number))


def _count(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(*conditions).scalar_subquery()


def _superfluous(method: Method, proven: tuple[str, ...]) -> bool:
    """A biometric without something held counts for nothing; a code adds nothing to a passkey."""
    if method in {Method.FACE, Method.FINGER}:
        return not set(proven) & {CODE, SMS}
    return method is not Method.PASSKEY and bool(set(proven) & PASSKEYS)
