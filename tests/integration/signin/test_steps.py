import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session as DatabaseSession

from idp.audit.models import AuditRow
from idp.authenticators.password import Cost, PasswordHasher
from idp.authenticators.throttling import AddressPolicy
from idp.authenticators.totp import Binding
from idp.entropy import SecretKind
from idp.errors import Code, Refusal
from idp.sessions.models import SessionRow
from idp.signin import Browser, Completed, NeedsSecond, StartOver, State, Transaction
from idp.signin.acceptance import More
from idp.signin.outcomes import Outcome
from idp.subscribers import State as Life
from idp.subscribers.models import SubscriberRow
from tests.factories.signin import PASSWORD, WRONG, Desk, Shared, browser

pytestmark = pytest.mark.integration


def completed(outcome: Outcome) -> Completed:
    """Signed in."""
    assert isinstance(outcome, Completed), outcome
    return outcome


def refused(outcome: Outcome) -> Refusal:
    """Not."""
    assert isinstance(outcome, Refusal), outcome
    return outcome


def first(desk: Desk, username: str = "testa", password: str = PASSWORD, at: Browser | None = None) -> Outcome:
    """A new transaction's password step."""
    return desk.signin.submit_password(desk.open(), username, password, at or browser())


def asked_for_code(desk: Desk, username: str = "testa") -> Transaction:
    """A transaction that has come to the second page."""
    outcome = first(desk, username)
    assert isinstance(outcome, NeedsSecond)
    return outcome.transaction


def trail(desk: Desk, name: str) -> list[AuditRow]:
    """The rows of one event."""
    return list(desk.session.scalars(select(AuditRow).where(AuditRow.event == name)))


def wrong(code: str) -> str:
    """Another code."""
    return "000000" if code != "000000" else "000001"


def test_a_password_alone_signs_in_at_level_one(desk: Desk) -> None:
    """For a person without a second factor."""
    person = desk.person("testa")
    outcome = completed(first(desk))
    assert outcome.transaction.state is State.CONSENT
    assert outcome.transaction.subscriber_id == person
    assert (outcome.session.subscriber_id, outcome.session.aal, outcome.session.amr) == (person, 1, ("pwd",))
    assert desk.sessions.find(outcome.session_secret) == outcome.session
    assert desk.devices.find(outcome.device_cookie, person) == outcome.session.device_id


def test_password_and_code_sign_in_at_level_two(desk: Desk) -> None:
    """Between the two steps there is no session (AC-070)."""
    person = desk.person("testa")
    binding = desk.bind(person)
    transaction = asked_for_code(desk)
    assert transaction.subscriber_id == person
    assert desk.session.scalar(select(SessionRow).where(SessionRow.subscriber_id == person)) is None
    outcome = completed(desk.signin.submit_code(transaction, desk.code(binding), browser()))
    assert (outcome.session.aal, outcome.session.amr) == (2, ("pwd", "otp", "mfa"))
    assert outcome.transaction.state is State.CONSENT


@pytest.mark.parametrize("state", [Life.PENDING])
def test_who_may_not_sign_in_hears_the_same(desk: Desk, state: Life) -> None:
    """Unknown, wrong and not active: one answer, one kind of audit row (AC-063)."""
    desk.person("testa")
    desk.person("waits", state=state)
    desk.person("nopass", password=None)
    answers = {
        first(desk, "testa", WRONG),
        first(desk, "nobody"),
        first(desk, "waits"),
        first(desk, "nopass"),
        first(desk, "\ud800\0"),
        first(desk, "x" * 5000),
        first(desk, ""),
    }
    assert answers == {Refusal(Code.PASSWORD_WRONG)}
    reasons = sorted(str(row.body["reason"]) for row in trail(desk, "signin.failed"))
    assert reasons == ["state", "unknown", "unknown", "unknown", "unknown", "wrong", "wrong"]


def test_audit_names_nobody(desk: Desk) -> None:
    """Rows hold references and pseudonyms: neither the name typed nor the password (AC-118)."""
    desk.person("testa")
    first(desk, "testa", WRONG)
    first(desk, "somebody-else", WRONG)
    written = str([(row.body, row.client_id, row.actor) for row in trail(desk, "signin.failed")])
    assert "testa" not in written
    assert "somebody" not in written
    assert WRONG not in written


