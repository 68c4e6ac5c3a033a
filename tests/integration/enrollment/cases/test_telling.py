"""What applicants are told, where, in which words, and that nobody waits for a week without a message."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from enrollment.cases import Kind, Moved, Reason, State
from enrollment.cases.errands import ISSUE, TELL
from enrollment.cases.telling import Telling
from idp.audit import Trail
from idp.notices import Notices
from idp.outbox import Outbox
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from idp.subscribers import Directory
from tests.factories.cases import WORKER, Counter
from tests.factories.keys import purpose_keys, sealer
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration


@dataclass
class Post:
    """A counter, and what it writes to people."""

    counter: Counter
    read: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        held = self.counter
        self.keys = purpose_keys()
        self.sealer = sealer(self.keys)
        trail = Trail(held.session, held.clock, held.entropy)
        directory = Directory(held.session, self.sealer, self.keys, held.clock, held.entropy, trail)
        outbox = Outbox(held.session, self.sealer, held.clock, held.entropy)
        self.telling = Telling(held.session, held.cases, Notices(outbox, directory, held.clock), held.clock, trail)

    def news(self) -> list[tuple[str, str, str, str | None]]:
        """Address, what, why and language of the messages that were not read yet."""
        held, found = self.counter, []
        for row in held.session.scalars(select(MessageRow).order_by(MessageRow.id)):
            if row.id in self.read or row.sealed is None:
                continue
            self.read.add(row.id)
            content = open_content(held.session, self.sealer, held.clock, row.id, row.subscriber_id, row.sealed)
            assert content is not None
            told = content.parameters
            found.append((content.to, told["outcome"], told["ground"], content.locale))
        return sorted(found)

    def asked(self, aid: str) -> list[str]:
        """The jobs that wait for this application."""
        wanted = text("select task_name from procrastinate_jobs where args ->> 'aid' = :aid order by id")
        return list(self.counter.session.scalars(wanted, {"aid": aid}))


@pytest.fixture
def post(session: Session) -> Post:
    """Nobody was told anything yet."""
    return Post(Counter(session, purpose_keys()))


def signed(post: Post, kind: Kind = Kind.NEW, until: State = State.IN_REVIEW, **person: Any) -> str:
    """An application on its way, of somebody with a telephone and mail."""
    aid = post.counter.opened(kind)
    post.counter.fill(aid, email="testa@people.example", **person)
    post.counter.walk(aid, until)
    return aid


def advance(post: Post, **span: float) -> None:
    """Time goes by."""
    post.counter.clock.advance(**span)  # type: ignore[attr-defined]  # the tests' clock


def test_what_was_returned_is_told_once_where_people_are(post: Post) -> None:
    """By every address that was given, in the language of the consent, with the reason; a second job says nothing."""
    aid = signed(post)
    sent_back = post.counter.lifecycle.send_back(post.counter.order(post.counter.supervisor, aid), Reason.PHOTO)
    assert isinstance(sent_back, Moved)
    assert post.asked(aid)[-1] == TELL
    assert [post.telling.tell(aid), post.telling.tell(aid)] == [2, 0]
    assert post.news() == [
        ("+23200000001", "returned", "photo", "en"),
        ("testa@people.example", "returned", "photo", "en"),
    ]
    assert post.counter.audited("enrolment.told") == [{"aid": aid, "what": "returned", "messages": 2}]


def test_a_number_is_told_and_a_change_otherwise(post: Post) -> None:
    """A slip is to be collected; a change needs nothing more."""
    for kind, until, word in ((Kind.NEW, State.ISSUED, "issued"), (Kind.UPDATE, State.ISSUED, "recorded")):
        aid = signed(post, kind, until, phone=None, no_contact=True)
        assert ISSUE in post.asked(aid)
        assert post.telling.tell(aid) == 1
        assert [news[:2] for news in post.news()] == [("testa@people.example", word)]


def test_who_is_decided_at_once_is_told_once(post: Post) -> None:
    """That it arrived is worth a message only where there is no number within minutes."""
    quick, slow = signed(post, until=State.ISSUED), signed(post, until=State.RECEIVED)
    assert TELL not in post.asked(slow)
    assert post.telling.remind() == 0
    post.telling.tell(quick)
    post.news()
    advance(post, minutes=11)
    assert post.telling.remind() == 1
    assert {news[1] for news in post.news()} == {"received"}
    assert post.telling.remind() == 0


@pytest.mark.parametrize("until", [State.SIGNED, State.IN_REVIEW, State.APPROVED, State.VALIDATED])
def test_nobody_waits_for_a_week_without_a_message(post: Post, until: State) -> None:
    """Wherever it lies, each week says that it is not lost."""
    signed(post, until=until)
    for week in range(3):
        advance(post, days=7, minutes=1)
        assert post.telling.remind() == 1, week
        assert post.telling.remind() == 0
        assert {news[1] for news in post.news()} <= {"waits", "received"}


def test_whose_turn_it_is_is_reminded_of_what_to_do(post: Post) -> None:
    """Who must come again hears that again, with the reason, until the time is over."""
    aid = signed(post, until=State.DEDUP)
    assert isinstance(post.counter.lifecycle.recapture(post.counter.order(WORKER, aid), Reason.QUALITY), Moved)
    post.telling.tell(aid)
    advance(post, days=8)
    assert post.telling.remind() == 1
    assert [news[1:3] for news in post.news()] == [("recapture", "quality")] * 4


def test_a_refusal_comes_with_its_reason(post: Post) -> None:
    """Nobody hears of a no months later and without a why."""
    aid = signed(post)
    order = post.counter.order(post.counter.supervisor, aid)
    assert isinstance(post.counter.lifecycle.reject(order, Reason.EVIDENCE), Moved)
    assert post.telling.tell(aid) == 2
    assert {news[1:3] for news in post.news()} == {("refused", "evidence")}
    advance(post, days=8)
    assert post.telling.remind() == 0


def test_without_telephone_and_mail_a_person_to_ask_for_is_told(post: Post) -> None:
    """Where there is nobody either, the round does not ask for ever: the centre and the receipt say it."""
    other: dict[str, Any] = {"phone": None, "contact_person": "Testa Neighbour", "contact_phone": "+232 00 000 009"}
    aid = post.counter.opened()
    post.counter.fill(aid, **other)
    post.counter.walk(aid, State.ISSUED)
    assert post.telling.tell(aid) == 1
    assert [news[0] for news in post.news()] == ["+23200000009"]
    nobody = post.counter.opened()
    post.counter.fill(nobody, phone=None, no_contact=True)
    post.counter.walk(nobody, State.ISSUED)
    assert [post.telling.tell(nobody), post.telling.tell(nobody)] == [0, 0]


def test_an_account_is_told_where_it_is_proven(post: Post) -> None:
    """Who applied from an account hears it at its proven addresses, once where they are the same."""
    account = store_subscriber(
        post.counter.session, post.keys, post.counter.clock, email="proven@people.example", email_verified=True
    )
    opened = post.counter.lifecycle.open(post.counter.officer, Kind.NEW, post.counter.key(), subscriber_id=account)
    assert isinstance(opened, Moved)
    post.counter.fill(opened.aid, email="proven@people.example", phone=None)
    post.counter.walk(opened.aid, State.IN_REVIEW)
    order = post.counter.order(post.counter.supervisor, opened.aid)
    assert isinstance(post.counter.lifecycle.send_back(order, Reason.DETAILS), Moved)
    assert post.telling.tell(opened.aid) == 1
    assert [news[0] for news in post.news()] == ["proven@people.example"]


def test_messages_name_nobody(post: Post) -> None:
    """The end of the number alone: what goes to a mistyped address says nothing about anybody."""
    aid = signed(post, until=State.ISSUED)
    post.telling.tell(aid)
    held = post.counter
    row = held.session.scalars(select(MessageRow)).first()
    assert row is not None
    assert row.sealed is not None
    content = open_content(held.session, post.sealer, held.clock, row.id, row.subscriber_id, row.sealed)
    assert content is not None
    assert content.parameters["ending"] == aid[-4:]
    said = " ".join(content.parameters.values())
    assert not [word for word in ("Testa", "Person", aid, aid[:10]) if word in said]
