import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.audit.models import AuditRow
from idp.authenticators.models import PasskeyRow
from idp.authenticators.passkey_store import MAX_PASSKEYS
from idp.authenticators.throttling import AddressPolicy
from idp.errors import Code, Refusal
from idp.signin import Completed, Move, NeedsSecond, Transaction
from idp.signin.outcomes import Outcome
from idp.subscribers import State as Life
from tests.factories.passkeys import ORIGIN, KeyDesk
from tests.factories.signin import PASSWORD, Desk, Shared, browser, committing
from tests.factories.softkey import BE, BS, UP, UV, SoftKey, as_bytes

pytestmark = pytest.mark.integration


@pytest.fixture
def keys(desk: Desk) -> KeyDesk:
    """The passkey services over a transaction that is rolled back."""
    return KeyDesk(desk)


def code(outcome: object) -> Code:
    """Why it was refused."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def reasons(keys: KeyDesk) -> list[Any]:
    """What the trail says was refused."""
    rows = keys.desk.session.scalars(select(AuditRow).where(AuditRow.event == "passkey.refused"))
    return [row.body["reason"] for row in rows]


def second_page(keys: KeyDesk, username: str) -> Transaction:
    """A sign-in that has come to the second step by the password."""
    outcome = keys.desk.signin.submit_password(keys.desk.open(), username, PASSWORD, browser())
    assert isinstance(outcome, NeedsSecond), outcome
    return outcome.transaction


def test_a_passkey_alone_signs_in(keys: KeyDesk) -> None:
    """Nobody says a name: the passkey says who it is. One bound to its device is worth level 3; its use is noted."""
    person = keys.desk.person("testa")
    soft = keys.give(person)
    outcome = keys.use(keys.desk.open(), soft)
    assert isinstance(outcome, Completed), outcome
    assert outcome.session.subscriber_id == person
    assert (outcome.session.aal, set(outcome.session.amr)) == (3, {"hwk", "user", "mfa"})
    assert keys.passkey(soft).used_at == keys.desk.clock.now()


def test_a_synced_passkey_is_told_as_one(keys: KeyDesk) -> None:
    """One that can be copied to other devices is another method, and level 2."""
    soft = keys.give(keys.desk.person("testa"), SoftKey(ORIGIN, flags=UP | UV | BE | BS))
    outcome = keys.use(keys.desk.open(), soft)
    assert isinstance(outcome, Completed)
    assert (outcome.session.aal, set(outcome.session.amr)) == (2, {"swk", "user", "mfa"})


def test_a_passkey_comes_second(keys: KeyDesk) -> None:
    """After the password: only this person's are asked for, and one that keeps no handle will do."""
    soft = keys.give(keys.desk.person("testa"))
    transaction = second_page(keys, "testa")
    asked = keys.options(transaction)["allowCredentials"]
    assert [as_bytes(item["id"]) for item in asked] == [soft.credential_id]
    outcome = keys.use(transaction, soft, handle=b"")
    assert isinstance(outcome, Completed)
    assert set(outcome.session.amr) == {"pwd", "hwk", "user", "mfa"}


def test_the_passkey_of_somebody_else_is_refused(keys: KeyDesk) -> None:
    """AC-079: B's passkey at A's second step, with B's handle, with none, or with A's; as one that nobody has."""
    mine, theirs = keys.give(keys.desk.person("testa")), keys.give(keys.desk.person("testb"))
    stranger = SoftKey(ORIGIN, user_handle=b"x" * 32)
    for soft, handle in ((theirs, None), (theirs, b""), (theirs, mine.user_handle), (stranger, None), (stranger, b"")):
        assert code(keys.use(second_page(keys, "testa"), soft, handle=handle)) is Code.PASSKEY_UNKNOWN
    assert reasons(keys) == ["passkey.unknown"] * 5
    rows = keys.desk.session.scalars(select(AuditRow).where(AuditRow.event == "passkey.refused")).all()
    assert {row.body["passkey"] for row in rows} == {None}, "whose it really is, is not in the history of the other"