def test_user_names_are_folded_before_they_are_counted(desk: Desk) -> None:
    """Spelling a name differently gives no further guesses, known or not."""
    desk.person("testa")
    for name in ("testa", "somebody"):
        spellings = [name, name.upper(), f" {name} ", name.title(), "\uff54esta" if name == "testa" else name]
        for spelling in spellings:
            assert refused(first(desk, spelling, WRONG)).code is Code.PASSWORD_WRONG
        throttled = refused(first(desk, name.swapcase(), WRONG))
        assert (throttled.code, throttled.detail, throttled.retry_after) == (Code.THROTTLED, "password", 30)


def test_waiting_is_the_same_for_known_and_unknown(desk: Desk) -> None:
    """Nobody learns from the wait who has an account (AC-063)."""
    desk.person("testa")
    told = {name: [first(desk, name, WRONG) for _ in range(8)] for name in ("testa", "nobody")}
    assert told["testa"] == told["nobody"]
    assert len(trail(desk, "signin.throttled")) == 6


def test_even_the_right_password_waits(desk: Desk) -> None:
    """While the wait lasts nothing is checked; afterwards it is right, and the count is forgotten."""
    desk.person("testa")
    for _ in range(5):
        first(desk, "testa", WRONG)
    assert refused(first(desk)).code is Code.THROTTLED
    desk.clock.advance(seconds=30)
    completed(first(desk))
    for _ in range(5):
        assert refused(first(desk, "testa", WRONG)).code is Code.PASSWORD_WRONG


def test_the_owner_gets_in_on_a_known_device(desk: Desk) -> None:
    """However much is guessed elsewhere (AC-060, AC-061)."""
    desk.person("testa")
    device = completed(first(desk)).device_cookie
    for number in range(40):
        first(desk, "testa", WRONG, browser(f"198.51.100.{number}"))
    assert refused(first(desk)).code is Code.THROTTLED
    completed(first(desk, at=browser(device=device)))


def test_a_foreign_device_helps_nobody(desk: Desk) -> None:
    """The attacker's own device is unknown to the victim's account."""
    desk.person("testa")
    desk.person("attacker")
    device = completed(first(desk, "attacker")).device_cookie
    for _ in range(5):
        first(desk, "testa", WRONG)
    assert refused(first(desk, at=browser(device=device))).code is Code.THROTTLED


def test_addresses_are_limited(shared: Shared, session: DatabaseSession) -> None:
    """A flood from one place is told to wait, whomever it aims at."""
    desk = Desk(replace(shared, addresses=AddressPolicy(tries=3)), session)
    answers = [refused(first(desk, f"nobody{number}")) for number in range(4)]
    assert [answer.detail for answer in answers] == ["", "", "", "place"]


def test_who_signs_in_costs_the_address_no_try(shared: Shared, session: DatabaseSession) -> None:
    """An office behind one address: people who give the right password do not use up the tries of the others."""
    desk = Desk(replace(shared, addresses=AddressPolicy(tries=3)), session)
    desk.person("testa")
    desk.bind(desk.person("coded"))
    for _ in range(4):
        completed(first(desk))
        asked_for_code(desk, "coded")
    answers = [refused(first(desk, f"nobody{number}")) for number in range(4)]
    assert [answer.detail for answer in answers] == ["", "", "", "place"]


def test_one_sign_in_gives_one_try_back(shared: Shared, session: DatabaseSession) -> None:
    """Giving the right password again and again in one sign-in is counted: begun sign-ins have a limit of their own."""
    desk = Desk(replace(shared, addresses=AddressPolicy(tries=3)), session)
    desk.bind(desk.person("coded"))
    transaction = desk.open()
    for _ in range(4):
        outcome = desk.signin.submit_password(transaction, "coded", PASSWORD, browser())
        assert isinstance(outcome, NeedsSecond)
        transaction = outcome.transaction
    assert refused(desk.signin.submit_password(transaction, "coded", PASSWORD, browser())).detail == "place"


