"""The client against simulated devices over HTTP, and against services that behave badly."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from enrollment.devices.client import PORTS, Address, DeviceClient, discover
from enrollment.devices.discovery import MAX_ANSWER, discovery_request
from enrollment.devices.frames import BOUNDARY, MAX_FRAME, Frames, part
from enrollment.devices.messages import CaptureAnswer
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.simulator.service import MAX_BODY, SETUP_PATH
from enrollment.devices.vocabulary import LEFT, Modality, Verb
from enrollment.errors import Code, Refusal
from tests.factories.devices import CODE, Bench, face, fingers, picture, serving

PAGE = "http://localhost:8000"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Devices, with one face to see."""
    (tmp_path / "somebody_1.png").write_bytes(picture("a face"))
    return Bench(tmp_path)


@contextmanager
def rogue(*said: bytes, hold: bool = False) -> Iterator[DeviceClient]:
    """A service that says just this to whoever comes, and then hangs up, or holds the line."""
    done = threading.Event()
    line = _bound()

    def serve() -> None:
        while not done.is_set():
            try:
                peer, _ = line.accept()
            except OSError:
                return
            with peer:
                # Browsers of other tests look for devices here, too, and ask without a body.
                peer.settimeout(5)
                try:
                    # To the end: hanging up on what was not read would take back what was said.
                    while not (heard := peer.recv(65536)).endswith(b"}") and heard:
                        pass
                    for piece in said:
                        peer.sendall(piece)
                    if hold:
                        done.wait(60)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        address = Address.of("127.0.0.1", line.getsockname()[1])
        assert not isinstance(address, Refusal)
        yield DeviceClient(address, answer_seconds=0.3 if hold else 30, grace=0.1 if hold else 30)
    finally:
        done.set()
        line.shutdown(socket.SHUT_RDWR)
        line.close()
        thread.join()


@contextmanager
def silent() -> Iterator[int]:
    """A port of the interface that nobody can listen at while this lasts."""
    for port in reversed(PORTS):
        with socket.socket() as held:
            try:
                held.bind(("127.0.0.1", port))
            except OSError:
                continue
            yield port
            return
    raise RuntimeError("no port of the interface is free")


def _bound() -> socket.socket:
    for port in reversed(PORTS):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
    raise RuntimeError("no port of the interface is free")


