"""Simulated devices without drawn fingers, a register that knows them, and a memory of blocks."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from enrollment.devices.blocks import link, parse_facts
from enrollment.devices.chain import BlockCheck, KnownDevice, Standing
from enrollment.devices.client import PORTS, Address, DeviceClient
from enrollment.devices.messages import Block, CaptureAnswer, CaptureRequest, Wanted, parse_capture
from enrollment.devices.sealed import DomainKey
from enrollment.devices.signing import assembled, jwk_of, read_signed, signer, to_sign
from enrollment.devices.simulator.device import Device
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.simulator.samples import Faces, Person, Shown
from enrollment.devices.simulator.service import Service
from enrollment.devices.simulator.station import Station
from enrollment.devices.vocabulary import LEFT, Environment, Modality, Purpose
from enrollment.errors import Refusal
from idp.entropy import Entropy
from tests.factories.moments import StillClock

__all__ = ["CODE", "Bench", "Memory", "Plates", "Register", "face", "fingers", "picture", "serving"]

CODE = "SIMULATOR"


def picture(words: str) -> bytes:
    """The smallest PNG, with words in it: enough for whoever does not look at the image."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"tEXt", b"words\0" + words.encode()), (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


class Plates:
    """Fulfils `Prints`: instead of a drawn finger a picture that says whose it is."""

    def png(self, seed: int, position: int, impression: int, *, poor: bool) -> bytes:
        """A tiny picture of its own for each call's arguments."""
        return picture(f"{seed} {position} {impression}{' poor' if poor else ''}")


@dataclass
class Register:
    """Fulfils `Devices`: what was put in."""

    devices: dict[str, KnownDevice] = field(default_factory=dict)

    def known(self, code: str) -> KnownDevice | None:
        """By code."""
        return self.devices.get(code)


@dataclass
class Memory:
    """Fulfils `Replays`, for one thread."""

    marks: set[bytes] = field(default_factory=set)

    def first(self, mark: bytes, keep: timedelta) -> bool:
        """True once; `keep` is for whoever forgets."""
        assert keep > timedelta(minutes=10)
        fresh = mark not in self.marks
        self.marks.add(mark)
        return fresh


class Bench:
    """A finger scanner and a camera, both simulated, with the check of what they give."""

    def __init__(self, faces: Path | None = None) -> None:
        self.clock = StillClock()
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.shown = Shown(Person(1))
        self.register = Register()
        self.know(Standing.ACTIVE)
        entropy, sign, pictures = Entropy(self.clock), signer(self.private), Faces(faces)
        self.devices = [
            Device(kind, CODE, sign, self.shown, Plates(), pictures, self.clock, entropy)
            for kind in (Modality.FINGER, Modality.FACE)
        ]
        self.station = Station(self.devices, self.shown)
        self.check = BlockCheck(self.register, Memory(), self.clock)
        self._captures = 0

    def know(self, standing: Standing, *modalities: Modality) -> None:
        """Put the devices into the register."""
        kinds = frozenset(modalities or Modality)
        self.register.devices[CODE] = KnownDevice(CODE, jwk_of(self.private), standing, kinds)

    def fault(self, fault: Fault) -> None:
        """From now on."""
        for device in self.devices:
            device.fault = fault

    def seal_for(self, domain: rsa.RSAPrivateKey) -> None:
        """Devices and check for verifications."""
        for device in self.devices:
            device.domain = domain.public_key()
        self.check = BlockCheck(self.register, Memory(), self.clock, DomainKey(domain))

    def request(self, *wanted: Wanted, purpose: Purpose = Purpose.ENROL) -> CaptureRequest:
        """A capture that was never asked for before."""
        self._captures += 1
        transaction = str(UUID(int=self._captures))
        domain = "id.example" if purpose is Purpose.VERIFY else ""
        return CaptureRequest(purpose, Environment.DEVELOPER, transaction, self.clock.now(), 5000, wanted, domain)

    def answer(self, request: CaptureRequest) -> CaptureAnswer:
        """What the devices give, through their JSON and back."""
        answer = parse_capture(self.station.captured(request))
        assert not isinstance(answer, Refusal)
        return answer

    def resigned(self, block: Block, previous: str = "", **changes: Any) -> Block:
        """The block with other facts, truly signed and linked: what a device with faults of its own could give."""
        facts = replace(parse_facts(read_signed(block.data, "data").payload), **changes)
        signed = to_sign(facts.to_json())
        data = assembled(signed, signer(self.private)(signed))
        return replace(block, data=data, hash=link(previous, facts.value))


def fingers(*positions: str, count: int | None = None, previous: str = "") -> Wanted:
    """These fingers; the four of the left hand where none is named."""
    asked = positions or LEFT[1:]
    number = len(asked) if count is None else count
    return Wanted(Modality.FINGER, number, asked, f"{CODE}-finger", previous_hash=previous)


def face(previous: str = "") -> Wanted:
    """One face."""
    return Wanted(Modality.FACE, 1, (), f"{CODE}-face", previous_hash=previous)


@contextmanager
def serving(station: Station, *origins: str) -> Iterator[DeviceClient]:
    """The station over HTTP on a free port of the interface, and a client of it."""
    service = _listening(station, frozenset(origins))
    thread = Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        address = Address.of("127.0.0.1", service.server_address[1])
        assert not isinstance(address, Refusal)
        yield DeviceClient(address, answer_seconds=30, grace=30)
    finally:
        service.stop()
        thread.join()


def _listening(station: Station, origins: frozenset[str]) -> Service:
    """From the top, so that a service of the machine's own, which begins at the bottom, is not in the way."""
    for port in reversed(PORTS):
        try:
            return Service(port, station, origins)
        except OSError:
            continue
    raise RuntimeError("no port of the interface is free")
