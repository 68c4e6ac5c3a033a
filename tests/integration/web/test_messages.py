"""From a change in the application to a message that somebody reads: queue, worker, sender, standing."""

import datetime as dt
import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from idp.cli.purge import purge_what_is_over
from idp.cli.worker import deliver
from idp.errors import Code, Refusal
from idp.notices import Contact, Notice
from idp.outbox import Channel, Message
from idp.outbox.delivery import KEPT_FOR, LEASE, WAITS
from idp.outbox.message import State
from idp.outbox.models import MessageRow, SmsBudgetRow
from idp.outbox.standing import Standings
from idp.web.extensions import db
from idp.web.rooms import notices, outbox
from tests.factories.mail_servers import MailBox, gateway, mail_server
from tests.integration.web.conftest import OpenSite, Site
from tests.integration.web.post import MAIL, PHONE, Post

pytestmark = pytest.mark.integration


@pytest.fixture
def post(site: Site) -> Iterator[Post]:
    """Messages of a site that writes them into files."""
    post = Post(site)
    yield post
    post.clear()


def test_notice_goes_to_every_proven_contact_point_and_no_other(post: Post) -> None:
    """Both proven addresses are told, one that is left out is not, one that is not proven never is."""
    person = post.person()
    other = post.person(email="second@people.example", phone_number_verified=False)
    with post.site.app.app_context():
        told = notices().tell(person.id, Notice.PASSWORD_CHANGED, {"device": "Firefox on Android"})
        assert len(told.messages) == 2
        assert not told.refused
        assert len(notices().tell(person.id, Notice.PASSWORD_CHANGED, except_address=MAIL).messages) == 1
        assert len(notices().tell(other.id, Notice.PASSWORD_CHANGED).messages) == 1
        old = [Contact(Channel.EMAIL, "old@people.example")]
        assert len(notices().tell(other.id, Notice.CONTACT_CHANGED, also=old).messages) == 2
        db.session.commit()
    assert post.work() == 6
    sent = [(mail["notice"], mail["to"]) for mail in post.files()]
    assert sorted(sent) == sorted(
        [
            ("password_changed", MAIL),
            ("password_changed", PHONE),
            ("password_changed", PHONE),
            ("password_changed", "second@people.example"),
            ("contact_changed", "second@people.example"),
            ("contact_changed", "old@people.example"),
        ]
    )
    mail = next(mail for mail in post.files() if mail["to"] == MAIL)
    assert mail["subject"] == "Your WanGov ID password was changed"
    assert "On: Firefox on Android" in mail["text"]


def test_nothing_is_queued_without_the_change(post: Post) -> None:
    """A transaction that is rolled back leaves no message, no job and no used budget."""
    with post.site.app.app_context():
        outbox().queue(Message(None, Channel.SMS, PHONE, "code", "en", {"code": "482915"}))
        db.session.rollback()
    assert [post.count(name) for name in ("outbox_message", "procrastinate_jobs", "sms_budget")] == [0, 0, 0]
    post.queued(Channel.SMS)
    assert [post.count(name) for name in ("outbox_message", "procrastinate_jobs", "sms_budget")] == [1, 1, 1]


def test_what_a_message_says_is_readable_nowhere_and_forgotten_when_sent(post: Post) -> None:
    """Neither address nor code stands in the database, in the queue's tables or, once sent, anywhere at all."""
    person = post.person()
    ids = [post.queued(), post.queued(subscriber_id=person.id), post.queued(Channel.SMS)]
    with post.site.app.app_context():
        rows = db.session.execute(text("select cast(m as text) from outbox_message m")).scalars().all()
        jobs = db.session.execute(text("select cast(j as text) from procrastinate_jobs j")).scalars().all()
    stored = "\n".join([*rows, *jobs])
    for secret in ("482915", MAIL, PHONE, "testa", MAIL.encode().hex(), b"482915".hex()):
        assert secret not in stored
    assert all(post.row(message_id).sealed for message_id in ids)
    assert post.work() == 3
    for message_id in ids:
        row = post.row(message_id)
        assert (row.state, row.sealed, row.failure, row.tries) == ("sent", None, None, 1)
        assert row.sent_at is not None


def test_message_of_an_erased_person_is_not_sent(post: Post) -> None:
    """Once the person's keys are destroyed nobody can read where it should go."""
    person = post.person()
    message_id = post.queued(subscriber_id=person.id)
    with post.site.app.app_context():
        db.session.execute(text("delete from person_key where person_id = :id"), {"id": person.id})
        db.session.commit()
    post.work()
    assert (post.standing(message_id).state, post.standing(message_id).failure) == (State.FAILED, "erased")
    assert not post.files()


@pytest.mark.parametrize(
    ("channel", "to"),
    [
        (Channel.EMAIL, "testa@people.example\r\nBcc: victim@people.example"),
        (Channel.EMAIL, "testa"),
        (Channel.SMS, "+1 900 555 0123"),
        (Channel.SMS, "testa@people.example"),
    ],
)
def test_address_that_is_none_is_refused_at_once(post: Post, channel: Channel, to: str) -> None:
    """Whoever queues is told, and nothing is stored."""
    assert post.queue(channel, to=to) == Refusal(Code.MESSAGE_ADDRESS, channel.value)
    assert post.count("outbox_message") == 0


