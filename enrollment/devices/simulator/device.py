"""One simulated device: what it answers to each question, faults included. No network here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from enrollment.devices.blocks import SampleFacts, link
from enrollment.devices.codes import DeviceCode, DeviceError
from enrollment.devices.identity import DigitalId, plain_identity
from enrollment.devices.messages import Block, CaptureAnswer, CaptureRequest, Wanted
from enrollment.devices.reading import written
from enrollment.devices.sealed import KEY_BYTES, seal
from enrollment.devices.signing import Sign, assembled, to_sign
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.simulator.records import finger_record
from enrollment.devices.simulator.samples import Faces, Prints, Shown
from enrollment.devices.vocabulary import SENSORS, DeviceStatus, Environment, Modality, Purpose, number_of, opposite
from idp.clock import Clock
from idp.entropy import Entropy

__all__ = ["Device", "Taken"]

GOOD, POOR = 82, 9
_STATES = {
    Fault.BUSY: (DeviceStatus.BUSY, DeviceCode.BUSY),
    Fault.NOT_READY: (DeviceStatus.NOT_READY, DeviceCode.NOT_READY),
    Fault.NOT_REGISTERED: (DeviceStatus.NOT_REGISTERED, DeviceCode.NOT_REGISTERED),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One sample before it is signed."""

    position: str
    content: bytes
    score: int


