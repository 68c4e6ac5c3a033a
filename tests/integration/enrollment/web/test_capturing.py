"""Faces and fingers on the officer's pages, as files: tries, hints, mix-ups, exceptions, signing, and who may not."""

from collections.abc import Iterator
from struct import pack
from zlib import compress, crc32

import pytest
from sqlalchemy import text

from enrollment.capture import FINGERS, ChildExaminer, Position
from enrollment.capture.overview import Overview
from enrollment.cases import Section, Task
from enrollment.centres import Role
from enrollment.storage import Bucket
from enrollment.web.rooms import EXAMINER, OBJECTS, capture_desk, cases
from idp.web.extensions import db
from tests.factories.captures import WrittenExaminer, image
from tests.factories.faces import drawn_face
from tests.factories.floor import Floor, Member
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration

THUMB, INDEX = Position.RIGHT_THUMB.value, Position.RIGHT_INDEX.value


@pytest.fixture(scope="module")
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor, and an examiner that reads what tests write."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


def at(aid: str, rest: str) -> str:
    """An address of the pages of capture."""
    return f"/staff/cases/{aid}/capture/{rest}"


def finger(officer: Member, aid: str, position: str, name: str, quality: int = 70, **more: object) -> int:
    """Give one finger as a file; the status."""
    picture = image(name, quality, **more)
    return int(officer.upload(at(aid, "fingers"), picture, position=position).status_code)


def kept(floor: Floor, aid: str, *, best: bool = False) -> list[tuple[str, int, int, str]]:
    """Position, impression, quality and device of what is kept."""
    with floor.site.app.test_request_context():
        found = Overview(db.session()).kept(aid, best=best)
    return [(one.position.value, one.impression, one.quality, one.device) for one in found]


def compare(floor: Floor, aid: str) -> None:
    """What the worker does when it is asked."""
    with floor.site.app.test_request_context():
        desk = capture_desk()
        assert desk is not None
        desk.compare(Task("compare"), aid)
        db.session.commit()


def asked(floor: Floor, aid: str) -> int:
    """How often the worker was asked to compare or to extract."""
    with floor.site.app.test_request_context():
        query = text("select count(*) from procrastinate_jobs where args->>'aid' = :aid")
        return int(db.session.scalar(query, {"aid": aid}) or 0)


def test_face_is_taken_judged_and_shown(floor: Floor, stored: Cellar) -> None:
    """A bad try says what to do and leaves two; a good one is kept, and its picture is for this officer's eyes."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    poor = officer.upload(at(aid, "face"), image("face", 20, hints=["more_light"]))
    assert poor.status_code == 303
    page = officer.get(at(aid, "face"))
    assert "More light on the face." in page.text
    assert "2 tries left" in page.text
    assert officer.upload(at(aid, "face"), image("face", 80)).status_code == 303
    page = officer.get(at(aid, "face"))
    assert "captured" in page.text
    assert floor.content(aid, Section.BIOMETRICS)["face"]["accepted"] is True
    address = page.text.partition('src="/staff/cases/')[2].partition('"')[0]
    shown = officer.get(f"/staff/cases/{address}")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/png")
    assert shown.headers["Cache-Control"] == "no-store"
    foreign = floor.member(Role.OFFICER, centre=floor.elsewhere)
    assert foreign.get(f"/staff/cases/{address}").status_code == 404
    assert floor.member(Role.SUPERVISOR).get(f"/staff/cases/{address}").status_code == 409
    assert len(stored.names(Bucket.RAW)) >= 2


def test_live_look_keeps_nothing(floor: Floor, stored: Cellar) -> None:
    """To the script: whether a frame would do, and what to do; refusals of the picture are hints as well."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    before = len(stored.all_names())

    def look(picture: bytes) -> object:
        return officer.upload(at(aid, "look"), picture, script="1").json

    assert look(image("face", 80)) == {"good": True, "hints": []}
    assert look(image("face", 20, hints=["come_closer"])) == {"good": False, "hints": ["come_closer"]}
    assert look(image("face", 80, sound=False)) == {"good": False, "hints": []}
    assert look(image("face", code="BIO-NOFACE", hint="show_face")) == {"good": False, "hints": ["show_face"]}
    assert kept(floor, aid) == []
    assert len(stored.all_names()) == before
    assert floor.member(Role.OFFICER, centre=floor.elsewhere).upload(at(aid, "look"), b"x").status_code == 404