def test_without_a_name_the_handle_must_be_the_owners(keys: KeyDesk) -> None:
    """Section 7.2 step 6: absent or another person's, it is refused."""
    mine, theirs = keys.give(keys.desk.person("testa")), keys.give(keys.desk.person("testb"))
    for handle in (b"", theirs.user_handle, b"y" * 32):
        assert code(keys.use(keys.desk.open(), mine, handle=handle)) is Code.PASSKEY_UNKNOWN


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"client": {"origin": "https://evil.example"}}, Code.PASSKEY_ORIGIN),
        ({"client": {"origin": "http://localhost:8001"}}, Code.PASSKEY_ORIGIN),
        ({"client": {"type": "webauthn.create"}}, Code.PASSKEY_TYPE),
        ({"client": {"challenge": "AAAA"}}, Code.PASSKEY_CHALLENGE),
        ({"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"}, Code.PASSKEY_SIGNATURE),
    ],
)
def test_what_is_wrong_is_refused_and_audited(keys: KeyDesk, given: dict[str, Any], expected: Code) -> None:
    """AC-077: each with its own reason, nobody is signed in, and the challenge is spent with it."""
    soft = keys.give(keys.desk.person("testa"))
    transaction = keys.desk.open()
    options = keys.options(transaction)
    outcome = keys.step.submit(transaction, json.dumps(soft.use(options, **given)), browser())
    assert code(outcome) is expected
    assert reasons(keys) == [expected.value]
    if expected is not Code.PASSKEY_CHALLENGE:
        again = keys.step.submit(transaction, json.dumps(soft.use(options)), browser())
        assert code(again) is Code.PASSKEY_CHALLENGE


def test_an_unverified_person_is_refused(keys: KeyDesk) -> None:
    """AC-078: without the flag there is no sign-in, whatever was asked of the browser."""
    soft = keys.give(keys.desk.person("testa"))
    for flags in (UP, UV, 0):
        soft.flags = flags
        assert code(keys.use(keys.desk.open(), soft)) is Code.PASSKEY_UNVERIFIED
    assert reasons(keys) == ["passkey.unverified"] * 3


def test_a_challenge_is_good_where_it_was_made(keys: KeyDesk) -> None:
    """AC-078: not in another sign-in, not in another browser, not after another step, not for adding a passkey."""
    person = keys.desk.person("testa")
    soft = keys.give(person)
    transaction, other = keys.desk.open(), keys.desk.open()

    def at(place: Transaction, options: dict[str, Any]) -> Outcome:
        return keys.step.submit(place, json.dumps(soft.use(options)), browser())

    assert code(at(other, keys.options(transaction))) is Code.PASSKEY_CHALLENGE
    assert code(at(replace(transaction, browser="0" * 64), keys.options(transaction))) is Code.PASSKEY_CHALLENGE
    later = second_page(keys, "testa")
    before = keys.options(replace(later, state=transaction.state, subscriber_id=None))
    assert code(at(later, before)) is Code.PASSKEY_CHALLENGE
    creation = keys.ask(person)
    assert code(at(transaction, {**creation, "rpId": "localhost"})) is Code.PASSKEY_CHALLENGE
    made = keys.finish(
        person, SoftKey(ORIGIN).make({**keys.ask(person), "challenge": keys.options(transaction)["challenge"]})
    )
    assert code(made) is Code.PASSKEY_CHALLENGE


def test_a_registration_answers_its_own_challenge(keys: KeyDesk) -> None:
    """AC-078: not one that the attacker chose, that another session or person was given, or that was used before."""
    person, other = keys.desk.person("testa"), keys.desk.person("testb")
    asked = keys.ask(person)
    chosen = SoftKey(ORIGIN).make(asked, client={"challenge": "A" * 43})
    assert code(keys.finish(person, chosen)) is Code.PASSKEY_CHALLENGE
    assert code(keys.finish(other, SoftKey(ORIGIN).make(keys.ask(person)))) is Code.PASSKEY_CHALLENGE
    assert code(keys.finish(person, SoftKey(ORIGIN).make(keys.ask(person)), place="another")) is Code.PASSKEY_CHALLENGE
    first = keys.finish(person, SoftKey(ORIGIN).make(asked))
    assert not isinstance(first, Refusal), first
    assert code(keys.finish(person, SoftKey(ORIGIN).make(asked))) is Code.PASSKEY_CHALLENGE
    assert keys.store.held_by(person) == []