@dataclass(slots=True)
class Device:
    """A scanner of fingers or a camera for faces. `fault` may be changed at any time; `domain` seals verifications."""

    modality: Modality
    code: str
    sign: Sign
    shown: Shown
    prints: Prints
    faces: Faces
    clock: Clock
    entropy: Entropy
    environment: Environment = Environment.DEVELOPER
    purpose: Purpose = Purpose.ENROL
    domain: rsa.RSAPublicKey | None = None
    fault: Fault = field(default=Fault.NONE)

    @property
    def device_id(self) -> str:
        """Which device of the service."""
        return f"{self.code}-{self.modality.value.lower()}"

    @property
    def identity(self) -> DigitalId:
        """Who it says it is."""
        kind = "Slap" if self.modality is Modality.FINGER else "Full face"
        at = self.clock.now()
        return DigitalId(
            self.device_id, "WanGov ID", "simulator", self.modality, kind, "WanGov ID", "wangov-simulator", at
        )

    def found(self) -> dict[str, Any]:
        """Its entry at discovery."""
        status, _ = _STATES.get(self.fault, (DeviceStatus.READY, DeviceCode.SUCCESS))
        return {
            **self._described(),
            "deviceStatus": status.value,
            "digitalId": plain_identity(self.identity),
            "error": _error(DeviceCode.SUCCESS),
        }

    def information(self) -> dict[str, Any]:
        """Its entry at information, signed."""
        status, error = _STATES.get(self.fault, (DeviceStatus.READY, DeviceCode.SUCCESS))
        told = {
            **self._described(),
            "env": self.environment.value,
            "digitalId": self._signed(self.identity.document),
            "deviceStatus": status.value,
            "firmware": "1.0",
        }
        return {"deviceInfo": self._signed(told), "error": _error(error)}

    def _described(self) -> dict[str, Any]:
        sensors = ["1", "2", "3"] if self.modality is Modality.FINGER else ["0"]
        return {
            "deviceId": self.device_id,
            "deviceCode": self.code,
            "certification": "L0",
            "serviceVersion": "1.0.0",
            "deviceSubId": sensors,
            "callbackId": "http://127.0.0.1/",
            "specVersion": ["1.0.0"],
            "purpose": self.purpose.value,
        }

    def capture(self, request: CaptureRequest, wanted: Wanted, previous: str) -> CaptureAnswer:
        """The blocks of one entry of a request; `previous` is the hash before them."""
        state = _STATES.get(self.fault)
        if state is not None:
            return failed(state[1])
        if request.purpose is Purpose.VERIFY and self.domain is None:
            return failed(DeviceCode.NO_DOMAIN_KEY)
        positions = _positions(wanted)
        if wanted.count > len(positions) or (self.modality is Modality.FACE and wanted.count != 1):
            return failed(DeviceCode.COUNT_UNSUPPORTED)
        taken = list(self._taken(positions[: wanted.count]))
        if not taken:
            return failed(DeviceCode.NOTHING_DETECTED)
        blocks: list[Block] = []
        for sample in taken:
            blocks.append(self._block(request, wanted, sample, previous))
            previous = blocks[-1].hash
        return CaptureAnswer(tuple(blocks))

    def _taken(self, positions: tuple[str, ...]) -> Iterator[Taken]:
        """What the person puts there."""
        poor = self.fault is Fault.LOW_QUALITY
        score = POOR if poor else GOOD
        if self.modality is Modality.FACE:
            picture = None if self.fault is Fault.FEWER else self.faces.picture(self.shown.person, self.shown.next(0))
            if picture is not None:
                yield Taken("", picture[1], score)
            return
        for position in positions[:-1] if self.fault is Fault.FEWER else positions:
            finger = number_of(self._put(position, positions))
            png = self.prints.png(self.shown.person.seed, finger, self.shown.next(finger), poor=poor)
            yield Taken(position, finger_record(png, number_of(position), score), score)

    def _put(self, position: str, positions: tuple[str, ...]) -> str:
        """The finger that is really put where `position` is asked for."""
        if self.fault is Fault.WRONG_HAND:
            return opposite(position)
        return positions[0] if self.fault is Fault.DUPLICATE else position

    def _block(self, request: CaptureRequest, wanted: Wanted, sample: Taken, previous: str) -> Block:
        at = self.clock.now() - (timedelta(minutes=30) if self.fault is Fault.WRONG_TIME else timedelta())
        value, session_key, thumbprint = sample.content, "", ""
        if request.purpose is Purpose.VERIFY and self.domain is not None:
            key = self.entropy.bytes(KEY_BYTES)
            value, session_key, thumbprint = seal(self.domain, key, value, written(at), request.transaction)
        facts = SampleFacts(
            identity=self._signed(self.identity.document),
            device_code=self.code,
            modality=self.modality,
            position=sample.position,
            purpose=request.purpose,
            environment=self.environment,
            value=value,
            transaction=request.transaction,
            timestamp=written(at),
            at=at,
            requested_score=wanted.score,
            score=sample.score,
            domain=request.domain,
        )
        signed_input = to_sign(facts.to_json())
        signature = self.sign(signed_input)
        if self.fault is Fault.BAD_SIGNATURE:
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        seen = b"another image" if self.fault is Fault.BAD_CHAIN else sample.content
        data = assembled(signed_input, signature)
        return Block(data, link(previous, seen), DeviceError(0), session_key, thumbprint)

    def _signed(self, document: dict[str, Any]) -> str:
        signed_input = to_sign(json.dumps(document, separators=(",", ":")).encode())
        return assembled(signed_input, self.sign(signed_input))

    def frame(self) -> tuple[str, bytes] | None:
        """Media type and bytes of what the device sees at this moment; None for nothing."""
        if self.modality is Modality.FACE:
            return self.faces.picture(self.shown.person, 0)
        person = self.shown.person
        return "image/png", self.prints.png(person.seed, 2, 2 * person.impression, poor=False)


def failed(code: DeviceCode) -> CaptureAnswer:
    """The answer that has no sample, only a reason."""
    return CaptureAnswer((Block("", "", DeviceError(code)),))


def _positions(wanted: Wanted) -> tuple[str, ...]:
    if wanted.modality is Modality.FACE:
        return ("",)
    named = wanted.positions or SENSORS[wanted.sensor]
    return tuple(position for position in named if position in SENSORS["0"] and position not in wanted.exceptions)


def _error(code: DeviceCode) -> dict[str, str]:
    return {"errorCode": str(code.value), "errorInfo": "Success" if code is DeviceCode.SUCCESS else code.plain}
