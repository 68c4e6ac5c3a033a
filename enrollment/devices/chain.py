"""The check of what a device gave: whose it is, whether it is whole, of now, of this capture and never seen before.

The order matters. The signature comes first: whatever else a block says is nobody's word without it. That it was
not seen before comes last, since asking marks it as seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from enrollment.devices.blocks import SampleFacts, link, parse_facts
from enrollment.devices.codes import refused
from enrollment.devices.expectation import unexpected
from enrollment.devices.identity import MAX_IDENTITY, DigitalId, parse_identity
from enrollment.devices.messages import Block, CaptureAnswer, CaptureRequest
from enrollment.devices.reading import MalformedError, loaded
from enrollment.devices.signing import DeviceKey, Signed, read_signed
from enrollment.devices.vocabulary import Modality, Purpose
from enrollment.errors import Code, Refusal
from idp.clock import Clock

__all__ = ["TOLERANCE", "BlockCheck", "CheckedSample", "Devices", "KnownDevice", "Opener", "Replays", "Standing"]

# How far the clocks of a device and of ours may be apart (design section 10), and how long a block is remembered:
# whatever is older than both ways of the tolerance is refused for its age.
TOLERANCE = timedelta(minutes=5)
REMEMBERED = 2 * TOLERANCE + timedelta(minutes=1)


class Standing(StrEnum):
    """Whether a registered device may be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of the register. `jwk` is its public key, ES256 or RS256; `modalities` what it may give."""

    code: str
    jwk: Mapping[str, Any]
    standing: Standing
    modalities: frozenset[Modality]


class Devices(Protocol):
    """The register of devices; joined where the application is put together."""

    def known(self, code: str) -> KnownDevice | None:
        """The device under this code, asked for each block; None when there never was one."""
        ...


class Replays(Protocol):
    """What was seen already."""

    def first(self, mark: bytes, keep: timedelta) -> bool:
        """True for one caller only, of any number at once, within `keep`."""
        ...


class Opener(Protocol):
    """Opens samples that a device sealed for us, as it does for verifications."""

    def open(self, facts: SampleFacts, session_key: str, thumbprint: str) -> bytes | None:
        """The sample; None when it is not for us or was changed."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class CheckedSample:
    """A sample whose origin is proven. Its content is still a stranger's bytes: decode it in the bounded child.

    `position` is empty for a face; `score` is the device's opinion, 0 to 100; `hash` is the next `previous_hash`.
    """

    modality: Modality
    position: str
    content: bytes
    score: float
    device_code: str
    device: DigitalId
    captured_at: datetime
    hash: str


@dataclass(frozen=True, slots=True, repr=False)
class _Proven:
    facts: SampleFacts
    identity: DigitalId
    mark: bytes


class BlockCheck:
    """Checks the answer to one capture. `opener` is needed for verifications only."""

    def __init__(self, devices: Devices, replays: Replays, clock: Clock, opener: Opener | None = None) -> None:
        self._devices = devices
        self._replays = replays
        self._clock = clock
        self._opener = opener

    def check(self, request: CaptureRequest, answer: CaptureAnswer) -> tuple[CheckedSample, ...] | Refusal:
        """The samples of the answer, every one proven, as many and of such positions as were asked for.

        Refused: what the device itself reports (`codes.refused`); `ENR_SCHEMA`, `BIO_TOOLARGE` (not what the interface
        says); `ENR_DEVICE` (unknown, suspended, revoked, for something else); `ENR_SIG`; `ENR_CHECKSUM` (a link of the
        chain is wrong, or a sealed sample does not open); `ENR_CLOCK`; `BIO_REPLAY` (another capture's, or seen
        before); `BIO_COUNT`, `BIO_WRONGHAND`, `BIO_REPEAT` (not what was asked for).
        """
        previous = request.wanted[0].previous_hash
        samples: list[CheckedSample] = []
        marks: list[bytes] = []
        for block in answer.blocks:
            proven = self._proven(block)
            if isinstance(proven, Refusal):
                return proven
            refusal = self._of_this(request, proven.facts)
            if refusal is not None:
                return refusal
            sample = self._linked(block, proven, previous)
            if isinstance(sample, Refusal):
                return sample
            previous = sample.hash
            samples.append(sample)
            marks.append(proven.mark)
        refusal = unexpected(request.wanted, [(one.modality, one.position, one.content) for one in samples])
        if refusal is not None:
            return refusal
        if not all(self._replays.first(mark, REMEMBERED) for mark in marks):
            return Refusal(Code.BIO_REPLAY, "seen")
        return tuple(samples)

    def _proven(self, block: Block) -> _Proven | Refusal:
        """What is signed in a block, by an active device that may give it."""
        failed = refused(block.error)
        if failed is not None:
            return failed
        try:
            signed = read_signed(block.data, "data")
            facts = parse_facts(signed.payload)
            vouched = read_signed(facts.identity, "digitalId")
            identity = parse_identity(loaded(vouched.payload, MAX_IDENTITY, "digitalId"))
        except MalformedError as error:
            return Refusal(Code.BIO_TOOLARGE if error.too_large else Code.ENR_SCHEMA, error.about)
        refusal = self._signed_by_device(facts.device_code, (signed, vouched), facts.modality)
        if refusal is not None:
            return refusal
        if identity.modality is not facts.modality:
            return Refusal(Code.ENR_DEVICE, "modality")
        # The mark leaves the signature out: on a curve, whoever holds one signature can make a second that holds.
        return _Proven(facts, identity, hashlib.sha256(signed.signing_input).digest())

    def _signed_by_device(self, code: str, parts: tuple[Signed, Signed], modality: Modality) -> Refusal | None:
        device = self._devices.known(code)
        key = None if device is None else DeviceKey.from_jwk(device.jwk)
        if device is None or key is None:
            return Refusal(Code.ENR_DEVICE, "unknown")
        if not all(key.verifies(part) for part in parts):
            return Refusal(Code.ENR_SIG)
        if device.standing is not Standing.ACTIVE:
            return Refusal(Code.ENR_DEVICE, device.standing.value)
        return None if modality in device.modalities else Refusal(Code.ENR_DEVICE, "modality")

    def _of_this(self, request: CaptureRequest, facts: SampleFacts) -> Refusal | None:
        """Whether the sample was taken now and for this capture."""
        if facts.environment is not request.environment:
            return Refusal(Code.ENR_DEVICE, "environment")
        if facts.purpose is not request.purpose or facts.domain != request.domain:
            return Refusal(Code.ENR_DEVICE, "purpose")
        if abs(facts.at - self._clock.now()) > TOLERANCE:
            return Refusal(Code.ENR_CLOCK)
        return None if facts.transaction == request.transaction else Refusal(Code.BIO_REPLAY, "transaction")

    def _linked(self, block: Block, proven: _Proven, previous: str) -> CheckedSample | Refusal:
        """The sample in the clear, when its hash is the next link of the chain."""
        facts = proven.facts
        content: bytes | None = facts.value
        if facts.purpose is Purpose.VERIFY:
            content = self._opener.open(facts, block.session_key, block.thumbprint) if self._opener else None
        if content is None:
            return Refusal(Code.ENR_CHECKSUM, "sealed")
        try:
            right = link(previous, content) == block.hash
        except MalformedError as error:
            return Refusal(Code.ENR_SCHEMA, error.about)
        if not right:
            return Refusal(Code.ENR_CHECKSUM, "chain")
        return CheckedSample(
            facts.modality,
            facts.position,
            content,
            facts.score,
            facts.device_code,
            proven.identity,
            facts.at,
            block.hash,
        )
