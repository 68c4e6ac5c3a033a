import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp.entropy import SecretKind
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal, StoreUnavailableError
from idp.sessions import SessionStart
from idp.signin import Move, State, Transaction, Transactions, Wish
from tests.factories.signin import Desk

pytestmark = pytest.mark.integration

REQUEST: dict[str, Any] = {
    "client_id": "permits",
    "redirect_uri": "https://permits.example/callback",
    "scope": ["openid"],
    "prompt": [],
    "max_age": None,
    "login_hint": "testa",
    "ui_locales": ["fr"],
    "claims": None,
    "raw": [["client_id", "permits"], ["state", "a b&c"]],
}


@pytest.fixture
def secret(desk: Desk) -> str:
    """The browser's secret."""
    return desk.entropy.secret(SecretKind.BROWSER)


def moved(answer: Transaction | Refusal) -> Transaction:
    """The move was made."""
    assert isinstance(answer, Transaction)
    return answer


def code_of(answer: object) -> Code:
    """Why not."""
    assert isinstance(answer, Refusal)
    return answer.code


def test_a_transaction_comes_back_to_its_browser(desk: Desk, secret: str) -> None:
    """With the request as it was parked."""
    opened = desk.transactions.open(REQUEST, secret, wish=Wish("no_session"))
    loaded = desk.transactions.load(opened.id, secret)
    assert loaded == opened
    assert (opened.state, opened.client_id, opened.request) == (State.CREDENTIALS, "permits", REQUEST)


def test_another_browser_gets_nothing(desk: Desk, secret: str) -> None:
    """A link that somebody else began is refused, with a foreign cookie and with none (AC-066)."""
    opened = desk.transactions.open(REQUEST, secret)
    other = desk.entropy.secret(SecretKind.BROWSER)
    for offered in (other, None, "", opened.browser, opened.id):
        assert code_of(desk.transactions.load(opened.id, offered)) is Code.TRANSACTION_FOREIGN


@pytest.mark.parametrize("name", ["", "x", "wt_" + "A" * 43, "wb_" + "A" * 43, "\0", "*", "wt_" + "\ud800" * 43])
def test_what_was_never_parked_is_missing(desk: Desk, secret: str, name: str) -> None:
    """Made-up names find nothing."""
    assert code_of(desk.transactions.load(name, secret)) is Code.TRANSACTION_MISSING


def test_half_an_hour_then_only_the_request_is_left(desk: Desk, secret: str) -> None:
    """A late person cannot go on, but can start the same request again."""
    opened = desk.transactions.open(REQUEST, secret)
    desk.clock.advance(minutes=29, seconds=59)
    assert desk.transactions.load(opened.id, secret) == opened
    desk.clock.advance(seconds=1)
    assert code_of(desk.transactions.load(opened.id, secret)) is Code.TRANSACTION_EXPIRED
    parked = desk.transactions.parked(opened.id)
    assert parked is not None
    assert parked.request == REQUEST


def test_the_secret_is_not_parked(desk: Desk, secret: str) -> None:
    """Whoever reads Valkey cannot take a sign-in over."""
    opened = desk.transactions.open(REQUEST, secret)
    assert secret not in str(opened.to_dict())


def test_moves_follow_the_table(desk: Desk, secret: str) -> None:
    """What the table does not have is refused and changes nothing."""
    opened = desk.transactions.open(REQUEST, secret)
    assert code_of(desk.transactions.advance(opened, Move.FINISH)) is Code.TRANSACTION_STATE
    assert desk.transactions.load(opened.id, secret) == opened


def test_what_is_known_follows_the_moves(desk: Desk, secret: str) -> None:
    """A first factor names the person, a restart forgets them, a no and an end keep them."""
    person = uuid.uuid4()
    opened = desk.transactions.open(REQUEST, secret)
    first = moved(desk.transactions.advance(opened, Move.FIRST_FACTOR, subscriber_id=person, amr=("pwd",)))
    assert (first.subscriber_id, first.amr, first.rounds) == (person, ("pwd",), 1)
    again = moved(desk.transactions.advance(first, Move.RESTART, reason="restarted"))
    assert (again.subscriber_id, again.amr, again.rounds, again.reason) == (None, (), 1, "restarted")
    done = moved(desk.transactions.advance(again, Move.COMPLETE, subscriber_id=person, amr=("pwd",)))
    denied = moved(desk.transactions.advance(done, Move.DENY))
    assert (denied.subscriber_id, denied.denied) == (person, True)
    finished = moved(desk.transactions.advance(denied, Move.FINISH))
    assert desk.transactions.load(opened.id, secret) == finished
    assert finished.request == REQUEST