@pytest.mark.usefixtures("stored")
def test_three_tries_then_an_exception_with_a_photograph(floor: Floor) -> None:
    """AC-102: the very same picture again is no new try. After three poor ones only an exception goes on."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    for quality in (9, 9, 12, 11):
        assert finger(officer, aid, THUMB, "worn thumb", quality) == 303
    fourth = officer.upload(at(aid, "fingers"), image("worn thumb", 13), position=THUMB)
    assert fourth.status_code == 422
    assert "All three tries are used" in fourth.text
    assert [one[2] for one in kept(floor, aid, best=True)] == [12]
    assert "no try left" in officer.get(at(aid, "fingers")).text
    noted = officer.upload(at(aid, "exception"), image("a worn thumb"), position=THUMB, why="worn", lasting="yes")
    assert noted.status_code == 303
    assert "Worn, cannot be read" in officer.get(f"/staff/cases/{aid}").text
    with floor.site.app.test_request_context():
        (held,) = cases().exceptions.listed(aid)
    assert held.photo_id is not None
    assert "is-excepted" in officer.get(at(aid, "fingers")).text


@pytest.mark.usefixtures("stored")
def test_exception_that_cannot_be_changes_nothing(floor: Floor) -> None:
    """No reason, nothing ticked, a picture that is none: the page says what to do, and nothing is noted."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    assert officer.upload(at(aid, "exception"), b"", position=THUMB).status_code == 400
    assert officer.upload(at(aid, "exception"), b"", why="worn").status_code == 400
    injured = officer.upload(at(aid, "exception"), b"", position=THUMB, why="injured")
    assert (injured.status_code, "Give the day to come again" in injured.text) == (400, True)
    other = officer.upload(at(aid, "exception"), b"no picture", position=THUMB, why="missing")
    assert (other.status_code, "cannot be read as a picture" in other.text) == (422, True)
    assert "None. Nobody is refused" in officer.get(f"/staff/cases/{aid}").text


@pytest.mark.usefixtures("stored")
def test_picture_of_another_finger_is_no_sample(floor: Floor) -> None:
    """AC-103: a picture that stands for one finger is refused for another, with an audit row."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    assert finger(officer, aid, THUMB, "thumb") == 303
    before = len(floor.audited("enrolment.refused"))
    again = officer.upload(at(aid, "fingers"), image("thumb"), position=INDEX)
    assert again.status_code == 422
    assert "This very picture was given for another finger: Right thumb" in again.text
    refusals = floor.audited("enrolment.refused")
    assert len(refusals) == before + 1
    assert refusals[-1]["code"] == "BIO-REPEAT"
    assert [one[0] for one in kept(floor, aid)] == [THUMB]


@pytest.mark.usefixtures("stored")
def test_claims_of_the_browser_count_for_nothing(floor: Floor) -> None:
    """AC-114: a browser that says what it likes of liveness, quality or device changes nothing of it."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    claims = {"liveness": "true", "quality": "100", "accepted": "true", "device": "SIMULATOR", "impression": "2"}
    assert officer.upload(at(aid, "fingers"), image("thumb", 9), position=THUMB, **claims).status_code == 303
    assert kept(floor, aid) == [(THUMB, 1, 9, "")]
    assert floor.content(aid, Section.BIOMETRICS)[THUMB]["accepted"] is False


@pytest.mark.usefixtures("stored")
def test_too_much_is_refused_before_it_is_read(floor: Floor) -> None:
    """AC-107: over 5 MB, as a picture or as a form, is 413; a frame for hints is smaller still."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    large = officer.upload(at(aid, "face"), b"{" + bytes(5 << 20))
    assert (large.status_code, "larger than 5 MB" in large.text) == (413, True)
    assert officer.upload(at(aid, "face"), bytes(6 << 20)).status_code == 413
    assert officer.upload(at(aid, "look"), bytes(2 << 20)).status_code == 413
    assert officer.upload(at(aid, "device"), bytes(9 << 20), name="blocks").status_code == 413
    assert kept(floor, aid) == []


@pytest.fixture
def real(floor: Floor, stored: Cellar) -> Iterator[None]:
    """The engine looks, in a process of its own."""
    written, child = floor.site.app.extensions[EXAMINER], ChildExaminer()
    floor.site.app.extensions[EXAMINER] = child
    yield
    floor.site.app.extensions[EXAMINER] = written
    child.close()


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG file."""
    return pack(">I", len(body)) + kind + body + pack(">I", crc32(kind + body))