def test_a_known_device_has_tries_of_its_own_at_any_address(shared: Shared, session: DatabaseSession) -> None:
    """The owner gets in while the network waits; the device's own tries are limited too; others gain nothing by it."""
    desk = Desk(replace(shared, addresses=AddressPolicy(tries=3)), session)
    for name in ("testa", "victim"):
        desk.person(name)
    device = completed(first(desk)).device_cookie
    for number in range(4):
        first(desk, f"nobody{number}")
    stolen = browser(device=device)
    completed(first(desk, at=stolen))
    assert refused(first(desk, "victim", at=stolen)).detail == "place"
    assert refused(first(desk)).detail == "place"
    answers = [refused(first(desk, "testa", WRONG, stolen)) for _ in range(4)]
    assert [answer.detail for answer in answers] == ["", "", "", "place"]
    assert refused(first(desk, at=browser("198.51.100.1", device))).detail == "place"


def test_a_stolen_device_meets_the_account_limit(desk: Desk) -> None:
    """Being known exempts from no limit of the account (AC-060)."""
    desk.person("testa")
    device = completed(first(desk)).device_cookie
    answers = [
        refused(first(desk, "testa", WRONG, browser(f"198.51.100.{number}", device))).detail for number in range(6)
    ]
    assert answers == ["", "", "", "", "", "password"]


def test_a_busy_pool_costs_no_try(shared: Shared, desk: Desk) -> None:
    """Who could not be served has as many tries as before."""
    full = PasswordHasher(bytes, at_once=1, waiting=0, cost=Cost(64, 1, 1))
    full._admitted.acquire()
    busy = Desk(replace(shared, hasher=full, addresses=AddressPolicy(tries=3)), desk.session)
    desk.person("testa")
    for _ in range(20):
        assert refused(first(busy)).code is Code.PASSWORD_BUSY
    for _ in range(5):
        assert refused(first(desk, "testa", WRONG)).code is Code.PASSWORD_WRONG


def test_wrong_and_used_codes_are_told_apart(desk: Desk) -> None:
    """Wrong is wrong; used was right once, and is audited as such (AC-072)."""
    person = desk.person("testa")
    binding = desk.bind(person)
    code = desk.code(binding)
    completed(desk.signin.submit_code(asked_for_code(desk), code, browser()))
    transaction = asked_for_code(desk)
    assert refused(desk.signin.submit_code(transaction, code, browser())).code is Code.TOTP_REPLAYED
    assert refused(desk.signin.submit_code(transaction, wrong(code), browser())).code is Code.TOTP_WRONG
    assert len(trail(desk, "signin.code_replayed")) == 1


def test_five_codes_then_the_password_again(desk: Desk) -> None:
    """The fifth wrong code ends the round; a sixth is not even looked at, right or not."""
    binding = desk.bind(desk.person("testa"))
    transaction = asked_for_code(desk)
    for _ in range(4):
        refused(desk.signin.submit_code(transaction, wrong(desk.code(binding)), browser()))
    outcome = desk.signin.submit_code(transaction, wrong(desk.code(binding)), browser())
    assert isinstance(outcome, StartOver)
    assert (outcome.transaction.state, outcome.transaction.subscriber_id) == (State.CREDENTIALS, None)
    assert outcome.transaction.reason == "codes_spent"
    late = refused(desk.signin.submit_code(transaction, desk.code(binding), browser()))
    assert (late.code, late.detail) == (Code.THROTTLED, "code")


def test_ten_codes_a_person_over_any_number_of_sign_ins(desk: Desk) -> None:
    """Beginning anew gives no more codes to guess (AC-073)."""
    binding = desk.bind(desk.person("testa"))
    for number in range(2):
        transaction = asked_for_code(desk)
        for _ in range(5):
            desk.signin.submit_code(transaction, wrong(desk.code(binding)), browser(f"198.51.100.{number}"))
    assert len(trail(desk, "signin.failed")) == 10
    answer = refused(desk.signin.submit_code(asked_for_code(desk), desk.code(binding), browser("198.51.100.9")))
    assert (answer.code, answer.detail, answer.retry_after) == (Code.THROTTLED, "code", 600)


def test_patient_guessing_meets_a_limit_over_the_month(desk: Desk) -> None:
    """AC-073: whoever always stays below the short limit meets one of fifty wrong codes a month."""
    binding = desk.bind(desk.person("testa"))
    answers: list[Outcome] = []
    while len(answers) < 60:
        desk.clock.advance(minutes=16)
        transaction = asked_for_code(desk)
        answers += [
            desk.signin.submit_code(transaction, wrong(desk.code(binding)), browser("198.51.100.7")) for _ in range(4)
        ]
    told_to_wait = [isinstance(one, Refusal) and one.code is Code.THROTTLED for one in answers]
    assert not any(told_to_wait[:50])
    assert told_to_wait[50]
    assert refused(answers[50]).detail == "code"