def test_one_of_fifty_moves_is_made(desk: Desk, secret: str) -> None:
    """A form sent many times at once acts once."""
    opened = desk.transactions.open(REQUEST, secret)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: desk.transactions.advance(opened, Move.DENY), range(50)))
    assert sum(isinstance(answer, Transaction) for answer in answers) == 1


def test_a_recognised_person_enters_at_consent(desk: Desk, secret: str) -> None:
    """Who has a session is not asked for a password."""
    person = uuid.uuid4()
    opened = desk.transactions.open(REQUEST, secret, recognised=person)
    assert (opened.state, opened.subscriber_id) == (State.CONSENT, person)


def test_codes_are_counted_by_round(desk: Desk, secret: str) -> None:
    """Codes are counted by round: a new right password begins at one again."""
    person = uuid.uuid4()
    opened = desk.transactions.open(None, secret)
    first = moved(desk.transactions.advance(opened, Move.FIRST_FACTOR, subscriber_id=person))
    assert [desk.transactions.count_code(first) for _ in range(6)] == [1, 2, 3, 4, 5, 6]
    second = moved(desk.transactions.advance(first, Move.FIRST_FACTOR, subscriber_id=person))
    assert desk.transactions.count_code(second) == 1


def test_an_outage_is_no_missing_transaction(desk: Desk, secret: str) -> None:
    """A store that does not answer is said to be away, never that there was nothing (AC-123)."""
    opened = desk.transactions.open(None, secret)
    away = Transactions(
        Ephemeral("redis://127.0.0.1:1/0", prefix="none", timeout_seconds=0.2), desk.clock, desk.entropy
    )
    for ask in (
        lambda: away.load(opened.id, secret),
        lambda: away.open(None, secret),
        lambda: away.advance(opened, Move.DENY),
        lambda: away.count_code(opened),
    ):
        with pytest.raises(StoreUnavailableError):
            ask()


def test_what_a_sign_in_is_for_is_kept(desk: Desk) -> None:
    """Level, account page and the method chosen survive parking; a move to the end settles the wish."""
    secret = desk.entropy.secret(SecretKind.BROWSER)
    wish = Wish("level", 2, voluntary=True, next_page="account.home", next_arguments=(("one", "1"),))
    opened = desk.transactions.open(None, secret, wish=wish)
    chosen = desk.transactions.advance(opened, Move.FIRST_FACTOR, subscriber_id=uuid.uuid4(), amr=("pwd",))
    assert isinstance(chosen, Transaction)
    chosen = desk.transactions.choose(chosen, "totp")
    loaded = desk.transactions.load(opened.id, secret)
    assert isinstance(loaded, Transaction)
    assert loaded == chosen
    assert (loaded.wish, loaded.chosen, loaded.settled, loaded.wanted) == (wish, "totp", False, 2)
    done = desk.transactions.advance(loaded, Move.COMPLETE, subscriber_id=loaded.subscriber_id, amr=("pwd", "otp"))
    assert isinstance(done, Transaction)
    assert (done.settled, done.chosen) == (True, None)


def test_a_step_up_carries_the_session_and_a_restart_drops_it(desk: Desk) -> None:
    """What a session proved counts only as long as the transaction is about that session (AC-066)."""
    person = desk.person("testa")
    session = desk.sessions.start(SessionStart(person, ("pwd",), 1, None)).session
    secret = desk.entropy.secret(SecretKind.BROWSER)
    opened = desk.transactions.open(None, secret, step_up=session)
    assert (opened.state, opened.amr, opened.session_id) == (State.SECOND_FACTOR, ("pwd",), session.id)
    again = desk.transactions.advance(opened, Move.RESTART)
    assert isinstance(again, Transaction)
    assert (again.subscriber_id, again.amr, again.session_id) == (None, (), None)
    parked = desk.transactions.open(None, secret, recognised=person)
    raised = desk.transactions.step_up(parked, session, Wish("level", 2))
    assert isinstance(raised, Transaction)
    assert (raised.state, raised.session_id, raised.wanted) == (State.SECOND_FACTOR, session.id, 2)
    another = desk.transactions.advance(raised, Move.FIRST_FACTOR, subscriber_id=uuid.uuid4(), amr=("pwd",))
    assert isinstance(another, Transaction)
    assert another.session_id is None
