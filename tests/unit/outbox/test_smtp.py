"""Mail goes out over a real mail server, and every way in which that can fail has a name of ours."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idp.outbox.message import Channel
from idp.outbox.senders.smtp import MailServer, Security, SmtpSender
from idp.outbox.sending import Envelope, Failure, Outcome
from tests.factories.mail_servers import PASSWORD, USER, MailBox, certificate, mail_server, server_context, talking
from tests.factories.moments import StillClock

SENT = Outcome()


def envelope(**changes: Any) -> Envelope:
    """A message to somebody made up."""
    values = {
        "reference": "0197f3a2-0000-7000-8000-000000000001",
        "channel": Channel.EMAIL,
        "to": "testa@people.example",
        "subject": "Your code for WanGov ID",
        "text": "Your code is 123456\n\nKushɛ ŋ ɔ ə: dots\n.\n..\nand a last line\n",
        "language": "en",
        "notice": "code",
    }
    return Envelope(**(values | changes))


def sender(port: int, security: Security = Security.NONE, seconds: float = 2.0, **changes: Any) -> SmtpSender:
    """A sender to a server on this machine."""
    server = MailServer(
        host="localhost",
        port=port,
        security=security,
        sender="no-reply@id.example",
        sender_name="WanGov ID, Ɔfis",
        seconds=seconds,
        **changes,
    )
    return SmtpSender(server, StillClock())


def test_mail_arrives_as_it_was_written() -> None:
    """Subject, sender, text with every letter and dot, and the headers that keep machines from answering."""
    box = MailBox()
    with mail_server(box) as port:
        assert sender(port).send(envelope()) == SENT
    (mail,) = box.mails
    assert box.recipients == ["testa@people.example"]
    assert mail["Subject"] == "Your code for WanGov ID"
    assert mail["From"].addresses[0].display_name == "WanGov ID, Ɔfis"
    assert mail["From"].addresses[0].addr_spec == "no-reply@id.example"
    assert mail["To"] == "testa@people.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<0197f3a2-0000-7000-8000-000000000001@id.example>"
    assert mail["Date"].datetime == StillClock().now()
    assert mail.get_content().splitlines() == envelope().text.splitlines()


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_mail_goes_over_tls_with_a_login(security: Security, tmp_path: Path) -> None:
    """With STARTTLS and with TLS from the first byte the mail and the password travel encrypted."""
    files, authority = certificate(tmp_path)
    box, context = MailBox(), server_context(files)
    ways = {"starttls": context} if security is Security.STARTTLS else {"tls": context}
    with mail_server(box, login=True, **ways) as port:
        given: dict[str, Any] = {"user": USER, "password": PASSWORD, "ca_file": authority}
        assert sender(port, security, **given).send(envelope()) == SENT
        assert sender(port, security, **given | {"password": "wrong"}).send(envelope()).failure is Failure.LOGIN
    assert len(box.mails) == 1
    assert box.secure == [True] or security is Security.TLS


def test_certificate_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A server whose certificate no trusted authority made gets no mail."""
    files, _ = certificate(tmp_path)
    box = MailBox()
    with mail_server(box, tls=server_context(files)) as port:
        assert sender(port, Security.TLS).send(envelope()) == Outcome(Failure.TLS)
    assert not box.mails


def test_server_without_starttls_gets_nothing() -> None:
    """Where STARTTLS is wanted and not offered, nothing is sent in the clear instead."""
    box = MailBox()
    with mail_server(box) as port:
        assert sender(port, Security.STARTTLS).send(envelope()) == Outcome(Failure.LOGIN)
    assert not box.mails


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("550 5.1.1 <testa@people.example>: no such user", Failure.RECIPIENT),
        ("450 4.2.1 mailbox busy", Failure.BUSY),
        ("530 5.7.0 log in first", Failure.LOGIN),
    ],
)
def test_refused_recipient_is_told_from_a_busy_one(answer: str, failure: Failure) -> None:
    """An address that is none is final, a busy mailbox is not, a complaint about us is for the operator."""
    box = MailBox()
    box.refuse["testa@people.example"] = answer
    with mail_server(box) as port:
        assert sender(port).send(envelope()) == Outcome(failure)


