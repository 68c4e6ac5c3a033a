import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from idp.authenticators.models import OneTimeCodeRow
from idp.authenticators.one_time_code import CodePurpose, OneTimeCodes, Sent
from idp.authenticators.purging import purge_codes
from idp.errors import Code, Refusal
from idp.outbox import Channel, Outbox, SmsBudget
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from tests.factories.keys import sealer
from tests.factories.signin import Desk, Shared

pytestmark = pytest.mark.integration
ADDRESS = "testa@people.example"
NUMBER = "+232 76 000 001"
SIGNIN = CodePurpose.SIGNIN
WRONG, OVER = Refusal(Code.MESSAGE_CODE_WRONG), Refusal(Code.MESSAGE_CODE_OVER)


class Post:
    """The service of one request, and a look into what it wrote."""

    def __init__(self, shared: Shared, desk: Desk, budget: SmsBudget | None = None) -> None:
        self.desk = desk
        self.sealer = sealer(shared.keys)
        outbox = Outbox(desk.session, self.sealer, shared.clock, desk.entropy, budget)
        self.codes = OneTimeCodes(desk.session, shared.keys, outbox, shared.clock, desk.entropy, desk.trail)

    def send(
        self,
        bound_to: str = "one",
        address: str = ADDRESS,
        purpose: CodePurpose = SIGNIN,
        person: uuid.UUID | None = None,
        channel: Channel = Channel.EMAIL,
    ) -> Sent | Refusal:
        """Send a code."""
        return self.codes.send(purpose, bound_to, channel, address, person, "en")

    def delivered(self, bound_to: str = "one", address: str = ADDRESS, purpose: CodePurpose = SIGNIN) -> str:
        """The code that the message of a successful sending says."""
        sent = self.send(bound_to, address, purpose)
        assert isinstance(sent, Sent), sent
        return self.read(sent.id)

    def read(self, message_id: uuid.UUID) -> str:
        """The code in a message."""
        row = self.desk.session.get_one(MessageRow, message_id)
        assert row.sealed is not None
        opened = open_content(self.desk.session, self.sealer, self.desk.clock, row.id, row.subscriber_id, row.sealed)
        assert opened is not None
        assert opened.secret
        return opened.parameters["code"]


@pytest.fixture
def post(shared: Shared, desk: Desk) -> Post:
    """Codes by message over a transaction that is rolled back."""
    return Post(shared, desk)


def another(code: str) -> str:
    """Six digits that are not this code."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_right_code_once(post: Post) -> None:
    """What the message says is right, and then spent."""
    code = post.delivered()
    assert len(code) == 6
    assert post.codes.spend(SIGNIN, "one", code) is None
    assert post.codes.spend(SIGNIN, "one", code) == OVER


def test_five_tries(post: Post) -> None:
    """After five wrong codes the right one is worth nothing."""
    code = post.delivered()
    assert [post.codes.spend(SIGNIN, "one", another(code)) for _ in range(5)] == [WRONG] * 5
    assert post.codes.spend(SIGNIN, "one", code) == OVER
    assert post.codes.under_way(SIGNIN, "one") is None


def test_ten_minutes(post: Post) -> None:
    """A code is good for ten minutes, by the clock of whoever checks it and not of a cleaner."""
    code = post.delivered()
    post.desk.clock.advance(minutes=10)
    assert post.codes.spend(SIGNIN, "one", code) == OVER
    assert post.codes.under_way(SIGNIN, "one") is None


def test_bound_to_purpose_transaction_and_address(post: Post) -> None:
    """AC-085: nowhere else is the code worth anything, and trying it elsewhere does not use it up."""
    code = post.delivered()
    for purpose in set(CodePurpose) - {SIGNIN}:
        assert post.codes.spend(purpose, "one", code) == OVER
    assert post.codes.spend(SIGNIN, "two", code) == OVER
    assert post.codes.spend(SIGNIN, "one", code, "other@people.example") == OVER
    assert post.codes.spend(SIGNIN, "one", code, ADDRESS) is None


def test_a_row_moved_to_another_purpose(post: Post) -> None:
    """AC-085: not even the table can turn a code for one thing into a code for another."""
    code = post.delivered(purpose=CodePurpose.CONTACT)
    post.desk.session.execute(update(OneTimeCodeRow).values(purpose=SIGNIN.value))
    assert post.codes.spend(SIGNIN, "one", code) == WRONG


def test_the_newest_counts(post: Post) -> None:
    """A code asked for again takes the older one's place."""
    first = post.delivered()
    post.desk.clock.advance(seconds=30)
    second = post.delivered()
    if first != second:
        assert post.codes.spend(SIGNIN, "one", first) == WRONG
    assert post.codes.spend(SIGNIN, "one", second) is None


def test_growing_pauses(post: Post) -> None:
    """After each message the next one waits twice as long; the sixth waits for the end of the hour."""
    waits = []
    for _ in range(6):
        sent = post.send()
        while isinstance(sent, Refusal):
            assert sent.code is Code.THROTTLED
            assert sent.detail == "message"
            waits.append(sent.retry_after)
            post.desk.clock.advance(seconds=sent.retry_after or 0)
            sent = post.send()
    assert waits == [30, 60, 120, 240, 3600 - 450]


