"""The devices behind one service: which of them a question is for, and who is in front of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from enrollment.devices.blocks import EMPTY_HASH
from enrollment.devices.codes import DeviceCode
from enrollment.devices.discovery import parse_discovery_request
from enrollment.devices.messages import Block, CaptureAnswer, CaptureRequest, Wanted, parse_request
from enrollment.devices.reading import Members, judged, loaded
from enrollment.devices.simulator.device import Device, failed
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.simulator.samples import Person, Shown
from enrollment.devices.vocabulary import Purpose
from enrollment.errors import Refusal

__all__ = ["Setup", "Station"]

MAX_SETUP = 4096


@dataclass(frozen=True, slots=True)
class Setup:
    """What whoever runs the simulator chooses, at the start and between captures."""

    person: Person
    fault: Fault = Fault.NONE

    @classmethod
    def parse(cls, content: bytes, now: Setup) -> Setup | Refusal:
        """A change of `now`, from JSON: `seed`, `impression`, `face`, `fault`, each as text, each optional."""

        def read() -> Setup:
            members = Members(loaded(content, MAX_SETUP, "setup"), "setup")
            told = {name: members.optional(name, longest=128) for name in ("seed", "impression", "face", "fault")}
            members.end()
            numbers = Members({name: told[name] or "0" for name in ("seed", "impression")}, "setup")
            seed, impression = (numbers.number(name, highest=999_999_999) for name in ("seed", "impression"))
            person = Person(
                seed if told["seed"] else now.person.seed,
                impression if told["impression"] else (0 if told["seed"] else now.person.impression),
                told["face"] or ("" if told["seed"] else now.person.face),
            )
            fault = Members({"fault": told["fault"] or now.fault.value}, "setup").word("fault", Fault)
            return Setup(person, Fault(fault))

        return judged(read)

    @property
    def document(self) -> dict[str, str]:
        """As JSON says it."""
        person = self.person
        return {
            "seed": str(person.seed),
            "impression": str(person.impression),
            "face": person.face,
            "fault": self.fault.value,
        }


class Station:
    """Answers for all devices. Every answer is JSON; None stands for a question that is none."""

    def __init__(self, devices: Sequence[Device], shown: Shown) -> None:
        self._devices = tuple(devices)
        self._shown = shown

    @property
    def setup(self) -> Setup:
        """How things stand."""
        return Setup(self._shown.person, self._devices[0].fault)

    def set_up(self, content: bytes) -> bytes | None:
        """Change it, as `Setup.parse`; the new state."""
        setup = Setup.parse(content, self.setup)
        if isinstance(setup, Refusal):
            return None
        self._shown.replace(setup.person)
        for device in self._devices:
            device.fault = setup.fault
        return json.dumps(setup.document).encode()

    def discovered(self, content: bytes) -> bytes | None:
        """`MOSIPDISC`."""
        kinds = parse_discovery_request(content)
        if isinstance(kinds, Refusal):
            return None
        return json.dumps([device.found() for device in self._devices if device.modality in kinds]).encode()

    def informed(self) -> bytes:
        """`MOSIPDINFO`."""
        return json.dumps([device.information() for device in self._devices]).encode()

    def request(self, content: bytes, purpose: Purpose) -> CaptureRequest | None:
        """A capture that is asked for by the verb of `purpose`; None when it is none."""
        request = parse_request(content)
        return None if isinstance(request, Refusal) or request.purpose is not purpose else request

    def captured(self, request: CaptureRequest) -> bytes:
        """`RCAPTURE` and `CAPTURE`: the blocks of every entry in one chain, or the first failure alone."""
        blocks: list[Block] = []
        previous = request.wanted[0].previous_hash or EMPTY_HASH
        for wanted in request.wanted:
            device = self.device(wanted.device_id, wanted)
            if device is None:
                return failed(DeviceCode.NOT_FOUND).to_json()
            answer = device.capture(request, wanted, previous)
            if answer.blocks[0].error.number:
                return answer.to_json()
            blocks += answer.blocks
            previous = answer.blocks[-1].hash
        return CaptureAnswer(tuple(blocks)).to_json()

    def device(self, device_id: str, wanted: Wanted | None = None) -> Device | None:
        """The device of that name, if it captures what is wanted."""
        for device in self._devices:
            if device.device_id == device_id and (wanted is None or wanted.modality is device.modality):
                return device
        return None

    def streamed(self, content: bytes) -> Device | None:
        """The device whose pictures are asked for by `STREAM`."""

        def read() -> str:
            members = Members(loaded(content, MAX_SETUP, "stream"), "stream")
            name = members.text("deviceId")
            members.optional("deviceSubId")
            members.optional("timeout")
            members.end()
            return name

        name = judged(read)
        return None if isinstance(name, Refusal) else self.device(name)