@pytest.mark.parametrize(("answer", "failure"), [("554 spam", Failure.REJECTED), ("451 later", Failure.BUSY)])
def test_refused_text_is_told_from_a_busy_server(answer: str, failure: Failure) -> None:
    """A text that is refused for good is final, a server that is busy is not."""
    box = MailBox()
    box.after = answer
    with mail_server(box) as port:
        assert sender(port).send(envelope()) == Outcome(failure)


def test_refused_connection_is_unreachable() -> None:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert sender(port).send(envelope()) == Outcome(Failure.UNREACHABLE)


def _silent(wire: socket.socket) -> None:
    wire.recv(1)


def _turns_away(wire: socket.socket) -> None:
    wire.sendall(b"421 come back later\r\n")


def _hangs_up(wire: socket.socket) -> None:
    wire.sendall(b"220 here\r\n")
    wire.recv(1000)


def _half_an_answer(wire: socket.socket) -> None:
    wire.sendall(b"220 here\r\n")
    wire.recv(1000)
    wire.sendall(b"25")


def _nonsense(wire: socket.socket) -> None:
    wire.sendall(b"\xff\xfe\x00 no mail server\r\n" * 3)
    wire.recv(1000)


def _endless(wire: socket.socket) -> None:
    wire.sendall(b"220 here\r\n")
    wire.recv(1000)
    while True:
        wire.sendall(b"250-and more\r\n")
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("speak", "failures"),
    [
        (_silent, {Failure.TIMEOUT}),
        (_turns_away, {Failure.BUSY}),
        (_hangs_up, {Failure.PROTOCOL}),
        (_half_an_answer, {Failure.PROTOCOL}),
        (_nonsense, {Failure.BUSY, Failure.PROTOCOL}),
        (_endless, {Failure.TIMEOUT}),
    ],
)
def test_server_that_misbehaves_is_left_in_time(speak: Callable[[socket.socket], None], failures: set[Failure]) -> None:
    """Silence, half answers, nonsense and talk without end are cut off, and the message is kept for later."""
    begun = time.monotonic()
    with talking(speak) as port:
        outcome = sender(port, seconds=0.3).send(envelope())
        taken = time.monotonic() - begun
    assert outcome.failure in failures
    assert not outcome.final
    assert taken < 2


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "testa@people.example\r\nBcc: victim@people.example"},
        {"to": "testa@people.example\nBcc: victim@people.example"},
        {"to": "testa@people.example\u2028Bcc: victim@people.example"},
        {"subject": "Hello\r\nBcc: victim@people.example"},
        {"subject": "Hello\nX: y"},
        {"subject": "Hello\x0bX: y"},
        {"subject": "Hello\u0085X: y"},
    ],
)
def test_no_header_can_be_forged(changes: dict[str, str]) -> None:
    """AC-117: a line break in an address or a subject sends nothing at all."""
    box = MailBox()
    with mail_server(box) as port:
        assert sender(port).send(envelope(**changes)) == Outcome(Failure.ADDRESS)
    assert not box.mails


def test_address_that_the_server_cannot_write_is_final() -> None:
    """Letters before the @ that need SMTPUTF8 are not sent to a server without it."""
    with mail_server(MailBox()) as port:
        assert sender(port).send(envelope(to="kɔlɛ@people.example")) == Outcome(Failure.ADDRESS)


def test_line_that_looks_like_a_header_stays_in_the_text() -> None:
    """What is said in the text cannot become a header."""
    box = MailBox()
    with mail_server(box) as port:
        assert sender(port).send(envelope(text="Bcc: victim@people.example\n\nhello\n")) == SENT
    assert box.mails[0]["Bcc"] is None
    assert box.recipients == ["testa@people.example"]
