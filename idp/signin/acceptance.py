"""Is what was proven enough? The rule by which a sign-in ends or goes on; it knows no store and no page."""

from __future__ import annotations

from dataclasses import dataclass

from idp.authenticators.assurance import CODE, EMAIL, FACE, FINGER, MANY, PASSKEYS, SMS, SYNCED_PASSKEY_LEVEL, aal_of
from idp.authenticators.methods import STAFF, Holdings, Method, second_steps, wants_second

__all__ = ["BODIES", "Barred", "Enough", "More", "Verdict", "Wanted", "judge"]

# What somebody may prove after a code, by choice, and how it is told.
BODIES = {Method.FACE: FACE, Method.FINGER: FINGER}
_SECONDS = PASSKEYS | {CODE, SMS, EMAIL}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The level asked for, 0 to 3, and whether the person may go on without it.

    `contact`: a code to a verified address is asked for too, of whoever has one.
    """

    level: int = 0
    voluntary: bool = False
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Enough:
    """A session of this authentication level may begin."""

    aal: int


@dataclass(frozen=True, slots=True)
class More:
    """One of these must be proven next; `optional` when the sign-in may also end as it is."""

    methods: tuple[Method, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Barred:
    """This group needs a passkey, and the person has none: nothing that can be proven here lets them in."""


Verdict = Enough | More | Barred


def judge(
    group: str,
    holdings: Holdings,
    proven: tuple[str, ...],
    wanted: Wanted,
    synced_passkey: int = SYNCED_PASSKEY_LEVEL,
    chosen: str | None = None,
) -> Verdict:
    """What comes after `proven`, for somebody of this policy group with these holdings.

    Staff: a passkey, whatever else was proven. Whoever set up a second factor proves a second one. A level that is
    wanted is asked for while one more step can reach it; a level that cannot be reached is not asked for, and the
    sign-in ends at what was reached: the level told is that one. Whoever chose (`chosen`) to show face or finger too is
    asked for it once a code was right, and may pass it over.
    """
    has_passkey = bool(PASSKEYS & set(proven)) and MANY in proven
    if group == STAFF and not has_passkey:
        return More((Method.PASSKEY,)) if holdings.passkeys else Barred()
    reached = _contacts(holdings, proven) if wanted.contact else ()
    if reached:
        reaching = second_steps(holdings, group, proven, wanted=wanted.level, synced_passkey=synced_passkey)
        return More(tuple(method for method in reached if method in reaching) or reached)
    aal = aal_of(proven, synced_passkey)
    needs_second = wants_second(holdings) and not _SECONDS & set(proven)
    second = second_steps(holdings, group, proven) if needs_second else ()
    if aal < wanted.level:
        reaching = second_steps(holdings, group, proven, wanted=wanted.level, synced_passkey=synced_passkey)
        asked_once = wanted.voluntary and bool(_SECONDS & set(proven))
        if reaching and not asked_once:
            others = tuple(method for method in second if method not in reaching) if wanted.voluntary else ()
            return More(reaching + others, optional=wanted.voluntary and not needs_second)
    if second:
        return More(second)
    body = next((method for method in BODIES if method == chosen), None)
    wished = body is not None and holdings.has(body) and BODIES[body] not in proven and {CODE, SMS} & set(proven)
    return More((body,), optional=True) if body is not None and wished else Enough(aal)


def _contacts(holdings: Holdings, proven: tuple[str, ...]) -> tuple[Method, ...]:
    """The messages that would show that the owner of the addresses is there; none once one did."""
    if {SMS, EMAIL} & set(proven):
        return ()
    return tuple(method for method in (Method.SMS_CODE, Method.EMAIL_CODE) if holdings.has(method))