@pytest.mark.parametrize(
    ("soft", "given", "expected"),
    [
        (SoftKey(ORIGIN), {"client": {"type": "webauthn.get"}}, Code.PASSKEY_TYPE),
        (SoftKey("https://evil.example"), {}, Code.PASSKEY_ORIGIN),
        (SoftKey(ORIGIN, rp_id="evil.example"), {}, Code.PASSKEY_ORIGIN),
        (SoftKey(ORIGIN, flags=UP), {}, Code.PASSKEY_UNVERIFIED),
        (SoftKey(ORIGIN, flags=UP | UV | BS), {}, Code.PASSKEY_BACKUP),
    ],
)
def test_a_registration_that_breaks_a_rule_is_audited(
    keys: KeyDesk, soft: SoftKey, given: dict[str, Any], expected: Code
) -> None:
    """AC-078: refused with its reason, which the trail keeps; nothing is stored."""
    person = keys.desk.person("testa")
    assert code(keys.finish(person, soft.make(keys.ask(person), **given))) is expected
    assert reasons(keys) == [expected.value]
    assert keys.store.held_by(person) == []


@pytest.mark.parametrize(("first", "second"), [(5, 5), (5, 4), (5, 0)])
def test_a_counter_that_goes_back_hints_at_a_copy(keys: KeyDesk, first: int, second: int) -> None:
    """Section 7.2 step 22: refused, audited, and its owner is told."""
    person = keys.desk.person("testa")
    soft = keys.give(person)
    soft.counter = first
    assert isinstance(keys.use(keys.desk.open(), soft), Completed)
    soft.counter = second
    assert code(keys.use(keys.desk.open(), soft)) is Code.PASSKEY_COUNTER
    assert keys.passkey(soft).sign_count == first
    assert reasons(keys) == ["passkey.counter"]
    assert [passkey.subscriber_id for passkey in keys.copied] == [person]


def test_a_passkey_without_counter_works_for_ever(keys: KeyDesk) -> None:
    """Synced passkeys count nothing: zero after zero is no sign of a copy."""
    soft = keys.give(keys.desk.person("testa"))
    for _ in range(3):
        assert isinstance(keys.use(keys.desk.open(), soft), Completed)


def test_a_bound_passkey_cannot_become_a_synced_one(keys: KeyDesk) -> None:
    """It would be worth less, and the flag cannot change."""
    soft = keys.give(keys.desk.person("testa"))
    soft.flags |= BE
    assert code(keys.use(keys.desk.open(), soft)) is Code.PASSKEY_BACKUP


def test_whoever_may_not_sign_in_hears_what_a_stranger_hears(keys: KeyDesk) -> None:
    """A suspended person's passkey is refused as one that nobody has."""
    soft = keys.give(keys.desk.person("testa", state=Life.ACTIVE))
    suspended = keys.desk.person("testb", state=Life.PENDING)
    other = keys.give(suspended)
    assert code(keys.use(keys.desk.open(), other)) is Code.PASSKEY_UNKNOWN
    assert code(keys.use(keys.desk.open(), SoftKey(ORIGIN, user_handle=b"z" * 32))) is Code.PASSKEY_UNKNOWN
    assert isinstance(keys.use(keys.desk.open(), soft), Completed)