def png(width: int, height: int, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG file that says so much, and holds 50 kB of nothing."""
    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", compress(bytes(50_000))) + chunk(b"IEND", b"")


@pytest.mark.usefixtures("real")
def test_hostile_pictures_are_refused_and_the_page_lives(floor: Floor) -> None:
    """AC-107, AC-108, AC-109: a bomb is 413; what is broken, odd or empty is 422; a good face is taken afterwards."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    assert officer.upload(at(aid, "face"), png(50_000, 50_000)).status_code == 413
    hostile = (
        b"", b"GIF89a", b"\xff\xd8\xff\xe0" + bytes(200), b"\x89PNG\r\n\x1a\n", png(1, 1), png(1, 100_000),
        png(388, 374, 16), b"\x93NUMPY\x01\x00v\x00{'descr': '|O'}", b"RIFF\xff\xff\xff\xffWEBPVP8L",
        b"II*\0" + b"\xff" * 64, b"FIR\0010\0" + b"\xff" * 40,
    )  # fmt: skip
    for picture in hostile:
        for path in ("face", "fingers"):
            answer = officer.upload(at(aid, path), picture, position=THUMB)
            assert (answer.status_code in (413, 422), "There is a problem" in answer.text) == (True, True), picture[:20]
    assert kept(floor, aid) == []
    assert officer.upload(at(aid, "face"), drawn_face(1)).status_code == 303
    assert floor.content(aid, Section.BIOMETRICS)["face"]["accepted"] is True


@pytest.mark.usefixtures("stored")
def test_files_arrive_whatever_their_bytes_are(floor: Floor) -> None:
    """A picture is read in pieces; line ends where one piece meets the next are bytes like any other."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    for ends in (b"\n", b"\r", b"\r\n"):
        assert officer.upload(at(aid, "face"), image("face")[:-1] + ends * 200_000 + b"}").status_code == 303


@pytest.mark.usefixtures("stored")
def test_whoever_may_not_gets_nothing(floor: Floor) -> None:
    """AC-095: another centre's application does not exist; a supervisor captures nothing; no finger of that name."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    foreign, supervisor = floor.member(Role.OFFICER, centre=floor.elsewhere), floor.member(Role.SUPERVISOR)
    for path in ("face", "fingers"):
        assert foreign.get(at(aid, path)).status_code == 404
        assert supervisor.get(at(aid, path)).status_code == 403
    for path in ("fingers", "exception"):
        fields = {"position": THUMB, "why": "missing"}
        assert foreign.upload(at(aid, path), image("x"), **fields).status_code == 404
        assert supervisor.upload(at(aid, path), image("x"), **fields).status_code == 403
    for path in ("compare", "again"):
        assert foreign.send(at(aid, path), position=THUMB).status_code == 404
    assert officer.upload(at(aid, "fingers"), image("x"), position="right_toe").status_code == 422
    assert officer.send(at(aid, "again"), position=THUMB).status_code == 422
    assert kept(floor, aid) == []


@pytest.mark.usefixtures("stored")
def test_mixed_up_fingers_are_named_and_captured_again(floor: Floor) -> None:
    """The same finger under two names: said in plain words, no signature before both are captured anew."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    floor.fill(officer, aid, confirm=False)
    assert officer.upload(at(aid, "face"), image("face")).status_code == 303
    assert officer.send(at(aid, "again"), position=THUMB).status_code == 422
    for position in FINGERS:
        before = asked(floor, aid)
        name = "one finger" if position.value in (THUMB, INDEX) else position.value
        assert finger(officer, aid, position.value, name, 71 if position.value == INDEX else 70) == 303
    assert asked(floor, aid) == before + 1
    officer.get(f"/staff/cases/{aid}/preview")
    officer.submit("/preview", answer="right")
    unchecked = officer.get(f"/staff/cases/{aid}/sign")
    assert (unchecked.status_code, "compared with each other" in unchecked.text) == (409, True)
    compare(floor, aid)
    page = officer.get(at(aid, "fingers"))
    assert "Right index finger and Right thumb are the same finger" in page.text
    refused = officer.get(f"/staff/cases/{aid}/sign")
    assert (refused.status_code, "Right index finger is not what it was called" in refused.text) == (422, True)
    assert officer.send(at(aid, "again"), position=INDEX).status_code == 303
    assert finger(officer, aid, INDEX, "index") == 303
    compare(floor, aid)
    assert "each is another one" in officer.get(at(aid, "fingers")).text
    _signed_and_settled(floor, officer, aid)


def _signed_and_settled(floor: Floor, officer: Member, aid: str) -> None:
    """A second impression and a poor try before it; at signing only the best stay, and templates are asked for."""
    assert finger(officer, aid, THUMB, "thumb again", 20) == 303
    assert finger(officer, aid, THUMB, "thumb once more", 66) == 303
    compare(floor, aid)
    assert [one[:3] for one in kept(floor, aid) if one[0] == THUMB] == [(THUMB, 1, 70), (THUMB, 2, 20), (THUMB, 2, 66)]
    officer.get(f"/staff/cases/{aid}/preview")
    officer.submit("/preview", answer="right")
    # A milder word of the officer's does not stand for what the supervisor is to know (AC-114).
    assert officer.send(f"/staff/cases/{aid}/flag", section="biometrics", reason="helped").status_code == 303
    before = asked(floor, aid)
    officer.get(f"/staff/cases/{aid}/sign")
    officer.submit("/sign")
    assert "Waiting for the supervisor" in officer.get(f"/staff/cases/{aid}").text
    assert [one[:3] for one in kept(floor, aid) if one[0] == THUMB] == [(THUMB, 1, 70), (THUMB, 2, 66)]
    assert asked(floor, aid) == before + 1
    supervisor = floor.member(Role.SUPERVISOR)
    supervisor.get(f"/staff/review/{aid}")
    supervisor.submit("/take")
    page = supervisor.get(f"/staff/review/{aid}").text
    assert "Fingers came without a registered device" in page
    address = page.partition('class="portrait" src="')[2].partition('"')[0]
    assert supervisor.get(address).headers["Content-Type"] == "image/png"
    assert officer.get(address).status_code == 409
    _returned_and_replaced(floor, supervisor, officer, aid)


def _returned_and_replaced(floor: Floor, supervisor: Member, officer: Member, aid: str) -> None:
    """What was returned may be captured anew, although it was accepted: three new tries, and the old one is gone."""
    supervisor.get(f"/staff/review/{aid}")
    supervisor.submit("/decide", decision="return", return_reason="photo")
    officer.get(f"/staff/cases/{aid}")
    officer.submit("/begin")
    before = [one for one in kept(floor, aid) if one[0] == "face"]
    assert "Begin again with three new tries" in officer.get(at(aid, "face")).text
    assert officer.send(at(aid, "again"), position="face").status_code == 303
    assert officer.upload(at(aid, "face"), image("another face", 81)).status_code == 303
    assert (before, kept(floor, aid)[0]) == ([("face", 1, 70, "")], ("face", 1, 81, ""))


@pytest.mark.usefixtures("stored")
def test_only_these_pages_may_use_camera_and_devices(floor: Floor) -> None:
    """The camera is for the page of the face, devices of this machine for that of the fingers, neither elsewhere."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    face, fingers, form = (officer.get(path) for path in (at(aid, "face"), at(aid, "fingers"), f"/staff/cases/{aid}"))
    assert "camera=(self)" in face.headers["Permissions-Policy"]
    assert "camera=()" in fingers.headers["Permissions-Policy"]
    assert "camera=()" in form.headers["Permissions-Policy"]
    allowed = fingers.headers["Content-Security-Policy"].partition("connect-src ")[2].partition(";")[0].split()
    assert allowed[0] == "'self'"
    assert set(allowed[1:]) == {f"http://127.0.0.1:{port}" for port in range(4501, 4601)}
    for page in (face, form):
        assert "127.0.0.1" not in page.headers["Content-Security-Policy"]
    assert sum(len(name) + len(value) for name, value in fingers.headers.items()) < 4_000