def answer(body: bytes, *, length: int | None = None, status: str = "200 OK", more: str = "") -> bytes:
    """An HTTP answer."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{more}\r\n".encode() + body


def asked(
    client: DeviceClient, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str]]:
    """Status and headers of one plain request."""
    connection = HTTPConnection(client.address.host, client.address.port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status, dict(response.getheaders())
    finally:
        connection.close()


def test_devices_are_found_and_tell_of_themselves(bench: Bench) -> None:
    """Discovery passes over silent ports and finds both devices; information comes signed."""
    with silent() as port, serving(bench.station) as client:
        located = discover(ports=[port, client.address.port])
        assert not isinstance(located, Refusal)
        assert [one.device.device_id for one in located] == [f"{CODE}-finger", f"{CODE}-face"]
        assert {one.address for one in located} == {client.address}
        told = client.inform()
        assert not isinstance(told, Refusal)
        assert [one.code for one in told] == [CODE, CODE]


def test_nobody_is_found() -> None:
    """Where no service listens there is no device."""
    with silent() as port:
        assert discover(ports=[port]) == Refusal(Code.DEV_NOTFOUND, "none")
        address = Address.of("127.0.0.1", port)
        assert not isinstance(address, Refusal)
        assert DeviceClient(address).discover() == Refusal(Code.DEV_NOTFOUND, "connection")


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "10.0.0.1", "::", "localhost", "localhost.example", "2130706433", "", "fe80::1"]
)
def test_other_machines_are_never_asked(host: str) -> None:
    """Only loopback addresses in numbers; a name, however local, could be led elsewhere."""
    assert Address.of(host, PORTS[0]) == Refusal(Code.DEV_NOTFOUND, "address")
    assert discover(host=host) == Refusal(Code.DEV_NOTFOUND, "address")


@pytest.mark.parametrize("port", [0, 80, 4500, 4601, 5432, 70000])
def test_other_services_are_never_asked(port: int) -> None:
    """Only the ports of the interface: the client is no way to a database on the same machine."""
    assert Address.of("127.0.0.1", port) == Refusal(Code.DEV_NOTFOUND, "address")


def test_capture_comes_over_the_line_and_passes_the_check(bench: Bench) -> None:
    """Four fingers and a face in one request: one chain, five samples."""
    with serving(bench.station) as client:
        request = bench.request(fingers(), face())
        captured = client.capture(request)
    assert isinstance(captured, CaptureAnswer)
    samples = bench.check.check(request, captured)
    assert not isinstance(samples, Refusal)
    assert [sample.position for sample in samples] == [*LEFT[1:], ""]


def test_next_impressions_and_another_visit(bench: Bench) -> None:
    """A visit has two impressions of each finger by turns; another visit has others, of the same fingers."""
    seen: list[bytes] = []
    with serving(bench.station) as client:
        for visit in ("0", "1"):
            body = json.dumps({"impression": visit}).encode()
            assert asked(client, "PUT", SETUP_PATH, body)[0] == 200
            for _ in range(3):
                request = bench.request(fingers(LEFT[1]))
                captured = client.capture(request)
                assert isinstance(captured, CaptureAnswer)
                samples = bench.check.check(request, captured)
                assert not isinstance(samples, Refusal)
                seen.append(samples[0].content.partition(b"words\0")[2].split(b"IDAT")[0][:5])
    assert seen == [b"1 7 0", b"1 7 1", b"1 7 0", b"1 7 2", b"1 7 3", b"1 7 2"]


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (Fault.BUSY, Refusal(Code.DEV_BUSY, "busy")),
        (Fault.NOT_READY, Refusal(Code.DEV_BUSY, "not_ready")),
        (Fault.NOT_REGISTERED, Refusal(Code.ENR_DEVICE, "not_registered")),
    ],
)
def test_device_says_what_is_the_matter(bench: Bench, fault: Fault, refusal: Refusal) -> None:
    """A fault that is chosen while the service runs reaches the caller as a refusal."""
    with serving(bench.station) as client:
        assert asked(client, "PUT", SETUP_PATH, json.dumps({"fault": fault.value}).encode())[0] == 200
        assert client.capture(bench.request(fingers())) == refusal


def test_device_that_never_answers(bench: Bench) -> None:
    """The wait ends with `DEV-TIMEOUT` when the time of the request and the grace are over."""
    bench.fault(Fault.TIMEOUT)
    with serving(bench.station) as client:
        impatient = DeviceClient(client.address, grace=0.1)
        asked_for = bench.request(fingers())
        brief = type(asked_for)(
            asked_for.purpose, asked_for.environment, asked_for.transaction, asked_for.at, 100, asked_for.wanted
        )
        assert impatient.capture(brief) == Refusal(Code.DEV_TIMEOUT, "answer")


def test_absent_device(bench: Bench) -> None:
    """A device that the service does not have is not found."""
    with serving(bench.station) as client:
        wanted = fingers(LEFT[1])
        request = bench.request(type(wanted)(Modality.FINGER, 1, (LEFT[1],), "another"))
        assert client.capture(request) == Refusal(Code.DEV_NOTFOUND, "not_found")


def test_live_pictures(bench: Bench) -> None:
    """STREAM gives one picture after the other until the caller leaves."""
    with serving(bench.station) as client, client.stream(f"{CODE}-face") as frames:
        assert isinstance(frames, Frames)
        pictures = iter(frames)
        assert [next(pictures) for _ in range(2)] == [picture("a face")] * 2


def test_no_pictures_of_an_absent_device(bench: Bench) -> None:
    """A stream of nothing is a refusal."""
    with serving(bench.station) as client, client.stream("another") as frames:
        assert frames == Refusal(Code.DEV_NOTFOUND, "answer")


GIVE_UP: list[tuple[Callable[[], bytes], Refusal]] = [
    (lambda: b"", Refusal(Code.DEV_NOTFOUND, "answer")),
    (lambda: b"SSH-2.0-x\r\n", Refusal(Code.DEV_NOTFOUND, "answer")),
    (lambda: answer(b"[]", length=10), Refusal(Code.DEV_NOTFOUND, "answer")),
    (lambda: answer(b"[]", status="404 Not Found"), Refusal(Code.DEV_NOTFOUND, "answer")),
    (
        lambda: answer(b"", status="302 Found", more="Location: http://192.0.2.1/\r\n"),
        Refusal(Code.DEV_NOTFOUND, "answer"),
    ),
    (lambda: answer(b"<html>"), Refusal(Code.ENR_SCHEMA, "devices")),
    (lambda: answer(b" " * (MAX_ANSWER + 1)), Refusal(Code.BIO_TOOLARGE, "answer")),
    (
        lambda: b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b" " * (MAX_ANSWER + 1),
        Refusal(Code.BIO_TOOLARGE, "answer"),
    ),
]


@pytest.mark.parametrize(("said", "refusal"), GIVE_UP)
def test_service_that_speaks_something_else(said: Callable[[], bytes], refusal: Refusal) -> None:
    """Silence, another protocol, half an answer, a redirect, a page, too much: refused, never followed."""
    with rogue(said()) as client:
        assert client.discover() == refusal


def test_service_that_drips() -> None:
    """One that holds the line after a few bytes of head or body does not keep it beyond the time."""
    for said in (b"HTTP/1.1 200 OK\r\nX: ", answer(b"[", length=100)):
        with rogue(said, hold=True) as client:
            assert client.discover() == Refusal(Code.DEV_TIMEOUT, "answer")


@pytest.mark.parametrize(
    "parts",
    [
        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n\r\nabc".encode(),
        f"--{BOUNDARY}\r\nContent-Length: 10\r\n\r\nabc".encode(),
        f"--{BOUNDARY}\r\nContent-Length: -1\r\n\r\nabc".encode(),
        b"X: y\r\n" * 100,
        b"",
    ],
)
def test_stream_that_makes_no_sense_ends(parts: bytes) -> None:
    """A picture without a length, or cut off ends the stream without a picture."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\nConnection: close\r\n\r\n"
    with rogue(head + parts) as client, client.stream("any") as frames:
        assert isinstance(frames, Frames)
        assert list(frames) == []


