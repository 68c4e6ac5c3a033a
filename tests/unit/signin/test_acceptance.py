import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authenticators.assurance import PASSKEYS, aal_of, joined
from idp.authenticators.methods import (
    CITIZEN,
    STAFF,
    Holdings,
    Method,
    amr_of,
    reachable,
    second_steps,
    wants_second,
)
from idp.signin.acceptance import Barred, Enough, More, Verdict, Wanted, judge

POSSIBLE = [("pwd",), ("hwk", "mfa"), ("swk", "mfa")]
holdings = st.builds(
    lambda held, bound: Holdings(**held, bound_passkeys=min(bound, held["passkeys"])),
    st.fixed_dictionaries(
        {
            "password": st.just(value=True),
            "passkeys": st.integers(0, 2),
            "totp": st.integers(0, 1),
            "recovery_codes": st.integers(0, 1),
            "email": st.booleans(),
            "phone": st.booleans(),
            "face": st.booleans(),
            "finger": st.booleans(),
        }
    ),
    st.integers(0, 2),
)
groups = st.sampled_from([CITIZEN, CITIZEN, STAFF])
aims = st.builds(Wanted, st.integers(0, 3), st.booleans())


def walked(
    group: str, held: Holdings, first: tuple[str, ...], wanted: Wanted, picks: list[int]
) -> list[tuple[tuple[str, ...], Verdict]]:
    """The verdicts of somebody who proves whatever is offered, in the order of `picks`."""
    proven, verdicts = first, list[tuple[tuple[str, ...], Verdict]]()
    for pick in [*picks, *itertools.repeat(0, 8)]:
        verdict = judge(group, held, proven, wanted)
        verdicts.append((proven, verdict))
        if not isinstance(verdict, More):
            break
        assert verdict.methods, "asked for more, and nothing is offered"
        method = verdict.methods[pick % len(verdict.methods)]
        assert held.has(method)
        proven = joined(proven, amr_of(method, held))
    return verdicts


@given(groups, holdings, st.sampled_from(POSSIBLE), aims, st.lists(st.integers(0, 7), max_size=4))
def test_every_sign_in_ends_with_what_was_proven(
    group: str, held: Holdings, first: tuple[str, ...], wanted: Wanted, picks: list[int]
) -> None:
    """Nobody is asked for ever, or for what they have not; the level at the end is that of the factors, never more."""
    verdicts = walked(group, held, first, wanted, picks)
    proven, end = verdicts[-1]
    assert len(verdicts) <= 5
    if isinstance(end, Barred):
        assert group == STAFF
        assert not held.passkeys
        return
    assert isinstance(end, Enough)
    assert end.aal == aal_of(proven)
    if group == STAFF:
        assert PASSKEYS & set(proven)
    if wants_second(held):
        assert len(set(proven) - {"mfa"}) > 1 or PASSKEYS & set(proven)
    if not wanted.voluntary and end.aal < wanted.level:
        assert not second_steps(held, group, proven, wanted=wanted.level), "a step was left that reaches it"


@given(holdings, aims)
def test_staff_never_get_in_with_a_password(held: Holdings, wanted: Wanted) -> None:
    """AC-101: whatever else they hold, a passkey is asked for, and nothing but a passkey."""
    for proven in (("pwd",), ("pwd", "otp", "mfa"), ("pwd", "sms", "mfa"), ("pwd", "email")):
        verdict = judge(STAFF, held, proven, wanted)
        assert verdict == (More((Method.PASSKEY,)) if held.passkeys else Barred())


@given(holdings)
def test_a_biometric_is_never_enough(held: Holdings) -> None:
    """AC-105: a face or finger is offered only beside something held, and alone with a password changes no level."""
    assert not {Method.FACE, Method.FINGER} & set(second_steps(held))
    assert aal_of(("pwd", "face")) == aal_of(("face",)) == aal_of(("face", "fpt", "mfa")) == 1


@given(holdings)
def test_who_has_two_ways_is_offered_two(held: Holdings) -> None:
    """After the password everybody who holds two or more other methods can choose."""
    others = [
        method
        for method in (Method.PASSKEY, Method.TOTP, Method.SMS_CODE, Method.RECOVERY_CODE, Method.EMAIL_CODE)
        if held.has(method)
    ]
    assert [method for method in second_steps(held) if method not in {Method.FACE, Method.FINGER}] == others


def test_a_wish_can_be_passed_over_and_a_need_cannot() -> None:
    """Voluntary: the step is optional for whoever needs no second factor; the factor they set up is always asked."""
    plain, guarded = Holdings(password=True, phone=True), Holdings(password=True, totp=1)
    assert judge(CITIZEN, plain, ("pwd",), Wanted()) == Enough(1)
    assert judge(CITIZEN, plain, ("pwd",), Wanted(2, voluntary=True)) == More((Method.SMS_CODE,), optional=True)
    assert judge(CITIZEN, plain, ("pwd",), Wanted(2)) == More((Method.SMS_CODE,))
    assert judge(CITIZEN, guarded, ("pwd",), Wanted(2, voluntary=True)) == More((Method.TOTP,))
    assert judge(CITIZEN, guarded, ("pwd",), Wanted(3)) == More((Method.TOTP,))
    assert judge(CITIZEN, guarded, ("pwd", "otp", "mfa"), Wanted(3)) == Enough(2)


def test_a_wish_for_more_than_the_code_offers_the_weaker_way_too() -> None:
    """Who wishes for a key and has it not at hand may still give the code; the level told is then the lower one."""
    held = Holdings(password=True, totp=1, passkeys=1, bound_passkeys=1)
    assert judge(CITIZEN, held, ("pwd",), Wanted(3, voluntary=True)) == More((Method.PASSKEY, Method.TOTP))
    assert judge(CITIZEN, held, ("pwd", "otp", "mfa"), Wanted(3, voluntary=True)) == Enough(2)
    assert judge(CITIZEN, held, ("pwd", "otp", "mfa"), Wanted(3)) == More((Method.PASSKEY,))


@pytest.mark.parametrize(
    ("held", "level"),
    [
        (Holdings(password=True), 1),
        (Holdings(password=True, email=True), 1),
        (Holdings(password=True, phone=True), 2),
        (Holdings(password=True, recovery_codes=3), 2),
        (Holdings(password=True, passkeys=1), 2),
        (Holdings(password=True, passkeys=1, bound_passkeys=1), 3),
        (Holdings(password=True, face=True, finger=True), 1),
    ],
)
def test_what_a_person_can_reach(held: Holdings, level: int) -> None:
    """The highest level one step after the password reaches."""
    assert reachable(held) == level


@pytest.mark.parametrize(
    ("held", "proven", "next_ones"),
    [
        (Holdings(password=True, email=True, recovery_codes=9), ("pwd",), (Method.EMAIL_CODE,)),
        (Holdings(password=True, email=True, phone=True), ("pwd",), (Method.SMS_CODE, Method.EMAIL_CODE)),
        (Holdings(password=True, email=True), ("pwd", "email"), None),
        (Holdings(password=True, recovery_codes=9), ("pwd",), None),
        (Holdings(password=True), ("pwd",), None),
    ],
)
def test_a_code_to_an_address_is_asked_where_there_is_one(
    held: Holdings, proven: tuple[str, ...], next_ones: tuple[Method, ...] | None
) -> None:
    """Once, and never of somebody whom nothing could be sent."""
    verdict = judge(CITIZEN, held, proven, Wanted(1, contact=True))
    assert verdict == (Enough(1) if next_ones is None else More(next_ones))
