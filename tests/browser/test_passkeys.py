"""A person adds a passkey and signs in with one tap, in a real browser with an authenticator of its own."""

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.barriers import barriers
from tests.chromium import DESK, PHONE, Browsers
from tests.live import LiveServer

pytestmark = pytest.mark.browser

PASSWORD = "quiet rain on tin roofs 7"
# The authenticator of a test picks at once what a person would pick in the field.
_numbers = itertools.count(1)
WITHOUT_AUTOFILL = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


@pytest.fixture(scope="module")
def live(start_server: Callable[..., LiveServer]) -> LiveServer:
    """A provider."""
    return start_server()


@pytest.fixture
def person(live: LiveServer) -> str:
    """A new person with a password; their user name."""
    name = f"holder{next(_numbers)}"
    live.command("subscriber", "create", document={"username": name, "password": PASSWORD, "name": "Hawa Madeup"})
    return name


class Device:
    """The authenticator built into the browser of a page."""

    def __init__(self, page: Page, **options: object) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable", {"enableUI": False})
        told = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True, **options,
        }  # fmt: skip
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": told})["authenticatorId"]

    def forget(self) -> None:
        """The device loses its passkeys."""
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})

    def verifies(self, yes: bool) -> None:
        """Whether its finger or PIN is right."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": yes})

    def present(self, yes: bool) -> None:
        """Whether somebody touches it."""
        self.session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self.id, "enabled": yes})

    def held(self) -> list[dict[str, object]]:
        """The passkeys on it."""
        found: list[dict[str, object]] = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found


@pytest.fixture
def page(browsers: Browsers) -> Page:
    """A phone whose browser offers nothing by itself, so that the button is what is tried."""
    page = browsers.visitor(width=PHONE).new_page()
    page.add_init_script(WITHOUT_AUTOFILL)
    return page


def complaints_of(page: Page) -> list[str]:
    """Collects what the browser complains about."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def sound(page: Page, width: int) -> None:
    """No barrier, and nothing wider than the screen."""
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def press(page: Page, name: str) -> None:
    """Tab to a button and press Enter."""
    for _ in range(25):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab does not reach {name!r}")


def give_password(page: Page, name: str) -> None:
    """The first page."""
    page.locator("#identifier").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page: Page, live: LiveServer, name: str) -> None:
    """From the account pages, with the password."""
    page.goto(f"{live.issuer}/account/passkeys/add")
    give_password(page, name)
    expect(page.locator("h1")).to_have_text("Add a passkey")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator("h1")).to_have_text("Name your passkey")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_add_a_passkey_and_sign_in_with_one_tap(live: LiveServer, person: str, browsers: Browsers, width: int) -> None:
    """Password, one button, a name; signed out, one button signs in again. No page is wider than the screen."""
    page = browsers.visitor(width=width).new_page()
    page.add_init_script(WITHOUT_AUTOFILL)
    complaints = complaints_of(page)
    Device(page)
    page.goto(f"{live.issuer}/account/passkeys/add")
    give_password(page, person)
    expect(page.get_by_role("button", name="Make a passkey")).to_be_visible()
    sound(page, width)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.locator("h1")).to_have_text("Name your passkey")
    sound(page, width)
    page.locator("#name").fill("My telephone")
    page.get_by_role("button", name="Save the name").click()
    expect(page.locator("h1")).to_have_text("Your passkeys")
    expect(page.locator("main")).to_contain_text("Your passkey is ready")
    expect(page.locator("main")).to_contain_text("My telephone")
    sound(page, width)
    page.context.clear_cookies()
    page.goto(f"{live.issuer}/signin")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{live.issuer}/account")
    page.goto(f"{live.issuer}/account/passkeys")
    expect(page.locator("main")).to_contain_text("My telephone")
    expect(page.locator("main")).not_to_contain_text("Not yet")
    assert complaints == []