def test_an_address_is_one_however_it_is_written(post: Post) -> None:
    """Neither case nor another sign-in, purpose or person gives an address more messages."""
    assert isinstance(post.send(), Sent)
    for refused in (post.send("two"), post.send(address=ADDRESS.upper()), post.send(purpose=CodePurpose.RECOVERY)):
        assert refused == Refusal(Code.THROTTLED, "message", retry_after=30)
    assert isinstance(post.send(address="other@people.example"), Sent)


def test_a_person_cannot_send_to_the_world(post: Post) -> None:
    """Ten messages an hour for one person, at whatever addresses."""
    person = post.desk.person("testa")
    sent = [post.send("one", f"a{number}@people.example", person=person) for number in range(11)]
    assert all(isinstance(one, Sent) for one in sent[:10])
    assert sent[10] == Refusal(Code.THROTTLED, "message", retry_after=3600)


def test_an_address_nobody_may_write_to(post: Post) -> None:
    """What the outbox refuses is refused, and an older code stays good."""
    code = post.delivered()
    assert post.send(address="no address") == Refusal(Code.MESSAGE_ADDRESS, "email")
    assert post.codes.spend(SIGNIN, "one", code) is None


def test_the_budget_for_text_messages(shared: Shared, desk: Desk) -> None:
    """Where a network's messages are used up for the day, the person is told so."""
    post = Post(shared, desk, SmsBudget(home=1))
    assert isinstance(post.send(address=NUMBER, channel=Channel.SMS), Sent)
    refused = post.send(address="+232 76 000 002", channel=Channel.SMS)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.MESSAGE_BUDGET


@pytest.mark.parametrize("state", ["waiting", "sent", "held", "failed"])
def test_delivery_can_be_seen(post: Post, state: str) -> None:
    """How the message fares is told as the outbox knows it, with the moment of the next one."""
    sent = post.send()
    assert isinstance(sent, Sent)
    post.desk.session.execute(update(MessageRow).where(MessageRow.id == sent.id).values(state=state))
    seen = post.codes.under_way(SIGNIN, "one")
    assert seen is not None
    assert (seen.state, seen.again_at, seen.channel) == (
        state,
        post.desk.clock.now() + timedelta(seconds=30),
        Channel.EMAIL,
    )


def test_nobody_is_sent_to_like_somebody(post: Post) -> None:
    """A code for nobody waits, pauses and refuses like any other, and is never right."""
    sent = post.codes.pretend(CodePurpose.RECOVERY, "one", Channel.EMAIL, "nobody")
    assert isinstance(sent, Sent)
    assert post.codes.pretend(CodePurpose.RECOVERY, "one", Channel.EMAIL, "nobody") == Refusal(
        Code.THROTTLED, "message", retry_after=30
    )
    assert [post.codes.spend(CodePurpose.RECOVERY, "one", f"{number:06}") for number in range(6)] == [WRONG] * 5 + [
        OVER
    ]
    assert post.desk.session.scalars(select(MessageRow)).all() == []


def test_nothing_readable_is_stored(post: Post) -> None:
    """Neither code nor address stands in the table, nor in the audit row."""
    code = post.delivered()
    row = post.desk.session.scalars(select(OneTimeCodeRow)).one()
    assert code.encode() not in row.digest + row.target
    assert ADDRESS.encode() not in row.target
    written = post.desk.session.execute(
        text("select body::text from audit_event where event = 'message_code.sent'")
    ).scalar_one()
    assert written == '{"channel": "email", "purpose": "signin"}'


def test_old_codes_go(post: Post) -> None:
    """A day later nothing is left of a code."""
    post.delivered()
    post.desk.clock.advance(days=1, seconds=1)
    assert purge_codes(post.desk.session, post.desk.clock.now(), 10) == 1
    assert purge_codes(post.desk.session, post.desk.clock.now(), 10) == 0


def race(own_database: Engine, shared: Shared, bound_to: str, code: str) -> list[Refusal | None]:
    """Fifty parallel uses."""
    begin = threading.Barrier(10)

    def attempt(number: int) -> Refusal | None:
        if number < 10:
            begin.wait(10)
        with Session(own_database) as own:
            answer = Post(shared, Desk(shared, own)).codes.spend(SIGNIN, bound_to, code)
            own.commit()
            return answer

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(attempt, range(50)))


def test_fifty_at_once_spend_a_code_once(own_database: Engine, shared: Shared) -> None:
    """The same code in fifty parallel requests: exactly one success."""
    with Session(own_database) as session:
        code = Post(shared, Desk(shared, session)).delivered()
        session.commit()
    answers = race(own_database, shared, "one", code)
    assert answers.count(None) == 1
    assert answers.count(OVER) == 49


def test_fifty_guesses_at_once_have_five_tries(own_database: Engine, shared: Shared) -> None:
    """Parallel guesses share the five tries of a code."""
    with Session(own_database) as session:
        code = Post(shared, Desk(shared, session)).delivered()
        session.commit()
    answers = race(own_database, shared, "one", another(code))
    assert answers.count(WRONG) == 5
    assert answers.count(OVER) == 45


def test_asking_ten_times_at_once_sends_one(own_database: Engine, shared: Shared) -> None:
    """A button that is pressed many times sends one message."""
    begin = threading.Barrier(10)

    def ask(_: int) -> Sent | Refusal:
        begin.wait(10)
        with Session(own_database) as own:
            sent = Post(shared, Desk(shared, own)).send()
            own.commit()
            return sent

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    assert sum(isinstance(answer, Sent) for answer in answers) == 1
    assert answers.count(Refusal(Code.THROTTLED, "message", retry_after=30)) == 9