def test_code_is_not_sent_after_its_time(post: Post) -> None:
    """A message that has expired when its turn comes is given up, unread, and audited."""
    expires = dt.datetime.fromtimestamp(post.site.clock.now(), dt.UTC) + dt.timedelta(minutes=10)
    message_id = post.queued(expires_at=expires)
    post.site.clock.advance(601)
    post.work()
    row = post.row(message_id)
    assert (row.state, row.failure, row.sealed) == ("failed", "expired", None)
    assert not post.files()
    last = post.site.audit(event="message.failed")[-1]
    assert last.body == {"channel": "email", "notice": "code", "reason": "expired"}


def test_many_workers_send_each_message_once(post: Post) -> None:
    """Ten at a time, all after the same messages: each is handed over once."""
    ids = [post.queued() for _ in range(10)]
    barrier = threading.Barrier(10)

    def race(number: int) -> None:
        barrier.wait()
        with post.site.app.app_context():
            for message_id in ids[number:] + ids[:number]:
                deliver(str(message_id))

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(race, range(10)))
    assert {post.row(message_id).tries for message_id in ids} == {1}
    assert len(post.files()) == 10


def test_message_of_a_dead_worker_comes_up_again(post: Post) -> None:
    """Claimed and never noted down: after the lease somebody else sends it."""
    message_id = post.queued()
    with post.site.app.app_context():
        from idp.cli.worker import _delivery

        assert _delivery().claim() is not None
        db.session.commit()
    assert post.work() == 0
    assert post.standing(message_id).state is State.WAITING
    post.site.clock.advance(LEASE.total_seconds() + 1)
    assert post.work() == 1
    assert (post.row(message_id).state, post.row(message_id).tries) == ("sent", 2)


