"""Fingers from a device of the centre: a request of ours, signed blocks, and everything that is not one of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from enrollment.capture.overview import Overview
from enrollment.cases import Section
from enrollment.centres import Role
from enrollment.devices.simulator.faults import Fault
from enrollment.web.rooms import EXAMINER, OBJECTS
from idp.web.extensions import db
from tests.factories.floor import Floor, Member
from tests.factories.scanners import RecordExaminer, Scanner
from tests.factories.vaults import cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration

THUMBS = ["right_thumb", "left_thumb"]
RIGHT_FOUR = ["right_index", "right_middle", "right_ring", "right_little"]


@pytest.fixture(scope="module")
def scanner(stack: Stack, worker: str, floor: Floor) -> Iterator[Scanner]:
    """A registered scanner at the centre, an object store, an examiner that reads what the scanner writes."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: RecordExaminer()}
        yield Scanner(floor, floor.centre)


def ask(officer: Member, aid: str, positions: list[str], sensor: str = "3", device: str = "finger-1") -> Any:
    """The server's request for a capture."""
    address = f"/staff/cases/{aid}/capture/request"
    return officer.send(address, script="1", device=device, sensor=sensor, position=positions)


def give(officer: Member, aid: str, transaction: str, blocks: bytes) -> Any:
    """The device's answer, by the page's script."""
    address = f"/staff/cases/{aid}/capture/device"
    return officer.upload(address, blocks, name="blocks", transaction=transaction, script="1")


def captured(officer: Member, aid: str, scanner: Scanner, positions: list[str], sensor: str = "3") -> Any:
    """A whole capture."""
    asked = ask(officer, aid, positions, sensor, scanner.device.device_id).json
    return give(officer, aid, asked["transaction"], scanner.answer(asked["request"]))


def kept(floor: Floor, aid: str) -> list[tuple[str, int, str]]:
    """Position, impression and device of what is kept."""
    with floor.site.app.test_request_context():
        return [(one.position.value, one.impression, one.device) for one in Overview(db.session()).kept(aid)]