def test_tries_are_counted_before_they_are_checked(keys: KeyDesk) -> None:
    """Twenty wrong ones about one person, then a wait, also for the right one elsewhere; a known device goes on."""
    soft = keys.give(keys.desk.person("testa"))
    known = keys.use(keys.desk.open(), soft)
    assert isinstance(known, Completed)
    for number in range(20):
        at = browser(f"192.0.2.{number + 20}")
        assert code(keys.use(keys.desk.open(), soft, at, client={"type": "x"})) is Code.PASSKEY_TYPE
    refusal = keys.use(keys.desk.open(), soft, browser("192.0.2.99"))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.detail) == (Code.THROTTLED, "passkey")
    assert refusal.retry_after is not None
    at_home = browser("192.0.2.99", known.device_cookie)
    assert isinstance(keys.use(keys.desk.open(), soft, at_home), Completed)


def test_one_address_has_as_many_tries_as_for_passwords(shared: Shared, session: Session) -> None:
    """Whatever the answers say, malformed ones too."""
    keys = KeyDesk(Desk(replace(shared, addresses=AddressPolicy(tries=3)), session))
    outcomes = [code(keys.step.submit(keys.desk.open(), "{", browser())) for _ in range(4)]
    assert outcomes == [Code.PASSKEY_MALFORMED] * 3 + [Code.THROTTLED]


def test_challenges_are_made_in_bounds(keys: KeyDesk) -> None:
    """One sign-in may ask for forty in five minutes, which is more than anybody taps."""
    transaction = keys.desk.open()
    outcomes = [keys.step.options(transaction) for _ in range(41)]
    assert [isinstance(outcome, Refusal) for outcome in outcomes] == [False] * 40 + [True]


def test_a_sign_in_that_is_over_asks_for_nothing(keys: KeyDesk) -> None:
    """Neither options nor answers, once the step is done."""
    soft = keys.give(keys.desk.person("testa"))
    transaction = keys.desk.open()
    options = keys.options(transaction)
    moved = keys.desk.transactions.advance(transaction, Move.DENY)
    assert isinstance(moved, Transaction)
    assert code(keys.step.options(moved)) is Code.TRANSACTION_STATE
    assert code(keys.step.submit(moved, json.dumps(soft.use(options)), browser())) is Code.TRANSACTION_STATE


def test_one_handle_for_all_passkeys_of_a_person(keys: KeyDesk) -> None:
    """Random, the same for each, another for others; a credential that anybody has cannot be added again."""
    person, other = keys.desk.person("testa"), keys.desk.person("testb")
    first, second, third = keys.give(person), keys.give(person), keys.give(other)
    assert first.user_handle == second.user_handle != third.user_handle
    assert len(first.user_handle or b"") == 32
    excluded = {as_bytes(item["id"]) for item in keys.ask(person)["excludeCredentials"]}
    assert excluded == {first.credential_id, second.credential_id}
    made = keys.finish(other, SoftKey(ORIGIN, credential_id=first.credential_id).make(keys.ask(other)))
    assert not isinstance(made, Refusal)
    assert code(keys.store.add(other, made, "Stolen")) is Code.PASSKEY_EXISTS
    assert keys.passkey(first).subscriber_id == person


def test_an_account_holds_twenty(keys: KeyDesk) -> None:
    """The next one is refused before the device is asked, and once more when it is stored."""
    person = keys.desk.person("testa")
    waiting = SoftKey(ORIGIN).make(keys.ask(person))
    for _ in range(MAX_PASSKEYS):
        keys.give(person)
    made = keys.finish(person, waiting)
    assert not isinstance(made, Refusal)
    assert code(keys.store.add(person, made, "One more")) is Code.PASSKEY_LIMIT


def test_names_are_sealed_and_changed_by_their_owner_only(keys: KeyDesk) -> None:
    """The row does not show the name; somebody else's passkey is not found."""
    person, other = keys.desk.person("testa"), keys.desk.person("testb")
    passkey = keys.passkey(keys.give(person, name="Red telephone"))
    assert keys.store.name_of(passkey) == "Red telephone"
    assert b"Red telephone" not in passkey.sealed_name
    assert code(keys.store.rename(other, passkey.id, "Mine now")) is Code.PASSKEY_UNKNOWN
    assert code(keys.store.remove(other, passkey.id, keep_one=False)) is Code.PASSKEY_UNKNOWN
    assert keys.store.rename(person, passkey.id, "Blue telephone") is None
    assert keys.store.name_of(keys.store.held_by(person)[0]) == "Blue telephone"