def test_failed_tries_wait_longer_and_longer_and_then_end(open_site: OpenSite) -> None:
    """Each wait is as the table says; after the last, the person and the operators can see that it was given up."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with open_site(**_mail_settings(port)) as site:
        post = Post(site)
        person = post.person()
        message_id = post.queued(subscriber_id=person.id, secret=False)
        for number, wait in enumerate(WAITS, start=1):
            assert post.work() == 1
            standing = post.standing(message_id)
            assert (standing.state, standing.failure, standing.tries) == (State.WAITING, "unreachable", number)
            assert post.work() == 0
            site.clock.advance(wait.total_seconds() + 1)
        assert post.work() == 1
        assert (post.standing(message_id).state, post.standing(message_id).failure) == (State.FAILED, "given_up")
        with site.app.app_context():
            (unreached,) = Standings(db.session(), site.services.clock).unreached(person.id)
        assert (unreached.id, unreached.channel) == (message_id, Channel.EMAIL)
        assert site.events(person)[-1] == "message.failed"
        listed = site.app.test_cli_runner().invoke(args=["outbox", "list", "--json"])
        (entry,) = json.loads(listed.stdout)
        assert (entry["id"], entry["state"], entry["failure"]) == (str(message_id), "failed", "given_up")
        assert MAIL not in listed.stdout
        visitor = site.visitor()
        visitor.get("/account")
        site.sign_in(visitor, person)
        assert "Our last mail to your e-mail address did not arrive." in visitor.page.text
        assert "Our last text message" not in visitor.page.text


def test_operator_has_a_message_sent_again(open_site: OpenSite) -> None:
    """What failed is sent by `outbox retry` once the server is back; what was sent, and codes given up, are refused."""
    box = MailBox()
    box.after = "554 no"
    with mail_server(box) as port, open_site(**_mail_settings(port)) as site:
        post = Post(site)
        message_id, code_id = post.queued(secret=False), post.queued()
        post.work()
        assert {post.standing(one).failure for one in (message_id, code_id)} == {"rejected"}
        box.after = "250 taken"
        run = site.app.test_cli_runner()
        assert run.invoke(args=["outbox", "retry", str(message_id), "--json"]).exit_code == 0
        post.work()
        assert post.standing(message_id).state is State.SENT
        assert len(box.mails) == 1
        for gone in (message_id, code_id):
            refused = run.invoke(args=["outbox", "retry", str(gone), "--json"])
            assert refused.exit_code == 1
            assert json.loads(refused.stdout)["error"] == "message.state"
        assert site.audit(event="message.retried")[-1].actor == "operator"


def test_words_of_a_mail_server_reach_no_log(open_site: OpenSite, capfd: pytest.CaptureFixture[str]) -> None:
    """A server that repeats the address and adds its own words leaves a code of ours and nothing else."""
    box = MailBox()
    box.refuse[MAIL] = f"550 5.1.1 <{MAIL}> Testa Person moved away"
    with mail_server(box) as port, open_site(**_mail_settings(port)) as site:
        post = Post(site)
        post.queued()
        capfd.readouterr()
        post.work()
        spoken = "".join(capfd.readouterr())
        (row,) = site.audit(event="message.failed")
    assert '"message_not_sent"' in spoken
    assert '"recipient"' in spoken
    assert row.body["reason"] == "recipient"
    for said in (MAIL, "Testa", "moved", "482915"):
        assert said not in spoken


def test_messages_wait_for_an_operator_where_no_sender_is_set(open_site: OpenSite) -> None:
    """Outside of development a message without a way out is held, and sent once there is one."""
    with open_site(WANGOV_ENVIRONMENT="staging", WANGOV_TEST_CLOCK="") as site:
        post = Post(site)
        message_id = post.queued(secret=False)
        assert post.work() == 1
        assert (post.standing(message_id).state, post.standing(message_id).failure) == (State.HELD, "no_sender")
        assert post.work() == 0
        done = site.app.test_cli_runner().invoke(args=["outbox", "retry", "--held", "--json"])
        assert [entry["id"] for entry in json.loads(done.stdout)] == [str(message_id)]
        assert post.standing(message_id).state is State.WAITING


def test_text_message_goes_through_the_gateway(open_site: OpenSite) -> None:
    """Number in E.164, one message long, with nothing about the person but the code."""
    with gateway() as (got, port):
        settings = {
            "WANGOV_SMS_GATEWAY": f"http://127.0.0.1:{port}/sms",
            "WANGOV_SMS_TOKEN": "gateway token",
            "WANGOV_OUTBOUND_ALLOW_LOOPBACK": "true",
        }
        with open_site(**settings) as site:
            post = Post(site)
            post.queued(Channel.SMS, to="076 000001")
            post.work()
    (message,) = got.messages
    assert message["to"] == PHONE
    assert message["text"] == "WanGov ID: your code is 482915. Never tell it to anybody."
    assert got.headers[0]["Authorization"] == "Bearer gateway token"


def test_budget_of_a_network_ends_and_begins_anew_the_next_day(open_site: OpenSite) -> None:
    """The message over the budget is refused, other networks and mail are not, and tomorrow there is a new one."""
    with open_site(WANGOV_SMS_BUDGET_HOME="3", WANGOV_SMS_BUDGET_ABROAD="1") as site:
        post = Post(site)
        for number in range(3):
            assert isinstance(post.queue(Channel.SMS, to=f"+2327600000{number}"), UUID)
        assert post.queue(Channel.SMS) == Refusal(Code.MESSAGE_BUDGET, "network 232-76")
        assert isinstance(post.queue(Channel.SMS, to="+23230000001"), UUID)
        assert isinstance(post.queue(Channel.SMS, to="+447700900123"), UUID)
        assert isinstance(post.queue(Channel.SMS, to="+447700900124"), Refusal)
        assert isinstance(post.queue(), UUID)
        person = post.person()
        with site.app.app_context():
            told = notices().tell(person.id, Notice.PASSWORD_CHANGED)
            assert (len(told.messages), [no.code for no in told.refused]) == (1, [Code.MESSAGE_BUDGET])
            db.session.commit()
        site.clock.advance(86_400)
        assert isinstance(post.queue(Channel.SMS), UUID)


def test_budget_holds_when_fifty_ask_at_once(open_site: OpenSite) -> None:
    """Of fifty text messages at the same moment exactly as many are queued as the budget has."""
    with open_site(WANGOV_SMS_BUDGET_HOME="7") as site:
        post = Post(site)
        barrier = threading.Barrier(4)

        def race(first: int) -> int:
            barrier.wait()
            return sum(isinstance(post.queue(Channel.SMS), UUID) for _ in range(first, 50, 4))

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(race, range(4))) == 7
        assert post.count("outbox_message") == 7


def test_old_messages_and_budgets_are_forgotten(post: Post) -> None:
    """A month after it was sent nothing is left of a message; one that waits is left alone."""
    sent, waiting = post.queued(Channel.SMS), post.queued()
    with post.site.app.app_context():
        deliver(str(sent))
        db.session.execute(update(MessageRow).where(MessageRow.id == waiting).values(state="held"))
        db.session.commit()
        post.site.clock.advance(KEPT_FOR.total_seconds() + 86_401)
        purge_what_is_over()
        assert db.session.scalars(select(MessageRow.id)).all() == [waiting]
        assert db.session.scalar(select(func.count()).select_from(SmsBudgetRow)) == 0


def test_files_of_development_are_for_their_owner_alone(post: Post) -> None:
    """One file for people and one for programs, in a folder that nobody else can open."""
    message_id = post.queued()
    post.work()
    folder: Path = post.site.services.options.data / "outbox"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == {f"{message_id}.json", f"{message_id}.txt"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    shown = (folder / f"{message_id}.txt").read_text(encoding="utf-8")
    assert re.match(rf"To: {re.escape(MAIL)}\nSubject: Your code for WanGov ID\n\nHello,\n", shown)


def _mail_settings(port: int) -> dict[str, str]:
    return {
        "WANGOV_MAIL_SERVER": "localhost",
        "WANGOV_MAIL_PORT": str(port),
        "WANGOV_MAIL_SECURITY": "none",
        "WANGOV_MAIL_FROM": "no-reply@id.example",
        "WANGOV_MAIL_TIMEOUT_SECONDS": "2",
    }
