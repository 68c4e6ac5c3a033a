"""What goes with a way to sign in, for whatever a person has."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authenticators.losses import Loss, losses, missing, without
from idp.authenticators.methods import Holdings, Method, reachable, wants_second

HOLDINGS = st.builds(
    Holdings,
    **{
        one.name: st.integers(0, 3) if one.name in {"passkeys", "totp", "recovery_codes"} else st.booleans()
        for one in fields(Holdings)
        if one.name != "bound_passkeys"
    },
)
METHODS = st.sampled_from(list(Method))


@given(HOLDINGS, METHODS)
def test_taking_away_gives_nothing(holdings: Holdings, method: Method) -> None:
    """Nothing that was missing is there after something was taken away."""
    assert missing(holdings) <= missing(without(holdings, method))


@given(HOLDINGS, METHODS)
def test_what_is_told_is_what_is_new(holdings: Holdings, method: Method) -> None:
    """Exactly what the person has and will not have is told."""
    assert set(losses(holdings, method)) == missing(without(holdings, method)) - missing(holdings)


@given(HOLDINGS, METHODS)
def test_what_is_not_there_takes_nothing(holdings: Holdings, method: Method) -> None:
    """Removing what a person does not have loses nothing."""
    if not holdings.has(method):
        assert losses(holdings, method) == ()


@given(HOLDINGS)
def test_the_words_are_true(holdings: Holdings) -> None:
    """The second step and the level are what sign-in itself goes by."""
    gaps = missing(holdings)
    assert (Loss.SECOND_STEP in gaps) is not wants_second(holdings)
    if holdings.password:
        assert (Loss.LEVEL in gaps) is (reachable(holdings) < 2)


@given(HOLDINGS, st.lists(METHODS, max_size=12))
def test_nobody_is_locked_out_unsaid(holdings: Holdings, taken: list[Method]) -> None:
    """Whoever ends without a way in was told so by the page before the step that did it."""
    told = set(missing(holdings))
    for method in taken:
        told |= set(losses(holdings, method))
        holdings = without(holdings, method)
    assert missing(holdings) <= told


@pytest.mark.parametrize(
    ("held", "method", "lost"),
    [
        (Holdings(password=True, totp=1), Method.TOTP, {Loss.SECOND_STEP, Loss.LEVEL}),
        (Holdings(password=True, totp=2), Method.TOTP, set()),
        (Holdings(password=True, totp=1, recovery_codes=10), Method.RECOVERY_CODE, {Loss.WAY_BACK}),
        (Holdings(password=True, totp=1, email=True), Method.TOTP, {Loss.SECOND_STEP, Loss.LEVEL, Loss.WAY_BACK}),
        (Holdings(password=True, email=True, phone=True), Method.SMS_CODE, {Loss.LEVEL, Loss.WAY_BACK}),
        (Holdings(passkeys=1), Method.PASSKEY, set(Loss)),
        (Holdings(password=True, passkeys=1, totp=1, recovery_codes=3), Method.PASSKEY, set()),
    ],
)
def test_examples(held: Holdings, method: Method, lost: set[Loss]) -> None:
    """What people would expect."""
    assert set(losses(held, method)) == lost