def test_a_code_needs_its_password_first(desk: Desk) -> None:
    """No code is taken where none is asked, and none for a person who was suspended meanwhile."""
    person = desk.person("testa")
    binding = desk.bind(person)
    assert refused(desk.signin.submit_code(desk.open(), desk.code(binding), browser())).code is Code.TRANSACTION_STATE
    transaction = asked_for_code(desk)
    suspend(desk, person)
    assert isinstance(desk.signin.submit_code(transaction, desk.code(binding), browser()), StartOver)


def suspend(desk: Desk, person: uuid.UUID) -> None:
    """Somebody suspends the account."""
    from idp.subscribers import Lifecycle, MoveReason

    lifecycle = Lifecycle(desk.session, desk.clock, desk.trail, desk.sessions)
    assert lifecycle.move(person, Life.SUSPENDED, MoveReason.SUSPECTED_MISUSE) is None


def test_a_suspended_person_is_out_and_stays_out(desk: Desk) -> None:
    """Suspension ends sessions, and the right password is then as wrong as any."""
    person = desk.person("testa")
    outcome = completed(first(desk))
    suspend(desk, person)
    assert desk.sessions.find(outcome.session_secret) is None
    assert refused(first(desk)).code is Code.PASSWORD_WRONG


def test_back_and_another_account(desk: Desk) -> None:
    """From the code page one can go back and sign in as somebody else."""
    desk.bind(desk.person("testa"))
    other = desk.person("other")
    transaction = asked_for_code(desk)
    outcome = completed(desk.signin.submit_password(transaction, "other", PASSWORD, browser()))
    assert outcome.session.subscriber_id == other


def test_who_may_not_sign_in_any_more_skips_nothing(desk: Desk) -> None:
    """AC-101: staff since a moment ago, without a passkey: the second step cannot be passed over."""
    person = desk.person("testa")
    desk.bind(person)
    transaction = asked_for_code(desk)
    desk.session.execute(update(SubscriberRow).where(SubscriberRow.id == person).values(policy_group="staff"))
    assert desk.signin.ways(transaction) == More(())
    assert refused(desk.signin.skip(transaction, browser())).code is Code.TRANSACTION_STATE


def test_a_finished_sign_in_takes_no_password(desk: Desk) -> None:
    """The form of an old tab does nothing."""
    desk.person("testa")
    outcome = completed(first(desk))
    again = desk.signin.submit_password(outcome.transaction, "testa", PASSWORD, browser())
    assert refused(again).code is Code.TRANSACTION_STATE


def test_a_step_up_renews_the_session(desk: Desk) -> None:
    """New secret, same session (AC-066)."""
    desk.person("testa")
    one = completed(first(desk))
    two = completed(first(desk, at=replace(browser(), session=one.session)))
    assert two.session.id == one.session.id
    assert two.session_secret != one.session_secret
    assert desk.sessions.find(one.session_secret) is None


def test_fifty_codes_at_once_make_one_session(own_database: Engine, shared: Shared) -> None:
    """A form sent fifty times signs in once (AC-072)."""
    with DatabaseSession(own_database) as setting_up:
        desk = Desk(shared, setting_up)
        binding: Binding = desk.bind(desk.person("testa"))
        secret = desk.entropy.secret(SecretKind.BROWSER)
        opened = desk.open(secret)
        outcome = desk.signin.submit_password(opened, "testa", PASSWORD, browser())
        assert isinstance(outcome, NeedsSecond)
        code = desk.code(binding)
        setting_up.commit()

    def attempt(_number: int) -> Outcome:
        with DatabaseSession(own_database) as own:
            answer = Desk(shared, own).signin.submit_code(outcome.transaction, code, browser())
            own.commit()
            return answer

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert sum(isinstance(answer, Completed) for answer in answers) == 1
    with DatabaseSession(own_database) as later:
        assert len(later.scalars(select(SessionRow)).all()) == 1
