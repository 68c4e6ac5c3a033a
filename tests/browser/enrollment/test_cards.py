"""Cards in a browser: checked off the network by the same rules as here, and printed on three papers."""

import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect
from sqlalchemy import update

from embedded.ports import free_ports
from enrollment.card import Asked, Card, base45, cbor, check
from enrollment.card.envelope import sealed
from enrollment.card.keyfiles import keys_in
from enrollment.card.listing import CLAIM
from enrollment.card.trust import key_id_of
from enrollment.cases import grouped
from enrollment.centres import Role
from enrollment.register.models import PersonRow
from enrollment.web.card_rooms import cards
from idp.keys.jose import Algorithm, public_jwk
from idp.web import cookies
from idp.web.extensions import db
from tests.browser.enrollment.test_claiming import Served, sound
from tests.browser.keyboard import PATIENCE_MS, Keyboard
from tests.browser.preview.application import served_at
from tests.chromium import PHONE, Browsers
from tests.factories.cards import Forger
from tests.factories.claims import Claimant, bound
from tests.factories.floor import Member, with_floor
from tests.integration.web.conftest import OpenSite, open_site

__all__ = ["open_site"]

pytestmark = pytest.mark.browser

GOOD, FORGED, STRANGE, NONE = (
    "This card is good",
    "This card is forged or damaged",
    "This card was not made by us",
    "This is not the code of a card",
)


# Checks a text as a person does, and tells which of the page's words were shown.
_JUDGED = """async (text) => {
  const said = document.querySelector("[data-words]");
  said.textContent = "";
  document.querySelector("[name=card]").value = text;
  document.querySelector("[data-form]").requestSubmit();
  while (!said.textContent) await new Promise(requestAnimationFrame);
  const all = document.querySelector("[data-all-words]").content;
  const shown = [...all.querySelectorAll("[data-name$='-words']")].find((one) => one.textContent === said.textContent);
  return shown.dataset.name.replace("-words", "");
}"""


@pytest.fixture(scope="module")
def served(open_site: OpenSite) -> Iterator[Served]:
    """The application under an address of its own."""
    (port,) = free_ports(1)
    with open_site(WANGOV_ISSUER=f"http://localhost:{port}") as site:
        floor = with_floor(site)
        with served_at(site.app, port):
            yield Served(floor, f"http://localhost:{port}")


def card_of(served: Served, one: Claimant, *, new: bool = False) -> Card:
    """Somebody's card."""
    with served.floor.site.app.test_request_context():
        made = cards().issue(one.person_id, Asked(one.subscriber_id, new=new))
        db.session.commit()
    assert isinstance(made, Card), made
    return made


def ready(served: Served, context: BrowserContext) -> Page:
    """The page of checks, with its keys and its list."""
    page = context.new_page()
    page.goto(f"{served.origin}/verify")
    expect(page.locator("[data-verify]")).to_have_attribute("data-ready", "yes", timeout=PATIENCE_MS)
    return page


def answering(page: Page, *forgers: Forger) -> list[dict[str, str]]:
    """Let these sign cards for this page, the first of them an empty list too; their keys."""
    keys = [_jwk(forger) for forger in forgers]
    now = int(datetime.now(UTC).timestamp())
    listed: dict[int, Any] = {4: now + 900, 6: now, CLAIM: {1: b""}}
    content = sealed(listed, forgers[0].algorithm, forgers[0].private, key_id_of(forgers[0].public))
    page.route("**/verify/keys", lambda route: route.fulfill(json={"keys": keys}))
    page.route("**/verify/list", lambda route: route.fulfill(body=content))
    return keys


def says(page: Page, text: str) -> str:
    """What the page says to this code."""
    title = page.locator("[data-title]")
    title.evaluate("(node) => { node.textContent = ''; }")
    page.get_by_label("What the code says").fill(text)
    page.get_by_role("button", name="Check the card").click()
    expect(title).not_to_be_empty(timeout=PATIENCE_MS)
    return title.inner_text()


def test_with_the_network_off(served: Served, browsers: Browsers) -> None:
    """Loaded once on a phone, the page comes again without a connection and tells good cards from bad ones."""
    floor = served.floor
    people = [bound(floor) for _ in range(4)]
    good, lost, gone, held = (card_of(served, one) for one in people)
    card_of(served, people[1], new=True)
    with floor.site.app.app_context():
        for one, status in ((people[2], "deceased"), (people[3], "suspended")):
            db.session.execute(update(PersonRow).where(PersonRow.id == one.person_id).values(status=status))
        db.session.commit()
    context = browsers.visitor(width=PHONE)
    page = ready(served, context)
    expect(page.locator("[data-state]")).to_contain_text("works without a connection", timeout=PATIENCE_MS)
    context.set_offline(True)
    page.reload()
    expect(page.locator("[data-verify]")).to_have_attribute("data-ready", "yes", timeout=PATIENCE_MS)
    assert says(page, good.text) == GOOD
    expect(page.locator("[data-f=name]")).to_have_text("Testa Binta Sampleton")
    expect(page.locator("[data-f=born]")).to_have_text("1990-02-28")
    sound(page, "Check a card")
    assert says(page, lost.text) == "This card was taken back"
    assert says(page, gone.text) == "This card is no longer good"
    assert says(page, held.text) == "This card is not good at present"
    expect(page.locator("[data-card]")).to_be_hidden()
    assert says(page, Forger().text()) == STRANGE
    assert says(page, good.text[:-4]) == NONE


