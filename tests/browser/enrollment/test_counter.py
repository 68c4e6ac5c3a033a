"""A person at a counter and at their own sign-in, with the engine itself: fingers of nobody, a drawn face."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, ViewportSize, expect

from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from embedded.ports import free_ports
from enrollment.capture import ChildExaminer, Position
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.storage import Bucket
from enrollment.storage.models import StoredObjectRow
from enrollment.verification import Enrolled
from enrollment.web.rooms import EXAMINER, OBJECTS, vault
from idp.web.extensions import db
from tests.browser.keyboard import PATIENCE_MS, Keyboard, shown
from tests.browser.preview.application import served_at
from tests.factories.faces import drawn_face
from tests.factories.floor import Floor, with_floor
from tests.factories.register import Office
from tests.factories.vaults import Cellar, cellar
from tests.factories.verification import Enroller
from tests.integration.web.conftest import PASSWORD, OpenSite, Person, open_site
from tests.stack import Stack

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

FACE, INDEX = Position.FACE, Position.RIGHT_INDEX
STATION: ViewportSize = {"width": 1024, "height": 600}
PHONE: ViewportSize = {"width": 360, "height": 740}


@dataclass(frozen=True, slots=True)
class Place:
    """A floor that is served with an object store and the engine, and pictures of one finger and of another."""

    floor: Floor
    cellar: Cellar
    origin: str
    mine: list[bytes]
    other: list[bytes]

    def officer(self, browser: Browser) -> Page:
        """An officer's browser without scripts, at the counter's first page."""
        secret = self.floor.sign_in(self.floor.member(Role.OFFICER))
        context = self._context(browser, STATION)
        context.add_cookies([{"name": "wangov_session", "value": secret, "url": self.origin}])
        page = context.new_page()
        page.goto(f"{self.origin}/staff")
        Keyboard(page).follow("Check a person")
        shown(page, "Is it this person?")
        return page

    def citizen(self, browser: Browser) -> Page:
        """A phone's browser without scripts."""
        return self._context(browser, PHONE).new_page()

    def _context(self, browser: Browser, size: ViewportSize) -> BrowserContext:
        context = browser.new_context(viewport=size, locale="en-GB", java_script_enabled=False)
        context.set_default_timeout(PATIENCE_MS)
        return context


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the register with a number, an account, two impressions of one finger and a face."""

    nin: str
    person_id: Any
    account: Person


@pytest.fixture(scope="module")
def place(stack: Stack, worker: str, open_site: OpenSite) -> Iterator[Place]:
    """The application under an address of its own."""
    (port,) = free_ports(1)
    mine, other = ([encode_png(image) for image in images(master(7, one), 7, one, range(5))] for one in (1, 2))
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site, cellar(stack, worker) as held:
        examiner = ChildExaminer()
        site.app.extensions |= {OBJECTS: held.store, EXAMINER: examiner}
        with served_at(site.app, port):
            yield Place(with_floor(site), held, f"http://localhost:{port}", mine, other)
        examiner.close()


@pytest.fixture
def somebody(place: Place) -> Somebody:
    """Enrolled as issuance leaves people: the best two impressions of a finger, and the face."""
    floor = place.floor
    account, shared = floor.site.person(totp=True), floor.site.services
    with floor.site.app.test_request_context():
        examiner: ChildExaminer = floor.site.app.extensions[EXAMINER]
        office = Office(db.session(), keys=shared.purpose_keys, clock=shared.clock)  # type: ignore[arg-type]  # any clock
        person_id, nin = office.numbered()
        held = vault()
        assert held is not None
        pictures = {}
        for position, files in {FACE: [drawn_face(1)], INDEX: place.mine[:2]}.items():
            made = [(file, examiner.templates(position, file, 60)) for file in files]
            pictures[position] = [(file, one[0].content) for file, one in made if not isinstance(one, Refusal)]
        enroller = Enroller(db.session(), held, shared.purpose_keys, shared.clock)
        enroller.enrol(person_id, pictures)
        enroller.account(person_id, account.id)
        db.session.commit()
    return Somebody(nin, person_id, account)


def begin(page: Page, number: str) -> None:
    """The first step at the counter, by keyboard."""
    hands = Keyboard(page)
    if page.locator("h1").inner_text() != "Is it this person?":
        hands.follow("Begin again" if page.get_by_role("link", name="Begin again").count() else "Next person")
    hands.pick("They want a public service at this counter")
    hands.fill("Number on the card, the receipt or the slip", number)
    if not page.locator("#present").is_checked():
        hands.tick("The person stands in front of me, and knows that I ask")
    hands.press("Go on to the capture")


def give(page: Page, field: str, content: bytes, button: str) -> None:
    """A picture from the reader or the camera, as a file."""
    file: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": content}
    page.locator(f"#{field}").set_input_files(file)
    Keyboard(page).press(button)


def test_counter_by_keyboard_and_without_scripts(place: Place, somebody: Somebody, browser: Browser) -> None:
    """AC-102, AC-103, AC-104: no match, match, used pictures, never a figure.

    AC-111: with other sealed bytes in the place of a template, that finger is not compared; the face still is.
    """
    page = place.officer(browser)
    begin(page, "123")
    expect(page.locator("main")).to_contain_text("a sign is wrong or missing")
    begin(page, somebody.nin)
    shown(page, "Capture a finger or the face")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    give(page, "first", place.other[2], "Compare the fingers")
    expect(page.locator("main")).to_contain_text("does not mean that somebody is lying")
    give(page, "first", b"no picture", "Compare the fingers")
    expect(page.locator("main")).to_contain_text("cannot be read as a picture")
    give(page, "first", place.mine[0], "Compare the fingers")
    expect(page.locator("main")).to_contain_text("This very picture was used before")
    give(page, "first", place.mine[2], "Compare the fingers")
    shown(page, "It is the person")
    assert somebody.nin not in page.content()
    begin(page, somebody.nin)
    give(page, "first", place.mine[2], "Compare the fingers")
    expect(page.locator("main")).to_contain_text("This very picture was used before")
    give(page, "face", drawn_face(1, 2), "Compare the face")
    shown(page, "It is the person")
    spoil(place, somebody)
    begin(page, somebody.nin)
    give(page, "first", place.mine[3], "Compare the fingers")
    expect(page.locator("main")).to_contain_text("The comparison is not possible just now")
    give(page, "face", drawn_face(1, 3), "Compare the face")
    shown(page, "It is the person")


def spoil(place: Place, somebody: Somebody) -> None:
    """Put other sealed bytes where a template of the finger lies, and have the row look there."""
    site, bucket = place.floor.site, Bucket.TEMPLATES
    with site.app.test_request_context():
        held = Enrolled(db.session(), site.services.purpose_keys).of(somebody.person_id)
        face, finger = (next(one.object_id for one in held if one.position is where) for where in (FACE, INDEX))
        content = place.cellar.bytes_of(bucket, face)
        name = place.cellar.store.bucket(bucket)
        made = place.cellar.client.put_object(name, f"{finger}.1", io.BytesIO(content), len(content))
        row = db.session.get(StoredObjectRow, finger)
        assert row is not None
        row.store_version = made.version_id or ""
        db.session.commit()


def test_face_after_a_code_on_a_phone_without_scripts(place: Place, somebody: Somebody, browser: Browser) -> None:
    """AC-105: only after a code. AC-114: what the form claims is not read. AC-106: one count with the counter."""
    site = place.floor.site
    page = place.citizen(browser)
    hands = Keyboard(page)
    page.goto(f"{place.origin}/account")
    hands.fill("User name or ID number", somebody.account.username)
    hands.fill("Password", PASSWORD)
    hands.press("Sign in")
    hands.follow("Confirm in another way")
    hands.pick("Finger")
    hands.press("Go on")
    hands.fill("6-digit code", site.code(somebody.account))
    hands.press("Confirm the code")
    shown(page, "Send your fingerprint")
    expect(page.locator("main")).to_contain_text("Use your right index finger")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    claim = '<input type="hidden" name="liveness" value="true">'
    page.evaluate("claim => document.querySelector('#form').insertAdjacentHTML('beforeend', claim)", claim)
    give(page, "sample", place.other[3], "Send the picture")
    expect(page.locator("main")).to_contain_text("This did not match")
    give(page, "sample", b"no picture", "Send the picture")
    expect(page.locator("main")).to_contain_text("There is a problem")
    misses_at_the_counter(place, somebody, browser)
    give(page, "sample", place.mine[4], "Send the picture")
    expect(page.locator("main")).to_contain_text("minute")
    site.clock.advance(61)


def misses_at_the_counter(place: Place, somebody: Somebody, browser: Browser) -> None:
    """Four more misses, at another machine."""
    page = place.officer(browser)
    begin(page, somebody.nin)
    for number in (0, 1, 2, 4):
        give(page, "first", place.other[number], "Compare the fingers")
        expect(page.locator("main")).to_contain_text("No match")
    give(page, "first", place.mine[3], "Compare the fingers")
    expect(page.locator("main")).to_contain_text("Too many tries did not match for this person")
