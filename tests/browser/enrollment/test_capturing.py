"""An officer captures a face by a camera and ten fingers by a device, by keyboard alone; and all of it as files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import pack
from zlib import compress, crc32

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from embedded.ports import free_ports
from enrollment.capture import FINGERS, ChildExaminer
from enrollment.capture.findings import Seen
from enrollment.capture.overview import Overview
from enrollment.cases import Task
from enrollment.centres import Role
from enrollment.devices.simulator.faults import Fault
from enrollment.errors import Refusal
from enrollment.web.rooms import EXAMINER, OBJECTS, capture_desk
from idp.web.extensions import db
from tests.browser.keyboard import PATIENCE_MS, Keyboard
from tests.browser.preview.application import served_at
from tests.chromium import launched
from tests.factories.cameras import film, flags
from tests.factories.captures import image
from tests.factories.devices import serving
from tests.factories.faces import drawn_face
from tests.factories.floor import Floor, Member, with_floor
from tests.factories.scanners import RecordExaminer, Scanner
from tests.factories.vaults import cellar
from tests.integration.web.conftest import OpenSite, open_site
from tests.stack import Stack

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

SMALL: ViewportSize = {"width": 1024, "height": 600}
MOST_BYTES = 300_000
WEIGHT = """[...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
  .reduce((sum, entry) => sum + entry.decodedBodySize, 0)"""


def png(width: int, height: int, depth: int = 8) -> bytes:
    """A PNG file that says so much, and holds 50 kB of nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", crc32(kind + body))

    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", compress(bytes(50_000))) + chunk(b"IEND", b"")


UNREADABLE = "This file cannot be read as a picture"
HOSTILE = (
    (png(50_000, 50_000), "Take a smaller picture"),
    (b"no picture", UNREADABLE),
    (b"\xff\xd8\xff\xe0" + bytes(200), UNREADABLE),
    (png(1, 100_000), UNREADABLE),
)


class HalfExaminer(RecordExaminer):
    """Looks at faces as they are, and reads what was written of fingers."""

    def __init__(self) -> None:
        super().__init__()
        self.real = ChildExaminer()

    def face(self, content: bytes) -> Seen | Refusal:
        """Judge a photograph, really."""
        return self.real.face(content)

    def picture(self, content: bytes, longest_side: int) -> bytes | Refusal:
        """A photograph as PNG."""
        return self.real.picture(content, longest_side)


@dataclass(frozen=True, slots=True)
class Counter:
    """A floor that is served with an object store, a scanner at its side, and its address."""

    floor: Floor
    scanner: Scanner
    origin: str

    def browser(self, browser: Browser, member: Member, *, scripts: bool = True) -> BrowserContext:
        """A browser in which a member of staff is signed in."""
        context = browser.new_context(viewport=SMALL, locale="en-GB", java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE_MS)
        secret = self.floor.sign_in(member)
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        return context

    def compare(self, aid: str) -> None:
        """What the worker does when it is asked."""
        with self.floor.site.app.test_request_context():
            desk = capture_desk()
            assert desk is not None
            desk.compare(Task("compare"), aid)
            db.session.commit()

    def kept(self, aid: str) -> list[tuple[str, int, str]]:
        """Position, impression and device of the best samples."""
        with self.floor.site.app.test_request_context():
            found = Overview(db.session()).kept(aid, best=True)
        return [(one.position.value, one.impression, one.device) for one in found]


@pytest.fixture(scope="module")
def counter(stack: Stack, worker: str, open_site: OpenSite) -> Iterator[Counter]:
    """The application with the staff's floor, under an address of its own."""
    (port,) = free_ports(1)
    origin = f"http://localhost:{port}"
    with open_site(WANGOV_ISSUER=origin) as site, cellar(stack, worker) as stored:
        examiner = HalfExaminer()
        site.app.extensions |= {OBJECTS: stored.store, EXAMINER: examiner}
        floor = with_floor(site)
        scanner = Scanner(floor, floor.centre)
        with served_at(site.app, port), serving(scanner.service, origin):
            yield Counter(floor, scanner, origin)
        examiner.real.close()


def said(page: Page, words: str) -> None:
    """The page says so, in the line for what happens now or in what it tells of the last form."""
    expect(page.locator("main")).to_contain_text(words, timeout=PATIENCE_MS)


def test_face_and_ten_fingers_by_keyboard_alone(counter: Counter, tmp_path: Path) -> None:
    """F4 leads to the camera, which shoots by itself; F4 again takes group after group, twice; then all is complete."""
    officer = counter.floor.member(Role.OFFICER)
    aid = officer.open()
    counter.floor.fill(officer, aid, confirm=False, captured=False)
    with launched(*flags(film(tmp_path / "face.y4m", drawn_face(1)))) as browser:
        page = counter.browser(browser, officer).new_page()
        page.goto(f"{counter.origin}/staff/cases/{aid}")
        page.keyboard.press("F4")
        said(page, "The capture was taken.")
        expect(page.locator("[data-taken]")).to_be_visible(timeout=PATIENCE_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1024
        assert 5_000 < page.evaluate(WEIGHT) < MOST_BYTES
        Keyboard(page).follow("Go on to the fingers")
        for count in (4, 8, 10, 14, 18, 20):
            page.wait_for_load_state("load")
            said(page, "Device ready" if count > 4 else "press F4")
            page.keyboard.press("F4")
            page.wait_for_url("**/fingers?said=kept", timeout=PATIENCE_MS)
            expect(page.locator(".finger.is-accepted")).to_have_count(min(count, 10), timeout=PATIENCE_MS)
            expect(page.locator(".finger small", has_text="second:")).to_have_count(max(count - 10, 0))
        assert counter.kept(aid)[1:] == [
            (one.value, impression, counter.scanner.station.code) for one in FINGERS for impression in (1, 2)
        ]
        said(page, "The fingers are compared with each other before you can sign")
        counter.compare(aid)
        page.reload()
        said(page, "each is another one")
        Keyboard(page).follow("Back to the form")
        _looked(page)
        page.context.close()


def _looked(page: Page) -> None:
    """The officer's own eyes: two boxes, and the section is complete."""
    hands = Keyboard(page)
    hands.tick("I looked at the face")
    hands.tick("I looked at the fingers")
    expect(page.locator("[data-section=biometrics]")).to_have_class("is-ok", timeout=PATIENCE_MS)


def test_faults_of_the_device_are_said_in_words(counter: Counter, browser: Browser) -> None:
    """Busy, then changed on the way, then too poor: each has words and a next step, and nothing is lost."""
    officer = counter.floor.member(Role.OFFICER)
    aid = officer.open()
    context = counter.browser(browser, officer)
    page = context.new_page()
    page.goto(f"{counter.origin}/staff/cases/{aid}/capture/fingers")
    for fault, words in (
        (Fault.BUSY, "The device is busy or not ready"),
        (Fault.BAD_SIGNATURE, "What the device sent was changed on the way"),
        (Fault.LOW_QUALITY, "2 tries left"),
    ):
        counter.scanner.device.fault = fault
        page.get_by_role("button", name="Capture: right hand").click()
        said(page, words)
    counter.scanner.device.fault = Fault.NONE
    page.get_by_role("button", name="Capture Right thumb").click()
    expect(page.locator("#slot-right_thumb")).to_contain_text("good", timeout=PATIENCE_MS)
    assert [one[0] for one in counter.kept(aid)] == ["right_thumb", *(one.value for one in FINGERS[1:5])]
    context.close()


def test_live_picture_while_the_device_waits(counter: Counter, browser: Browser) -> None:
    """As long as nothing is captured, the page shows what the device sees."""
    officer = counter.floor.member(Role.OFFICER)
    aid = officer.open()
    context = counter.browser(browser, officer)
    page = context.new_page()
    page.goto(f"{counter.origin}/staff/cases/{aid}/capture/fingers")
    counter.scanner.device.fault = Fault.TIMEOUT
    page.get_by_role("button", name="Capture Left thumb").click()
    expect(page.get_by_role("img", name="What the device sees")).to_be_visible(timeout=PATIENCE_MS)
    said(page, "Fingers on the glass, please. The device has 30 seconds.")
    context.close()
    counter.scanner.device.fault = Fault.NONE


def test_face_and_finger_as_files_without_scripts(counter: Counter, browser: Browser, tmp_path: Path) -> None:
    """AC-107, AC-108, AC-109: no script, camera or device, only files; hostile ones are refused, good ones taken."""
    officer = counter.floor.member(Role.OFFICER)
    aid = officer.open()
    face, finger = tmp_path / "face.png", tmp_path / "finger.png"
    face.write_bytes(drawn_face(1))
    finger.write_bytes(image("a finger"))
    context = counter.browser(browser, officer, scripts=False)
    page = context.new_page()
    page.goto(f"{counter.origin}/staff/cases/{aid}/capture/face")
    for number, (hostile, words) in enumerate(HOSTILE):
        page.locator("#picture").set_input_files({"name": f"{number}.png", "mimeType": "image/png", "buffer": hostile})
        page.get_by_role("button", name="Keep this photograph").click()
        expect(page.locator(".errors")).to_contain_text(words, timeout=PATIENCE_MS)
        assert counter.kept(aid) == []
    page.locator("#picture").set_input_files(face)
    page.get_by_role("button", name="Keep this photograph").click()
    said(page, "The capture was taken.")
    page.get_by_role("link", name="Go on to the fingers").click()
    page.locator("summary", has_text="Without a device").click()
    page.locator("#position").select_option("right_thumb")
    page.locator("#picture").set_input_files(finger)
    page.get_by_role("button", name="Keep this picture").click()
    said(page, "The capture was taken.")
    assert counter.kept(aid) == [("face", 1, ""), ("right_thumb", 1, "")]
    context.close()