def test_the_browser_and_we_judge_alike(served: Served, browsers: Browsers) -> None:
    """Texts good and bad in every way: what the page says is what our own check says."""
    ours, other = Forger(), Forger(Algorithm.EDDSA)
    now = datetime.now(UTC)
    page = browsers.visitor().new_page()
    keys = answering(page, ours, other)
    page.goto(f"{served.origin}/verify")
    expect(page.locator("[data-verify]")).to_have_attribute("data-ready", "yes", timeout=PATIENCE_MS)
    trusted = keys_in(json.dumps({"keys": keys}).encode()).trusted
    found, wanted = {}, {}
    for name, text in _texts(ours, other, int(now.timestamp())).items():
        checked = check(text, trusted, now)
        wanted[name] = "good" if checked.reason is None else checked.reason.value
        found[name] = page.evaluate(_JUDGED, text)
    assert found == wanted
    assert len(set(wanted.values())) > 10


def test_a_photograph_of_the_code(served: Served, browsers: Browsers) -> None:
    """Where the browser reads codes, a photograph is enough; the face is shown; a picture without a code is told."""
    forger = Forger()
    context = browsers.visitor(width=PHONE)
    page = context.new_page()
    # What reads codes is the browser's own, and not in every build: here it reads what the test says.
    page.add_init_script("""
      window.BarcodeDetector = class {
        static async getSupportedFormats() { return ["qr_code"]; }
        async detect() { return window.seen ? [{ rawValue: window.seen }] : []; }
      };
    """)
    answering(page, forger)
    page.goto(f"{served.origin}/verify")
    expect(page.get_by_role("button", name="Scan with the camera")).to_be_visible(timeout=PATIENCE_MS)
    drawn = np.full((90, 72, 3), (40, 90, 160), np.uint8)
    small = cv2.imencode(".webp", drawn, [cv2.IMWRITE_WEBP_QUALITY, 20])[1].tobytes()
    photograph: FilePayload = {
        "name": "code.png",
        "mimeType": "image/png",
        "buffer": cv2.imencode(".png", drawn)[1].tobytes(),
    }
    field = page.get_by_label("Or choose a photograph of the code")
    field.set_input_files([photograph])
    expect(page.locator("[data-state]")).to_contain_text("no code in this picture", timeout=PATIENCE_MS)
    page.evaluate("(text) => { window.seen = text; }", forger.text(face=small))
    field.set_input_files([])
    field.set_input_files([photograph])
    expect(page.locator("[data-title]")).to_have_text(GOOD, timeout=PATIENCE_MS)
    face = page.locator("[data-f=picture]")
    expect(face).to_be_visible()
    assert face.evaluate("(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])") == [72, 90]
    # What a card does not say has no line.
    expect(page.get_by_text("Born", exact=True)).to_be_hidden()
    sound(page, "Check a card")


def test_without_scripts(served: Served, browsers: Browsers) -> None:
    """By keyboard alone; what it says is shown by us."""
    card = card_of(served, bound(served.floor))
    page = browsers.visitor(scripts=False, width=PHONE).new_page()
    hands = Keyboard(page)
    page.goto(f"{served.origin}/verify")
    hands.fill("What the code says", card.text)
    hands.press("Check the card")
    expect(page.locator("[data-title]")).to_have_text(GOOD)
    expect(page.locator("[data-f=name]")).to_have_text("Testa Binta Sampleton")
    sound(page, "Check a card")


def test_a_person_makes_a_card_and_prints_it(served: Served, browsers: Browsers) -> None:
    """On a phone; what is printed fits its paper: one page of A4, two of a card's size, one strip."""
    one = bound(served.floor)
    context = browsers.visitor(width=PHONE)
    member = Member(served.floor, one.subscriber_id)
    secret = served.floor.sign_in(member, ("pwd", "otp"), 2)
    context.add_cookies([{"name": cookies.SESSION, "value": secret, "url": served.origin}])
    page = context.new_page()
    page.goto(f"{served.origin}/account")
    page.get_by_role("link", name="Your card").click()
    sound(page, "Your card")
    page.get_by_role("button", name="Make my card").click()
    expect(page.get_by_role("status")).to_contain_text("Your card is ready")
    sound(page, "Your card")
    for link, pages in (("A4 sheet", 1), ("Card printer", 2), ("Roll of 80 mm", 1)):
        page.get_by_role("link", name=link).click()
        sound(page, "Your card to print")
        printed = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == pages, link
        page.get_by_role("link", name="Your card", exact=True).click()
    page.get_by_role("link", name="I lost my card").click()
    sound(page, "You lost your card")
    page.get_by_role("button", name="Only end the lost card").click()
    expect(page.get_by_role("status")).to_contain_text("Your card is worthless now")


