"""Fingers from a device of the centre: a request made here for one capture, and the signed blocks that answer it.

The page's script carries both between us and the device on its machine. What it says itself counts for nothing: the
request is kept here, and the blocks are checked against it and against the register of devices.
"""

from __future__ import annotations

from flask import jsonify, make_response, request
from werkzeug.wrappers import Response

from enrollment.capture import Position
from enrollment.capture.captures import Taken
from enrollment.capture.desk import CaptureDesk
from enrollment.cases.sections import FINGERS
from enrollment.centres import Role
from enrollment.devices.chain import CheckedSample
from enrollment.devices.messages import CaptureRequest, Wanted, parse_capture, parse_request
from enrollment.devices.vocabulary import SENSORS, Modality, Purpose
from enrollment.errors import Code, Refusal
from enrollment.web.capture_rooms import block_check, device_environment
from enrollment.web.rooms import capture_desk, cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.capturing import told
from enrollment.web.staff.guard import Present, present, refusal_page
from idp.web.extensions import db, services

__all__ = ["ask_device", "put_blocks"]

# Where requests that were handed out are kept, and for how many seconds; what a person may take at the device.
KIND = "device-capture"
KEPT_SECONDS = 300
TIMEOUT_MILLISECONDS = 30_000
MAX_ID = 128
_BY_SUBTYPE = {position.subtype: position for position in Position}


@staff.post("/staff/cases/<aid>/capture/request")
def ask_device(aid: str) -> Response:
    """A request for one capture of the fingers `position` (repeated), for the script to hand to the device.

    It can be answered once, within five minutes, by whoever it was made for.
    """
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = capture_desk()
    wanted = None if desk is None else _wanted(here, desk, aid)
    if wanted is None:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "device"))
    if isinstance(wanted, Refusal):
        return refusal_page(wanted)
    shared = services()
    transaction = str(shared.entropy.uuid())
    asked = CaptureRequest(
        Purpose.ENROL, device_environment(), transaction, shared.clock.now(), TIMEOUT_MILLISECONDS, (wanted,)
    )
    text = asked.to_json().decode()
    kept = {"aid": aid, "by": str(here.actor.subscriber_id), "request": text}
    shared.ephemeral.park(KIND, transaction, kept, KEPT_SECONDS)
    db.session.rollback()
    return make_response(jsonify(transaction=transaction, request=text, seconds=TIMEOUT_MILLISECONDS // 1000))


@staff.post("/staff/cases/<aid>/capture/device")
def put_blocks(aid: str) -> Response:
    """Take what the device answered: `blocks`, a file, to the request of `transaction`."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = capture_desk()
    if desk is None:
        return refusal_page(Refusal(Code.ENR_OBJECT, "store"))
    places = desk.places(here.actor, aid)
    if isinstance(places, Refusal):
        return refusal_page(places)
    samples = _checked(here, aid)
    if isinstance(samples, Refusal):
        return refusal_page(cases().access.refuse(here.actor, aid, "capture", samples))
    taken: list[Taken] = []
    refusal: Refusal | None = None
    for sample in samples:
        position = _BY_SUBTYPE[sample.position]
        impression = places[position.number].wanted or 1
        outcome = desk.take(here.actor, aid, position, sample.content, impression=impression, device=sample.device_code)
        if isinstance(outcome, Refusal):
            refusal = refusal or outcome
        else:
            taken.append(outcome)
    if not taken and refusal is not None:
        return refusal_page(refusal)
    return told(here, desk, aid, taken)


def _wanted(here: Present, desk: CaptureDesk, aid: str) -> Wanted | Refusal | None:
    """What the device is asked for; None where the form does not say it."""
    names, sensor = request.form.getlist("position"), request.form.get("sensor", "")
    device = request.form.get("device", "")
    told_well = 0 < len(device) <= MAX_ID and device.isascii() and device.isprintable() and sensor in SENSORS
    if not told_well or not names or len(names) != len(set(names)) or not set(names) <= set(FINGERS):
        return None
    asked = tuple(Position(name).subtype for name in names)
    if not set(asked) <= set(SENSORS[sensor]):
        return None
    places = desk.places(here.actor, aid)
    if isinstance(places, Refusal):
        return places
    absent = tuple(
        place.position.subtype
        for place in places
        if place.standing.value == "excepted" and place.position.subtype in SENSORS[sensor]
    )
    return Wanted(Modality.FINGER, len(asked), asked, device, sensor, tuple(set(absent) - set(asked)))


def _checked(here: Present, aid: str) -> tuple[CheckedSample, ...] | Refusal:
    """The samples, when the blocks answer a request that was made for this person and application, and once."""
    given, transaction = request.files.get("blocks"), request.form.get("transaction", "")
    known = 0 < len(transaction) <= 50 and transaction.isascii() and transaction.isprintable()
    kept = services().ephemeral.take(KIND, transaction) if known else None
    if kept is None or (kept["aid"], kept["by"]) != (aid, str(here.actor.subscriber_id)):
        return Refusal(Code.BIO_REPLAY, "transaction")
    asked = parse_request(kept["request"].encode())
    if isinstance(asked, Refusal):
        return asked
    answer = parse_capture(b"" if given is None else given.read())
    return answer if isinstance(answer, Refusal) else block_check(here.actor.centre_id).check(asked, answer)