@pytest.mark.parametrize(("more", "taken"), [(0, 1), (1, 0)])
def test_picture_of_a_stream_has_a_limit(more: int, taken: int) -> None:
    """The largest picture is taken, one of a byte more ends the stream, though all of it is there."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\nConnection: close\r\n\r\n"
    with rogue(head, part("image/jpeg", bytes(MAX_FRAME + more))) as client, client.stream("any") as frames:
        assert isinstance(frames, Frames)
        assert len(list(frames)) == taken


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        (Verb.DISCOVER, "/device", b"{", 400),
        (Verb.DISCOVER, "/device", b'{"type":"Ear"}', 400),
        (Verb.ENROL, "/capture", b"{}", 400),
        (Verb.VERIFY, "/capture", b"{}", 400),
        (Verb.STREAM, "/stream", b'{"deviceId":"x","more":1}', 404),
        (Verb.DISCOVER, "/info", b"{}", 404),
        ("GET", "/device", b"", 404),
        ("PUT", SETUP_PATH, b'{"fault":"fire"}', 400),
        ("PUT", SETUP_PATH, b'{"seed":"-1"}', 400),
        (Verb.DISCOVER, "/device", b" " * (MAX_BODY + 1), 413),
    ],
)
def test_simulator_refuses_what_it_does_not_know(
    bench: Bench, method: str, path: str, body: bytes, status: int
) -> None:
    """A simulator that took anything would hide mistakes of ours."""
    with serving(bench.station) as client:
        assert asked(client, method, path, body)[0] == status


def test_purpose_and_verb_belong_together(bench: Bench) -> None:
    """A capture for enrolment is not asked by the verb of verifications."""
    with serving(bench.station) as client:
        body = bench.request(fingers()).to_json()
        assert asked(client, Verb.VERIFY, "/capture", body)[0] == 400
        assert asked(client, Verb.ENROL, "/capture", body)[0] == 200


def test_only_allowed_pages_may_ask(bench: Bench) -> None:
    """A page elsewhere, also one whose name leads to this machine, gets nothing; an allowed page may ask."""
    question = discovery_request(None)
    with serving(bench.station, PAGE) as client:

        def ask(method: str, **headers: str) -> tuple[int, dict[str, str]]:
            return asked(client, method, "/device", question, **headers)

        assert ask(Verb.DISCOVER, Origin="https://elsewhere.example")[0] == 403
        assert ask("OPTIONS", Origin="https://elsewhere.example")[0] == 403
        assert ask(Verb.DISCOVER, Host="elsewhere.example")[0] == 403
        status, headers = ask("OPTIONS", Origin=PAGE)
        assert (status, headers["Access-Control-Allow-Origin"]) == (204, PAGE)
        assert Verb.DISCOVER in headers["Access-Control-Allow-Methods"]
        status, headers = ask(Verb.DISCOVER, Origin=PAGE)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, PAGE)


def test_setup_says_who_is_there(bench: Bench) -> None:
    """Another seed is another person, on a first visit and without a fault of the name's; what is not named stays."""
    changes: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({"fault": "busy"}, {"seed": "1", "impression": "0", "face": "", "fault": "busy"}),
        ({"impression": "3"}, {"seed": "1", "impression": "3", "face": "", "fault": "busy"}),
        ({"seed": "8"}, {"seed": "8", "impression": "0", "face": "", "fault": "busy"}),
        ({"face": "a_1.jpg", "fault": "none"}, {"seed": "8", "impression": "0", "face": "a_1.jpg", "fault": "none"}),
    ]
    for change, state in changes:
        told = bench.station.set_up(json.dumps(change).encode())
        assert told is not None
        assert json.loads(told) == state