def test_both_impressions_of_a_group_come_signed(floor: Floor, scanner: Scanner) -> None:
    """One request, one answer, four fingers under the station's code; the next answer is their second impression."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    first = captured(officer, aid, scanner, RIGHT_FOUR, "2")
    assert first.status_code == 200
    assert first.json["go"] == f"/staff/cases/{aid}/capture/fingers?said=kept"
    assert [one["position"] for one in first.json["taken"]] == RIGHT_FOUR
    code = scanner.station.code
    assert kept(floor, aid) == [(position, 1, code) for position in RIGHT_FOUR]
    assert captured(officer, aid, scanner, RIGHT_FOUR[:1], "2").status_code == 200
    assert kept(floor, aid)[:2] == [("right_index", 1, code), ("right_index", 2, code)]
    assert floor.content(aid, Section.BIOMETRICS)["right_index_second"]["accepted"] is True


def test_what_was_answered_once_is_never_answered_again(floor: Floor, scanner: Scanner) -> None:
    """AC-102, AC-103: neither the request nor the blocks are good a second time, also not for another application."""
    officer = floor.member(Role.OFFICER)
    aid, other = officer.open(), officer.open()
    asked = ask(officer, aid, THUMBS, device=scanner.device.device_id).json
    blocks = scanner.answer(asked["request"])
    assert give(officer, aid, asked["transaction"], blocks).status_code == 200
    for target in (aid, other):
        again = give(officer, target, asked["transaction"], blocks)
        assert (again.status_code, again.json) == (409, {"code": "BIO-REPLAY", "about": "transaction"})
    fresh = ask(officer, other, THUMBS, device=scanner.device.device_id).json
    stale = give(officer, other, fresh["transaction"], blocks)
    assert (stale.status_code, stale.json["code"]) == (409, "BIO-REPLAY")
    assert kept(floor, other) == []
    assert floor.audited("enrolment.refused")[-1]["code"] == "BIO-REPLAY"


def test_request_is_for_one_person_and_one_application(floor: Floor, scanner: Scanner) -> None:
    """A colleague's answer to it is refused, and so is one for another application; then it is used up."""
    officer, colleague = floor.member(Role.OFFICER), floor.member(Role.OFFICER)
    aid, other = officer.open(), officer.open()
    for who, target in ((colleague, aid), (officer, other)):
        asked = ask(officer, aid, THUMBS, device=scanner.device.device_id).json
        blocks = scanner.answer(asked["request"])
        assert give(who, target, asked["transaction"], blocks).status_code == 409
        assert give(officer, aid, asked["transaction"], blocks).status_code == 409
    assert kept(floor, aid) == kept(floor, other) == []


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.BAD_SIGNATURE, 422, "ENR-SIG"),
        (Fault.BAD_CHAIN, 422, "ENR-CHECKSUM"),
        (Fault.WRONG_TIME, 422, "ENR-CLOCK"),
        (Fault.FEWER, 422, "BIO-COUNT"),
        (Fault.BUSY, 422, "DEV-BUSY"),
        (Fault.NOT_REGISTERED, 422, "ENR-DEVICE"),
    ],
)
def test_faulty_answer_keeps_nothing(floor: Floor, scanner: Scanner, fault: Fault, status: int, code: str) -> None:
    """AC-114: what is not signed, whole, of now and what was asked for, is refused by its code and audited."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    scanner.device.fault = fault
    try:
        answer = captured(officer, aid, scanner, THUMBS)
    finally:
        scanner.device.fault = Fault.NONE
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert kept(floor, aid) == []
    assert floor.audited("enrolment.refused")[-1]["code"] == code


def test_device_that_is_not_of_this_centre_is_nobody(floor: Floor, scanner: Scanner) -> None:
    """AC-114: a station of another centre, one that was stolen, and a key that nobody registered give nothing."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    stolen, foreign = Scanner(floor, floor.centre), Scanner(floor, floor.elsewhere)
    assert captured(officer, aid, stolen, THUMBS).status_code == 200
    stolen.revoke()
    before = kept(floor, aid)
    unknown = Scanner(floor, floor.elsewhere)
    unknown.device.code = "ZZZZ"
    borrowed = Scanner(floor, floor.elsewhere)
    borrowed.device.code = scanner.station.code
    for device, about in ((stolen, "revoked"), (foreign, "unknown"), (unknown, "unknown")):
        answer = captured(officer, aid, device, THUMBS)
        assert answer.json == {"code": "ENR-DEVICE", "about": about}
    assert captured(officer, aid, borrowed, THUMBS).json["code"] == "ENR-SIG"
    assert kept(floor, aid) == before


def test_poor_image_is_a_try_whatever_the_device_says(floor: Floor, scanner: Scanner) -> None:
    """The device's score is its opinion: the examiner's counts, and the page says which try comes next."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    scanner.device.fault = Fault.LOW_QUALITY
    try:
        answer = captured(officer, aid, scanner, THUMBS)
    finally:
        scanner.device.fault = Fault.NONE
    assert [one["accepted"] for one in answer.json["taken"]] == [False, False]
    assert officer.get(f"/staff/cases/{aid}/capture/fingers").text.count("2 tries left") == 2


@pytest.mark.usefixtures("scanner")
def test_what_is_no_question_is_refused(floor: Floor) -> None:
    """No finger, one twice, one that the sensor does not see, a device without a name; and JSON that is none."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    assert ask(officer, aid, []).status_code == 422
    assert ask(officer, aid, ["right_thumb", "right_thumb"]).status_code == 422
    assert ask(officer, aid, ["face"]).status_code == 422
    assert ask(officer, aid, ["right_index"], "3").status_code == 422
    assert ask(officer, aid, ["right_thumb"], "9").status_code == 422
    assert ask(officer, aid, ["right_thumb"], device="").status_code == 422
    assert ask(officer, aid, ["right_thumb"], device="x" * 200).status_code == 422
    for blocks in (b"", b"{", b"[]", json.dumps({"biometrics": [{"liveness": True}]}).encode()):
        asked = ask(officer, aid, ["right_thumb"]).json
        assert give(officer, aid, asked["transaction"], blocks).json["code"] == "ENR-SCHEMA"
    assert give(officer, aid, "", b"{}").status_code == 409
    foreign = floor.member(Role.OFFICER, centre=floor.elsewhere)
    assert ask(foreign, aid, ["right_thumb"]).status_code == 404
    assert give(foreign, aid, "x", b"{}").status_code == 404
    assert kept(floor, aid) == []