def test_the_user_name_field_offers_the_passkey(live: LiveServer, person: str, browsers: Browsers) -> None:
    """Where the browser can, a passkey that is picked in the field signs in: no name, no password, no button."""
    page = browsers.visitor().new_page()
    device = Device(page)
    add_passkey(page, live, person)
    assert len(device.held()) == 1
    page.context.clear_cookies()
    page.goto(f"{live.issuer}/signin")
    expect(page).to_have_url(f"{live.issuer}/account")


def test_everything_works_by_keyboard(live: LiveServer, person: str, page: Page) -> None:
    """Tab and Enter alone: add a passkey, name it, sign in with it."""
    Device(page)
    page.goto(f"{live.issuer}/account/passkeys/add")
    page.locator("#identifier").focus()
    page.keyboard.type(person)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Add a passkey")
    press(page, "Make a passkey")
    expect(page.locator("h1")).to_have_text("Name your passkey")
    press(page, "Save the name")
    expect(page.locator("h1")).to_have_text("Your passkeys")
    page.context.clear_cookies()
    page.goto(f"{live.issuer}/signin")
    press(page, "Sign in with a passkey")
    expect(page).to_have_url(f"{live.issuer}/account")


def test_what_goes_wrong_is_said_in_words(live: LiveServer, person: str, page: Page) -> None:
    """A device that holds one already, a wrong finger, no passkey, no network: the page says so, and the rest works."""
    device = Device(page)
    add_passkey(page, live, person)
    page.goto(f"{live.issuer}/account/passkeys/add")
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("status")).to_have_text(
        "This device already holds a passkey for your account. You can use that one."
    )
    page.context.clear_cookies()
    page.goto(f"{live.issuer}/signin")
    device.verifies(False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("Try again, or take another way.")
    device.verifies(True)
    device.forget()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("this device has no passkey for this site")
    page.route("**/passkey/options", lambda route: route.abort())
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("status")).to_have_text("We could not be reached. Check your connection and try again.")
    give_password(page, person)
    expect(page.locator("h1")).to_have_text("Confirm with your passkey")


def test_a_removed_passkey_opens_nothing(live: LiveServer, person: str, page: Page) -> None:
    """Removed on the account page, the device's passkey is refused with a way on, and the password works."""
    Device(page)
    add_passkey(page, live, person)
    page.goto(f"{live.issuer}/account/passkeys")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.locator("main")).to_contain_text("The passkey no longer opens your account")
    expect(page.locator("main")).to_contain_text("You have none yet")
    page.context.clear_cookies()
    page.goto(f"{live.issuer}/signin")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".errors")).to_contain_text("This passkey does not open this account")
    assert page.title().startswith("Error:")
    sound(page, PHONE)
    give_password(page, person)
    expect(page).to_have_url(f"{live.issuer}/account")


def test_as_second_step_and_with_scripts_off(live: LiveServer, person: str, page: Page, browsers: Browsers) -> None:
    """After the password the passkey is asked for; without scripts the page says which other way there is."""
    Device(page)
    add_passkey(page, live, person)
    page.context.clear_cookies()
    page.goto(f"{live.issuer}/signin")
    give_password(page, person)
    expect(page.locator("h1")).to_have_text("Confirm with your passkey")
    expect(page.locator("main")).to_contain_text(person)
    expect(page.locator("[data-without-passkey]")).to_be_hidden()
    sound(page, PHONE)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page).to_have_url(f"{live.issuer}/account")
    plain = browsers.visitor(scripts=False, width=PHONE).new_page()
    plain.goto(f"{live.issuer}/signin")
    expect(plain.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    give_password(plain, person)
    expect(plain.locator("main")).to_contain_text("Passkeys do not work here")
    expect(plain.get_by_role("button", name="Use your passkey")).to_be_hidden()
    plain.get_by_role("link", name="Choose another way").click()
    expect(plain.locator("h1")).to_have_text("Choose how to confirm that it is you")
