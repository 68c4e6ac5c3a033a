"""A browser's camera as a device: from a frame the same block as a scanner's, signed with the key of the station.

The key stays in the browser, which does not give it away; what it must sign is made here. It signs twice: once, when
the station is opened, who it is, and then each capture. WebCrypto's ECDSA gives just the 64 bytes that a block takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from enrollment.devices.blocks import MAX_SAMPLE, SampleFacts, link
from enrollment.devices.codes import DeviceError
from enrollment.devices.identity import DigitalId
from enrollment.devices.messages import Block, CaptureAnswer, CaptureRequest
from enrollment.devices.reading import MalformedError, written
from enrollment.devices.signing import assembled, to_sign
from enrollment.devices.vocabulary import Modality, Purpose
from enrollment.errors import Code, Refusal

__all__ = ["Draft", "Webcam"]

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_SIGNATURE = 64


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A block that lacks its signature over `to_sign`."""

    to_sign: bytes
    hash: str

    def signed(self, signature: bytes) -> CaptureAnswer | Refusal:
        """The answer of one block, to be checked like any device's. Refused: `ENR_SIG` for what is no signature."""
        if len(signature) != _SIGNATURE:
            return Refusal(Code.ENR_SIG)
        return CaptureAnswer((Block(assembled(self.to_sign, signature), self.hash, DeviceError(0)),))


@dataclass(frozen=True, slots=True)
class Webcam:
    """The camera of a station. `code` is how the register of devices knows it, `serial` which station it is."""

    code: str
    serial: str

    def identity_to_sign(self, at: datetime) -> bytes:
        """What the station signs of itself at `at`."""
        identity = DigitalId(
            serial=self.serial,
            make="WanGov ID",
            model="browser camera",
            modality=Modality.FACE,
            kind="Full face",
            provider="WanGov ID",
            provider_id="wangov-id",
            issued_at=at,
        )
        return to_sign(json.dumps(identity.document, separators=(",", ":")).encode())

    def draft(
        self, frame: bytes, identity: str, request: CaptureRequest, at: datetime, score: float = 0
    ) -> Draft | Refusal:
        """The block of a frame (JPEG or PNG) as the answer to `request`; `identity` is the JWS of `identity_to_sign`.

        Only for enrolment: a verification wants its sample sealed by the device. `score`: 0 to 100 where the page
        measured one. Refused: `BIO_TOOLARGE`, `BIO_FORMAT`, `ENR_SCHEMA` (the request is for something else).
        """
        if len(frame) > MAX_SAMPLE:
            return Refusal(Code.BIO_TOOLARGE, "frame")
        if not frame.startswith(_PICTURES):
            return Refusal(Code.BIO_FORMAT, "frame")
        wanted = request.wanted[0]
        if request.purpose is not Purpose.ENROL or wanted.modality is not Modality.FACE:
            return Refusal(Code.ENR_SCHEMA, "purpose")
        facts = SampleFacts(
            identity=identity,
            device_code=self.code,
            modality=Modality.FACE,
            position="",
            purpose=request.purpose,
            environment=request.environment,
            value=frame,
            transaction=request.transaction,
            timestamp=written(at),
            at=at,
            requested_score=wanted.score,
            score=score,
        )
        try:
            return Draft(to_sign(facts.to_json()), link(wanted.previous_hash, frame))
        except MalformedError as error:
            return Refusal(Code.ENR_SCHEMA, error.about)