def test_the_last_one_stays_where_nothing_else_opens(keys: KeyDesk) -> None:
    """With `keep_one` all but one can be removed; without it, that one too."""
    person = keys.desk.person("testa")
    first, second = keys.passkey(keys.give(person)), keys.passkey(keys.give(person))
    assert keys.store.remove(person, first.id, keep_one=True) is None
    assert code(keys.store.remove(person, second.id, keep_one=True)) is Code.PASSKEY_LAST
    assert keys.store.remove(person, second.id, keep_one=False) is None
    assert keys.store.held_by(person) == []


class TestRaces:
    """Many at the same moment, each in a transaction of its own."""

    @pytest.fixture
    def own(self, shared: Shared, own_database: Engine) -> Any:
        """Runs work in a request of its own, which commits."""
        with committing(own_database) as committer:
            mine = replace(shared, committer=committer)

            def run(work: Any) -> Any:
                with Session(own_database) as session:
                    outcome = work(KeyDesk(Desk(mine, session)))
                    session.commit()
                    return outcome

            yield run

    def test_one_challenge_signs_in_once(self, own: Any) -> None:
        """Fifty uses of one answer: one session, for all others the challenge is spent."""
        person = own(lambda keys: keys.desk.person("testa"))
        soft = own(lambda keys: keys.give(person))
        transaction = own(lambda keys: keys.desk.open())
        text = json.dumps(soft.use(own(lambda keys: keys.options(transaction))))

        def present(number: int) -> Any:
            at = browser(f"198.51.100.{number}")
            return own(lambda keys: keys.step.submit(transaction, text, at))

        with ThreadPoolExecutor(50) as pool:
            outcomes = list(pool.map(present, range(50)))
        assert sum(isinstance(outcome, Completed) for outcome in outcomes) == 1
        refused = {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)}
        assert refused <= {Code.PASSKEY_CHALLENGE, Code.THROTTLED}

    def test_one_count_is_used_once(self, own: Any) -> None:
        """Two copies of a key with the same count at the same moment, each with a challenge of its own: one gets in."""
        person = own(lambda keys: keys.desk.person("testa"))
        soft = own(lambda keys: keys.give(person))
        soft.counter = 9
        begun = [own(lambda keys: keys.desk.open()) for _ in range(10)]
        texts = [json.dumps(soft.use(own(lambda keys, at=place: keys.options(at)))) for place in begun]
        with ThreadPoolExecutor(10) as pool:
            outcomes = list(
                pool.map(
                    lambda pair: own(lambda keys: keys.step.submit(*pair, browser())), zip(begun, texts, strict=True)
                )
            )
        assert sum(isinstance(outcome, Completed) for outcome in outcomes) == 1
        assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {Code.PASSKEY_COUNTER}

    def test_removals_at_once_leave_one(self, own: Any, own_database: Engine, shared: Shared) -> None:
        """Each alone would leave the other: the second waits for the first, and is then refused."""
        person = own(lambda keys: keys.desk.person("testa"))
        softs = [own(lambda keys: keys.give(person)) for _ in range(2)]
        first, second = [own(lambda keys, one=soft: keys.passkey(one).id) for soft in softs]

        def remove(passkey_id: uuid.UUID) -> Any:
            return own(lambda keys: keys.store.remove(person, passkey_id, keep_one=True))

        with ThreadPoolExecutor(1) as pool, Session(own_database) as session:
            assert KeyDesk(Desk(shared, session)).store.remove(person, first, keep_one=True) is None
            waiting = pool.submit(remove, second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            session.commit()
            assert code(waiting.result(timeout=20)) is Code.PASSKEY_LAST
        left = own(lambda keys: keys.desk.session.scalars(select(PasskeyRow.id)).all())
        assert left == [second]
