"""Mail servers and SMS gateways that behave, and some that do not, on this machine."""

import contextlib
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from embedded.authority import Authority, CertificateFiles
from embedded.ports import free_ports

__all__ = ["Gateway", "MailBox", "certificate", "gateway", "mail_server", "talking"]

USER, PASSWORD = "sender", "let me send"


class MailBox:
    """A handler of aiosmtpd that keeps what it gets; `refuse` answers recipients, `after` the text."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.secure: list[bool] = []
        self.refuse: dict[str, str] = {}
        self.after = "250 taken"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient or refuse it."""
        answer = self.refuse.get(address, "250 fine")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Keep a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        if self.after.startswith("250"):
            self.mails.append(BytesParser(policy=default).parsebytes(content))
            self.recipients += envelope.rcpt_tos
            self.secure.append(session.ssl is not None)
        return self.after


def certificate(folder: Path) -> tuple[CertificateFiles, Path]:
    """A certificate for localhost, and the authority behind it."""
    authority = Authority(folder / "authority", "test authority")
    return authority.issue("localhost"), authority.certificate


def server_context(files: CertificateFiles) -> ssl.SSLContext:
    """What a server with this certificate speaks."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    return context


@contextlib.contextmanager
def mail_server(
    box: MailBox, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> Iterator[int]:
    """A mail server for `box`; its port."""

    def known(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=right)

    # It repeats every address; tests look for addresses in what the product logs.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    (port,) = free_ports(1)
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        auth_required=login and tls is None,
        authenticator=known if login else None,
        auth_require_tls=login and tls is None,
        enable_SMTPUTF8=False,
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextlib.contextmanager
def talking(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does `speak` with each connection, whatever a protocol says; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    wire, _ = listening.accept()
                except TimeoutError:
                    continue
                with wire, contextlib.suppress(OSError):
                    wire.settimeout(5)
                    speak(wire)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join(timeout=6)


class Gateway:
    """What an SMS gateway got, and what it answers: `status`, or after `slow` seconds, or a redirect."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 202
        self.extra: dict[str, str] = {}
        self.body = b'{"accepted": true}'


@contextlib.contextmanager
def gateway(tls: ssl.SSLContext | None = None) -> Iterator[tuple[Gateway, int]]:
    """A gateway and its port."""
    state = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            state.messages.append(json.loads(raw))
            state.headers.append(dict(self.headers.items()))
            self.send_response(state.status)
            for name, value in state.extra.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