def test_an_officer_prints_a_card(served: Served, browsers: Browsers) -> None:
    """On the screen of a counter; the card of a printer of cards is two pages of its size."""
    one = bound(served.floor)
    page = served.staff(browsers.browser, Role.OFFICER)
    page.goto(f"{served.origin}/staff/visits")
    page.get_by_role("link", name="Print a card").click()
    sound(page, "Print a card")
    page.get_by_label("Number of the application").fill(one.aid)
    page.get_by_role("button", name="Go on to the card").click()
    sound(page, f"Card for application {grouped(one.aid)}")
    page.get_by_text("The person stands here").click()
    page.get_by_text("Card printer").click()
    page.get_by_role("button", name="Show the card for the printer").click()
    sound(page, "Card to print")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 2


def _jwk(forger: Forger) -> dict[str, str]:
    return {**public_jwk(forger.public, forger.algorithm), "kid": key_id_of(forger.public).hex()}


def _texts(ours: Forger, other: Forger, now: int) -> dict[str, str]:
    """Texts by what is wrong with them."""
    plain = zlib.decompress(base45.decoded(ours.text()))
    bare = cbor.read(plain).value
    header, payload = cbor.encoded({1: -7}), cbor.encoded({4: now + 9, 169: {4: "T"}})
    shapes: dict[str, Any] = {
        "tagged": cbor.Tagged(61, cbor.Tagged(18, bare)), "bare": bare, "sign": cbor.Tagged(98, bare),
        "encrypted": cbor.Tagged(16, bare), "short": bare[:3], "text": "x", "unsigned": [*bare[:3], b""],
        "critical": [cbor.encoded({1: -7, 2: [1]}), {}, payload, bytes(64)],
        "twice": [header, {1: -7}, payload, bytes(64)], "none": [b"", {}, payload, bytes(64)],
        "rsa": [cbor.encoded({1: -257}), {}, payload, bytes(64)], "zeros": [header, {}, payload, bytes(64)],
        "kid": [header, {4: "k"}, payload, bytes(64)], "list": [header, {}, cbor.encoded([1]), bytes(64)],
        "empty": [header, {}, b"", bytes(64)], "cbor": cbor.Tagged(55799, cbor.Tagged(61, cbor.Tagged(18, bare))),
        "forged": [header, {4: key_id_of(ours.public)}, payload, bytes(64)],
        "other way": [cbor.encoded({1: -8}), {4: key_id_of(ours.public)}, payload, bytes(64)],
    }  # fmt: skip
    made = {name: base45.encoded(cbor.encoded(shape)) for name, shape in shapes.items()}
    written = ("a1f501", "a1f93c0001", "a201010102", "9f01ff", "ff", "81" * 40, "f97e00", "7f61c361a9ff", "c1" * 40)
    made |= {f"cbor {code}": base45.encoded(bytes.fromhex(code)) for code in written}
    begun = (
        "1b2a00f8",
        "13ef00f8a5c3",
        "8b770000a0c3",
        "a1381a002003",
        "303810086e7b",
        "11ffffff",
        "1b0000" + "00" * 99,
    )
    made |= {f"begins {code}": base45.encoded(bytes.fromhex(code)) for code in begun}
    made |= {f"level {level}": base45.encoded(zlib.compress(plain, level)) for level in (0, 1, 6)}
    small = zlib.compressobj(9, wbits=9)
    made["small window"] = base45.encoded(small.compress(plain) + small.flush())
    made |= {f"flip {at}": base45.encoded(_flipped(plain, at)) for at in range(0, len(plain), 23)}
    return made | {
        "good": ours.text(), "eddsa": other.text(), "stranger": Forger().text(), "letters": "abc",
        "over": ours.text({4: now - 5}), "early": ours.text({5: now + 900}), "cut": ours.text()[:-3],
        "bomb": base45.encoded(zlib.compress(bytes(1 << 18))), "issuer": ours.text({1: 7}), "made": ours.text({6: "x"}),
        "claim": ours.text({169: "x"}), "date": ours.text({4: "2000000000"}), "nobody": ours.text({169: {}}),
        "wrong name": ours.text({169: {4: [1]}}),
    }  # fmt: skip


def _flipped(plain: bytes, at: int) -> bytes:
    changed = bytearray(plain)
    changed[at] ^= 1
    return bytes(changed)
