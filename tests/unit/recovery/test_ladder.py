"""The ladder's rules, as values."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authenticators.methods import Holdings
from idp.recovery.ladder import (
    CONTACTS,
    MOVES,
    RUNGS,
    Circumstances,
    Move,
    Proof,
    State,
    cooling_off,
    next_state,
    offered,
    reached,
)

HOLDINGS = st.builds(
    Holdings,
    password=st.booleans(),
    passkeys=st.integers(0, 2),
    totp=st.integers(0, 2),
    recovery_codes=st.integers(0, 2),
    email=st.booleans(),
    phone=st.booleans(),
)
ACCOUNTS = st.builds(Circumstances, st.integers(1, 3), HOLDINGS)
PROOFS = st.frozensets(st.sampled_from(Proof))
OVER = {State.DONE, State.STOPPED, State.EXPIRED}


def test_every_open_state_can_be_stopped_and_runs_out() -> None:
    """From the first proof on the owner can stop a case wherever it stands, and nothing stays open for ever."""
    for state in set(State) - OVER - {State.NAMED}:
        assert next_state(state, Move.STOP) is State.STOPPED
        assert next_state(state, Move.EXPIRE) is State.EXPIRED


def test_what_is_over_stays_over() -> None:
    """No move leads out of an end."""
    assert all(not MOVES[state] for state in OVER)


def test_a_new_password_comes_from_ready_alone() -> None:
    """AC-082: no other state has the last move, and no state but those after proofs leads to `ready`."""
    assert [state for state in State if Move.FINISH in MOVES[state]] == [State.READY]
    before = {state for state in State if State.READY in MOVES[state].values()}
    assert before == {State.PROVING, State.COOLING}


@given(PROOFS, ACCOUNTS)
def test_two_proofs_or_a_wait(proofs: frozenset[Proof], account: Circumstances) -> None:
    """No rung without an address; without a wait two different things; one address is for bare accounts."""
    rung = reached(proofs, account)
    if rung is None or Proof.IN_PERSON in proofs:
        return
    assert proofs & CONTACTS
    assert rung.waits or proofs - CONTACTS
    assert len(proofs) > 1 or (rung.alone and account.level == 1 and proofs == {Proof.EMAIL})


@given(PROOFS, ACCOUNTS)
def test_more_proofs_never_harm(proofs: frozenset[Proof], account: Circumstances) -> None:
    """With one proof more the rung is as good or better."""
    names = [rung.name for rung in RUNGS]
    before = reached(proofs, account)
    for proof in Proof:
        after = reached(proofs | {proof}, account)
        assert before is None or (after is not None and names.index(after.name) <= names.index(before.name))


@given(PROOFS, ACCOUNTS)
def test_only_what_is_there_is_offered(proofs: frozenset[Proof], account: Circumstances) -> None:
    """Nothing twice, nothing that the person has not, and the app only after an address."""
    ways = offered(proofs, account)
    held = account.holdings
    assert not proofs & set(ways)
    assert (Proof.APP in ways) <= bool(held.totp and proofs & CONTACTS)
    assert (Proof.SMS in ways) <= held.phone
    assert (Proof.EMAIL in ways) <= held.email


@given(ACCOUNTS)
def test_a_telephone_number_alone_is_never_a_way_in(account: Circumstances) -> None:
    """A number can be shared, or given to somebody else."""
    assert reached(frozenset({Proof.SMS}), account) is None


@pytest.mark.parametrize(("level", "hours"), [(1, 24), (2, 72), (3, 72)])
def test_higher_levels_wait_longer(level: int, hours: int) -> None:
    """A day, or three."""
    assert cooling_off(level) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("held", "level", "name"),
    [
        (Holdings(password=True, email=True), 1, "email"),
        (Holdings(password=True, email=True, recovery_codes=1), 1, "email_slow"),
        (Holdings(password=True, email=True, phone=True), 1, "email_slow"),
        (Holdings(password=True, email=True, totp=1), 1, None),
        (Holdings(password=True, email=True, passkeys=1), 1, None),
        (Holdings(password=True, email=True), 2, None),
    ],
)
def test_a_mailbox_alone(held: Holdings, level: int, name: str | None) -> None:
    """A day where it is all there is, a week where there is more, nothing past a second factor or a registration."""
    rung = reached(frozenset({Proof.EMAIL}), Circumstances(level, held))
    assert (None if rung is None else rung.name) == name
    assert rung is None or cooling_off(level, slow=rung.slow) == timedelta(days=1 if name == "email" else 7)


def test_nothing_that_waits_keeps_a_level() -> None:
    """Two addresses prove less than a visit did: what is worth 1 waits, what does not is worth 2 at most."""
    assert {rung.worth for rung in RUNGS if rung.waits} == {1}
    assert {rung.worth for rung in RUNGS if not rung.waits and rung.own is not Proof.IN_PERSON} == {2}


@given(PROOFS, ACCOUNTS)
def test_a_visit_is_enough_and_no_page_offers_it(proofs: frozenset[Proof], account: Circumstances) -> None:
    """Who somebody is was found out at a centre: no wait, and nothing else is asked; nowhere can it be typed."""
    rung = reached(proofs | {Proof.IN_PERSON}, account)
    assert rung is not None
    assert (rung.name, rung.waits, rung.worth) == ("in_person", False, 3)
    assert Proof.IN_PERSON not in offered(proofs, account)
