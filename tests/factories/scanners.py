"""A simulated scanner that is registered as a station of a centre, and an examiner that reads what it gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from enrollment.capture.findings import Finger, Made, Mixup, Seen
from enrollment.capture.positions import Position
from enrollment.centres import OPERATOR, Centre
from enrollment.centres.stations import RevokedFor, Station
from enrollment.devices.signing import signer
from enrollment.devices.simulator.device import Device
from enrollment.devices.simulator.samples import Faces, Person, Shown
from enrollment.devices.simulator.station import Station as Service
from enrollment.devices.vocabulary import Modality
from enrollment.errors import Refusal
from enrollment.web.rooms import stations
from idp.entropy import Entropy
from idp.web.extensions import db
from tests.factories.captures import WrittenExaminer, image
from tests.factories.devices import picture
from tests.factories.floor import Floor


class WrittenPrints:
    """Fulfils `Prints`: each finger of each person is written, not drawn. `poor` has a quality that nobody takes."""

    def png(self, seed: int, position: int, impression: int, *, poor: bool) -> bytes:
        """A tiny picture that says it; each impression has other bytes."""
        return picture(image(f"finger {position} of {seed}", 9 if poor else 70, impression=impression).decode())


class RecordExaminer(WrittenExaminer):
    """Reads what was written inside the record that a scanner makes of it, or alone."""

    def finger(self, content: bytes) -> Seen | Refusal:
        """Judge an image of one finger."""
        return super().finger(_written(content))

    def mixups(self, fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...] | Refusal:
        """Fingers of one name are the same finger."""
        return super().mixups(tuple(Finger(f.position, f.impression, _written(f.content)) for f in fingers), rate)

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """Templates of what was written."""
        return super().templates(position, _written(content), quality)


@dataclass
class Scanner:
    """A scanner of fingers, its key registered under the code of a station; `service` answers for it."""

    floor: Floor
    centre: Centre
    prints: Any = field(default_factory=WrittenPrints)

    def __post_init__(self) -> None:
        """Register it."""
        private = ec.generate_private_key(ec.SECP256R1())
        with self.floor.site.app.app_context():
            self.station: Station = self.floor.country().station(self.centre, private)
            db.session.commit()
        clock = self.floor.site.services.clock
        self.device = Device(
            Modality.FINGER, self.station.code, signer(private), Shown(Person(1)), self.prints, Faces(None), clock,
            Entropy(clock),
        )  # fmt: skip
        self.service = Service([self.device], self.device.shown)

    def revoke(self) -> None:
        """It was stolen."""
        with self.floor.site.app.test_request_context():
            revoked = stations().revoke(OPERATOR, self.station.id, RevokedFor.STOLEN)
            assert isinstance(revoked, Station), revoked
            db.session.commit()

    def answer(self, request: str) -> bytes:
        """What it gives to a request, as bytes of the interface."""
        asked = self.service.request(request.encode(), self.device.purpose)
        assert asked is not None
        return self.service.captured(asked)


def _written(content: bytes) -> bytes:
    text = content[max(content.find(b'{"'), 0) :].decode("latin-1")
    return text[: json.JSONDecoder().raw_decode(text)[1]].encode("latin-1")
