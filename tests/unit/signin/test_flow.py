from hypothesis import given
from hypothesis import strategies as st

from idp.signin.flow import MOVES, Move, State, next_state

moves = st.lists(st.sampled_from(list(Move)), max_size=30)
PROOFS = {Move.COMPLETE, Move.RECOGNISE}


def walk(taken: list[Move]) -> list[tuple[State, Move, State]]:
    """The moves that the table allows, from the beginning, each with where it was made and led."""
    state, steps = State.CREDENTIALS, []
    for move in taken:
        after = next_state(state, move)
        if after is not None:
            steps.append((state, move, after))
            state = after
    return steps


def test_every_state_stands_in_the_table() -> None:
    """No state is forgotten, and every one is reached."""
    assert set(MOVES) == set(State)
    assert {after for moves_ in MOVES.values() for after in moves_.values()} == set(State)


@given(moves)
def test_nobody_reaches_consent_without_proof(taken: list[Move]) -> None:
    """Whatever is tried in whatever order, consent is entered by a completed sign-in or a recognised session only."""
    for before, move, after in walk(taken):
        if after is State.CONSENT:
            assert move in PROOFS
            assert move is not Move.COMPLETE or before in {State.CREDENTIALS, State.SECOND_FACTOR}


@given(moves)
def test_finishing_needs_consent_or_a_no(taken: list[Move]) -> None:
    """A transaction is done only after the person got as far as consent, or said no."""
    for before, _, after in walk(taken):
        if after is State.DONE:
            assert before in {State.CONSENT, State.DENIED, State.UNMET}


@given(moves)
def test_a_restart_forgets_the_proof(taken: list[Move]) -> None:
    """After a restart there is no way to consent but a new proof."""
    proven = False
    for _, move, after in walk(taken):
        proven = (proven or move in PROOFS) and move is not Move.RESTART
        if after is State.CONSENT:
            assert proven


def test_done_is_the_end() -> None:
    """Nothing happens to a finished transaction, and a no stays a no."""
    assert not any(next_state(State.DONE, move) for move in Move)
    assert [move for move in Move if next_state(State.DENIED, move)] == [Move.FINISH]


def test_everybody_can_start_again() -> None:
    """From every open state one can go back to the password page, and say no."""
    for state in (State.CREDENTIALS, State.SECOND_FACTOR, State.CONSENT):
        assert next_state(state, Move.RESTART) is State.CREDENTIALS
        assert next_state(state, Move.DENY) is State.DENIED


@given(moves)
def test_a_step_up_needs_a_proof_of_its_own(taken: list[Move]) -> None:
    """The second page is entered after a first factor or from a session, and choosing a method leads nowhere else."""
    for before, move, after in walk(taken):
        if after is State.SECOND_FACTOR:
            assert move in {Move.FIRST_FACTOR, Move.STEP_UP, Move.CHOOSE}
            assert move is not Move.STEP_UP or before is State.CONSENT
        if move is Move.CHOOSE:
            assert before is after is State.SECOND_FACTOR


def test_giving_up_is_told_and_nothing_else() -> None:
    """Who was told what is missing goes back to the service; no other way leads on from there."""
    assert [move for move in Move if next_state(State.UNMET, move)] == [Move.FINISH]
