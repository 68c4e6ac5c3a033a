"""Text messages go to an HTTP gateway, and what it answers decides whether another try is worth it."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from idp.outbound import GuardedClient
from idp.outbox.message import Channel
from idp.outbox.senders.gateway import Gateway, GatewaySender
from idp.outbox.sending import Envelope, Failure, Outcome
from tests.factories.mail_servers import certificate, gateway, server_context, talking

MESSAGE = Envelope(
    reference="0197f3a2-0000-7000-8000-000000000002",
    channel=Channel.SMS,
    to="+23276000001",
    subject="",
    text="WanGov ID: your code is 123456. Never tell it to anybody.",
    language="en",
    notice="code",
)


def sender(url: str, seconds: float = 2.0, **options: Any) -> GatewaySender:
    """A sender to a gateway on this machine."""
    client = GuardedClient(seconds=seconds, **{"allow_loopback": True, **options})
    return GatewaySender(Gateway(url, "WanGovID", token="gateway token"), client)


def test_message_is_posted_with_what_the_gateway_needs() -> None:
    """One JSON document with number, sender, text and reference, the token beside it, doubles recognisable."""
    with gateway() as (got, port):
        assert sender(f"http://127.0.0.1:{port}/send?to=us").send(MESSAGE) == Outcome()
    assert got.messages == [
        {"to": "+23276000001", "from": "WanGovID", "text": MESSAGE.text, "reference": MESSAGE.reference}
    ]
    assert got.headers[0]["Authorization"] == "Bearer gateway token"
    assert got.headers[0]["Idempotency-Key"] == MESSAGE.reference
    assert got.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "extra", "outcome"),
    [
        (200, {}, Outcome()),
        (204, {}, Outcome()),
        (400, {}, Outcome(Failure.REJECTED)),
        (401, {}, Outcome(Failure.LOGIN)),
        (403, {}, Outcome(Failure.LOGIN)),
        (422, {}, Outcome(Failure.REJECTED)),
        (429, {"Retry-After": "77"}, Outcome(Failure.BUSY, 77)),
        (429, {"Retry-After": "99999"}, Outcome(Failure.BUSY, 3600)),
        (429, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, Outcome(Failure.BUSY)),
        (500, {}, Outcome(Failure.BUSY)),
        (503, {}, Outcome(Failure.BUSY)),
        (302, {"Location": "http://127.0.0.1:1/"}, Outcome(Failure.PROTOCOL)),
        (307, {"Location": "http://127.0.0.1:1/"}, Outcome(Failure.PROTOCOL)),
        (418, {}, Outcome(Failure.PROTOCOL)),
    ],
)
def test_status_decides(status: int, extra: dict[str, str], outcome: Outcome) -> None:
    """Taken over, refused for good, or later; a redirect is never followed."""
    with gateway() as (got, port):
        got.status, got.extra = status, extra
        got.body = b"" if status == 204 else got.body
        assert sender(f"http://127.0.0.1:{port}/").send(MESSAGE) == outcome
    assert len(got.messages) == 1


def _slow(wire: socket.socket) -> None:
    wire.recv(4096)
    while True:
        wire.sendall(b"H")
        time.sleep(0.02)


def _half(wire: socket.socket) -> None:
    wire.recv(4096)
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf")


def _nothing(wire: socket.socket) -> None:
    wire.recv(4096)


def _silent(wire: socket.socket) -> None:
    wire.recv(4096)
    time.sleep(0.8)


def _nonsense(wire: socket.socket) -> None:
    wire.recv(4096)
    wire.sendall(b"SMTP ready\r\n\r\n")


def _huge(wire: socket.socket) -> None:
    wire.recv(4096)
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + bytes(1_000_000))


@pytest.mark.parametrize(
    ("speak", "failures"),
    [
        (_slow, {Failure.TIMEOUT}),
        (_silent, {Failure.TIMEOUT}),
        (_half, {Failure.PROTOCOL}),
        (_nothing, {Failure.PROTOCOL, Failure.UNREACHABLE}),
        (_nonsense, {Failure.PROTOCOL}),
        (_huge, {Failure.PROTOCOL}),
    ],
)
def test_gateway_that_misbehaves_is_left_in_time(
    speak: Callable[[socket.socket], None], failures: set[Failure]
) -> None:
    """Drops, half answers, answers without end and without sense: cut off, counted as not sent, tried again later."""
    begun = time.monotonic()
    with talking(speak) as port:
        outcome = sender(f"http://127.0.0.1:{port}/", seconds=0.3).send(MESSAGE)
        taken = time.monotonic() - begun
    assert outcome.failure in failures
    assert not outcome.final
    assert taken < 1.5


def test_gateway_over_tls_is_checked(tmp_path: Path) -> None:
    """The certificate must be of an authority that we trust, and for the name that was asked for."""
    files, authority = certificate(tmp_path)
    with gateway(server_context(files)) as (got, port):
        assert sender(f"https://localhost:{port}/", ca_file=authority).send(MESSAGE) == Outcome()
        assert sender(f"https://localhost:{port}/").send(MESSAGE) == Outcome(Failure.TLS)
    assert len(got.messages) == 1


def test_loopback_is_out_of_reach_outside_of_tests() -> None:
    """Without the tests' permission neither http nor this machine is spoken to."""
    with gateway() as (got, port):
        for url in (f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/", f"https://localhost:{port}/"):
            assert sender(url, allow_loopback=False).send(MESSAGE) == Outcome(Failure.UNREACHABLE)
    assert not got.messages
