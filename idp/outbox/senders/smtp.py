"""Mail by an operator's mail server: SMTP with STARTTLS or TLS (RFC 5321, RFC 3207, RFC 8314), in bounded time."""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from pathlib import Path

from idp.clock import Clock
from idp.outbox.sending import Envelope, Failure, Outcome

__all__ = ["MailServer", "Security", "SmtpSender", "mail_of"]

# RFC 5321 section 4.2.1: 5yz is final. These speak of our own configuration, which an operator puts right.
_OURS = frozenset({500, 501, 502, 503, 504, 530, 534, 535, 538, 555})
# RFC 3463: the mailbox itself, or what was asked for in its name.
_RECIPIENT = frozenset({550, 551, 553, 556})
_OF_ERROR: tuple[tuple[type[Exception], Failure], ...] = (
    (smtplib.SMTPNotSupportedError, Failure.LOGIN),
    (smtplib.SMTPAuthenticationError, Failure.LOGIN),
    (smtplib.SMTPConnectError, Failure.BUSY),
    (smtplib.SMTPServerDisconnected, Failure.PROTOCOL),
    (TimeoutError, Failure.TIMEOUT),
    (ssl.SSLError, Failure.TLS),
    (ValueError, Failure.PROTOCOL),
)


class Security(StrEnum):
    """How the way to the server is kept secret. `none` is for a server on this very machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. `sender` is the address it comes from, `sender_name` what people see before it.

    `seconds` bounds each step and, twice over, the whole. `ca_file` is for private authorities.
    """

    host: str
    port: int
    security: Security
    sender: str
    sender_name: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    seconds: float = 20.0


class SmtpSender:
    """Hands each message to the mail server over a connection of its own."""

    def __init__(self, server: MailServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    def send(self, envelope: Envelope) -> Outcome:
        """Hand over one mail; sent once the server answered 250 to its text."""
        try:
            mail = mail_of(envelope, self._server, self._clock)
        except (ValueError, TypeError):
            return Outcome(Failure.ADDRESS)
        over = threading.Event()
        try:
            with self._connected(over) as smtp:
                smtp.send_message(mail, from_addr=self._server.sender, to_addrs=[envelope.to])
        except (OSError, ValueError) as error:  # what smtplib raises is an OSError too
            return Outcome(Failure.TIMEOUT) if over.is_set() else _of_error(error, envelope)
        return Outcome()

    @contextmanager
    def _connected(self, over: threading.Event) -> Iterator[smtplib.SMTP]:
        """A server that has let us in, cut off when the time is over however slowly it goes on talking."""
        server = self._server
        authority = None if server.ca_file is None else str(server.ca_file)
        context = None if server.security is Security.NONE else ssl.create_default_context(cafile=authority)
        if server.security is Security.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.seconds, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.seconds)
        wire = smtp.sock
        if wire is None:
            raise smtplib.SMTPServerDisconnected
        watch = threading.Timer(2 * server.seconds, _cut, (smtp, over))
        watch.daemon = True
        watch.start()
        try:
            if server.security is Security.STARTTLS:
                # Without the server's offer this raises: nothing is ever sent in the clear instead.
                smtp.starttls(context=context)
            if server.user:
                smtp.login(server.user, server.password)
            yield smtp
            # The message is taken over by now; a server that says good-bye badly changes nothing about that.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            watch.cancel()
            smtp.close()


def mail_of(envelope: Envelope, server: MailServer, clock: Clock) -> EmailMessage:
    """The mail as it is sent (RFC 5322). Raises ValueError for an address or subject that would forge a header."""
    if any(not mark.isprintable() for mark in envelope.subject + envelope.to):
        raise ValueError("a header would break its line")
    mail = EmailMessage(policy=SMTP.clone(max_line_length=998))
    local, _, domain = server.sender.rpartition("@")
    mail["From"] = Address(server.sender_name, local, domain)
    mail["To"] = Address("", *_parts(envelope.to))
    mail["Subject"] = envelope.subject
    mail["Date"] = clock.now()
    # The same at every try: a mail server that had it before can drop it.
    mail["Message-ID"] = f"<{envelope.reference}@{domain}>"
    # RFC 3834: nobody's holiday notice is to answer this.
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = envelope.language
    mail.set_content(envelope.text, charset="utf-8", cte="quoted-printable")
    return mail


def _parts(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    return local, domain


def _of_error(error: Exception, envelope: Envelope) -> Outcome:
    """What an exception stands for. Its text repeats what the server said, which may be anything: it is dropped."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _of_code(next(iter(error.recipients.values()))[0], recipient=True)
    if isinstance(error, smtplib.SMTPNotSupportedError) and not envelope.to.isascii():
        return Outcome(Failure.ADDRESS)
    if isinstance(error.__context__, TimeoutError):  # smtplib calls silence a lost connection
        return Outcome(Failure.TIMEOUT)
    known = next((failure for kind, failure in _OF_ERROR if isinstance(error, kind)), None)
    if known is not None:
        return Outcome(known)
    if isinstance(error, smtplib.SMTPResponseException):
        return _of_code(error.smtp_code, recipient=False)
    return Outcome(Failure.UNREACHABLE if type(error).__module__ != "smtplib" else Failure.PROTOCOL)


def _of_code(code: int, *, recipient: bool) -> Outcome:
    if code < 500:
        return Outcome(Failure.BUSY)
    if code in _OURS:
        return Outcome(Failure.LOGIN)
    return Outcome(Failure.RECIPIENT if recipient or code in _RECIPIENT else Failure.REJECTED)


def _cut(smtp: smtplib.SMTP, over: threading.Event) -> None:
    over.set()
    if smtp.sock is not None:
        with suppress(OSError):
            smtp.sock.shutdown(2)
