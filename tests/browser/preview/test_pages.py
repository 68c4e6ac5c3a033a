"""What single pages do in a real browser, without the rest of the product."""

import gzip

import pytest
from playwright.sync_api import Page, expect

from tests.browser.preview.looking import FIRST_VISIT_BYTES, Preview

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", ["password-empty", "consent", "account", "stopped-redirect", "home-demo"])
def test_page_survives_text_at_twice_its_size(preview: Preview, page: Page, name: str) -> None:
    """Nothing is cut off sideways when 640 px show text of 200 %."""
    page.set_viewport_size({"width": 640, "height": 740})
    page.goto(f"{preview.origin}/preview/{name}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


@pytest.mark.parametrize("name", ["password-logo", "consent", "code"])
def test_main_buttons_and_fields_are_large_enough_to_hit(preview: Preview, page: Page, name: str) -> None:
    """Main buttons and text fields are at least 44 px high."""
    page.goto(f"{preview.origin}/preview/{name}")
    heights = [box.bounding_box() for box in page.locator(".button, .input").all()]
    assert heights
    assert all(box is not None and box["height"] >= 44 for box in heights)


def test_first_visit_of_the_login_page_is_light(preview: Preview, page: Page) -> None:
    """Four requests, and at most 12 kB of markup, style and script when compressed."""
    bodies: list[bytes] = []
    page.on("response", lambda response: bodies.append(response.body()))
    page.goto(f"{preview.origin}/preview/password", wait_until="networkidle")
    assert len(bodies) == 4
    weight = sum(len(gzip.compress(body)) for body in bodies)
    assert 3_000 < weight <= FIRST_VISIT_BYTES


def test_style_is_kept_by_the_browser(preview: Preview, page: Page) -> None:
    """A second page asks for its markup only."""
    page.goto(f"{preview.origin}/preview/password")
    answer = page.goto(f"{preview.origin}/preview/code")
    assert answer is not None
    assert answer.headers["cache-control"] == "no-store"
    carried = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.transferSize)")
    assert carried == [0, 0]


def test_error_summary_has_the_focus_and_leads_to_the_field(preview: Preview, page: Page) -> None:
    """The summary is focused on arrival; its link leads into the field, whose description names the error."""
    page.goto(f"{preview.origin}/preview/password-empty")
    assert page.evaluate("document.activeElement.className") == "notice errors"
    page.get_by_role("link", name="Enter your password").click()
    assert page.evaluate("document.activeElement.id") == "password"
    field = page.locator("#password")
    assert field.get_attribute("aria-invalid") == "true"
    assert "Enter your password" in page.locator(f"#{field.get_attribute('aria-describedby')}").inner_text()


def test_typed_name_is_kept_and_password_is_not(preview: Preview, page: Page) -> None:
    """After a wrong password the name stands in its field, and the password field is empty."""
    page.goto(f"{preview.origin}/preview/password-wrong")
    assert page.locator("#identifier").input_value() == "aminata"
    assert page.locator("#password").input_value() == ""


def test_sign_in_fields_tell_the_browser_what_they_are(preview: Preview, page: Page) -> None:
    """Password managers and the keyboards of phones get the tokens that they know."""
    page.goto(f"{preview.origin}/preview/password")
    assert page.locator("#identifier").get_attribute("autocomplete") == "username webauthn"
    assert page.locator("#password").get_attribute("autocomplete") == "current-password"
    hidden = page.locator("input[type=hidden]")
    assert [field.get_attribute("name") for field in hidden.all()] == ["csrf_token"]
    page.goto(f"{preview.origin}/preview/code")
    assert page.locator("#code").get_attribute("autocomplete") == "one-time-code"
    assert page.locator("#code").get_attribute("inputmode") == "numeric"


def test_a_password_can_be_shown(preview: Preview, page: Page) -> None:
    """A button that says whether it is pressed; what was typed is hidden again before the form leaves."""
    page.goto(f"{preview.origin}/preview/password")
    field, button = page.locator("#password"), page.get_by_role("button", name="Show the password")
    expect(button).to_have_attribute("aria-pressed", "false")
    field.fill("kettle on the blue hill")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(field).to_have_attribute("type", "text")
    expect(field).to_have_value("kettle on the blue hill")
    page.evaluate(
        "document.querySelector('#password').form.addEventListener('submit', event => { event.preventDefault();"
        " document.title = document.querySelector('#password').type })"
    )
    field.press("Enter")
    expect(page).to_have_title("password")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_without_scripts_a_password_field_is_one(preview: Preview) -> None:
    """No button that would do nothing."""
    context = preview.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{preview.origin}/preview/password")
    assert page.get_by_role("button", name="Show the password").count() == 0
    assert page.locator("#password").get_attribute("type") == "password"
    context.close()


def test_whole_sign_in_works_by_keyboard(preview: Preview, page: Page) -> None:
    """From the top, Tab reaches skip link, brand, language, name, password and button in this order."""
    page.goto(f"{preview.origin}/preview/password-alone")
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert reached == [
        "Skip to main content",
        "WanGov IDSierra Leone",
        "Français",
        "Krio (draft)",
        "identifier",
        "password",
    ]


def test_optional_details_start_unticked_unless_granted_before(preview: Preview, page: Page) -> None:
    """Only what the view marks is ticked; essential details are no fields; both answers are real buttons."""
    page.goto(f"{preview.origin}/preview/consent")
    boxes = {box.get_attribute("value"): box.is_checked() for box in page.locator("input[name=field]").all()}
    assert boxes == {
        "email": True,
        "phone_number": False,
        "address": False,
        "email_verified": False,
        "gender": False,
        "locale": False,
        "zoneinfo": False,
        "offline_access": False,
    }
    decisions = [button.get_attribute("value") for button in page.locator("button[name=decision]").all()]
    assert decisions == ["allow", "deny"]
    assert "27 April 1990" in page.locator("dl").inner_text()


def test_whole_row_of_a_choice_is_its_target(preview: Preview, page: Page) -> None:
    """A tap on the shown value ticks the box."""
    page.goto(f"{preview.origin}/preview/consent")
    page.mouse.click(*centre(page, "#field-address-hint"))
    assert page.locator("#field-address").is_checked()


def centre(page: Page, selector: str) -> tuple[float, float]:
    """The middle of an element on the screen."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_language_switch_keeps_page_and_choice(preview: Preview, page: Page) -> None:
    """The switch shows the same page in French; the next page is French without it."""
    page.goto(f"{preview.origin}/preview/password")
    page.get_by_role("button", name="Français").click()
    assert page.locator("h1").inner_text() == "Se connecter"
    assert page.locator("html").get_attribute("lang") == "fr"
    page.goto(f"{preview.origin}/preview/code")
    assert page.locator("html").get_attribute("lang") == "fr"


def test_link_switches_a_page_without_a_form(preview: Preview, page: Page) -> None:
    """An address that can be kept."""
    page.goto(f"{preview.origin}/preview/help")
    page.get_by_role("link", name="Français").click()
    assert page.url.endswith("/preview/help?lang=fr")
    assert page.locator("h1").inner_text() == "Aide"


def test_enter_signs_in_and_does_not_switch(preview: Preview, page: Page) -> None:
    """Though the languages stand before the fields, Enter sends the form without them."""
    page.goto(f"{preview.origin}/preview/password")
    page.locator("#identifier").fill("aminata")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.locator("#password").press("Enter")
    assert "lang" not in (sent.value.post_data or "")
    assert "identifier=aminata" in (sent.value.post_data or "")


def test_choice_on_the_page_beats_the_hint_of_the_service(preview: Preview, page: Page) -> None:
    """A service that asks for French gets it; a person who then chooses English keeps that."""
    page.goto(f"{preview.origin}/preview/password?ui_locales=fr-CA")
    assert page.locator("h1").inner_text() == "Se connecter"
    page.get_by_role("button", name="English").click()
    page.goto(f"{preview.origin}/preview/code?ui_locales=fr-CA")
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("scripts", [True, False])
def test_form_post_page_takes_the_answer_to_the_client(preview: Preview, scripts: bool) -> None:
    """The page sends itself; with scripts off its button does. Values arrive as they were."""
    context = preview.browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{preview.origin}/preview/form-post")
    if not scripts:
        page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{preview.service}/callback")
    assert page.locator("#seen").inner_text() == '"><b>kept</b>'
    context.close()


def test_form_may_end_at_the_client_only_when_the_view_says_so(preview: Preview, page: Page) -> None:
    """Chromium holds redirects after a form against `form-action`, so the relying party must be in it."""
    page.goto(f"{preview.origin}/preview/sign-in-at/service")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{preview.service}/callback")
    page.goto(f"{preview.origin}/preview/sign-in-at/nowhere")
    with page.expect_event("console", lambda message: "form-action" in message.text):
        page.get_by_role("button", name="Sign in").click()
    assert page.url == f"{preview.origin}/preview/sign-in-at/nowhere"


def test_logo_is_loaded_only_from_the_origin_that_was_allowed(preview: Preview, page: Page) -> None:
    """The logo of the asking service is drawn, and nothing else from elsewhere could be."""
    page.goto(f"{preview.origin}/preview/password-logo")
    assert page.locator("img.logo").evaluate("image => image.naturalWidth") > 0
    blocked = page.evaluate(
        "url => new Promise(done => { const image = new Image(); image.onload = () => done(false);"
        " image.onerror = () => done(true); image.src = url })",
        preview.service.replace("127.0.0.1", "localhost") + "/logo.svg",
    )
    assert blocked is True


def test_print_shows_the_bars_of_a_chart(preview: Preview, page: Page) -> None:
    """What hides the bar of a form on paper leaves those of a dashboard alone."""
    page.goto(f"{preview.origin}/preview/statistics-nation")
    bars = page.locator(".chart .bar").filter(visible=True)
    shown = bars.count()
    page.emulate_media(media="print")
    assert shown > 10
    assert bars.count() == shown


def test_print_shows_content_without_controls(preview: Preview, page: Page) -> None:
    """On paper there are the pages and no buttons or switches, black on white also from a dark screen."""
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(f"{preview.origin}/preview/account")
    assert page.get_by_role("heading", name="Your record").is_visible()
    assert not page.get_by_role("button", name="Sign out").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_high_contrast_colours_keep_edges(preview: Preview, page: Page) -> None:
    """With forced colours a button still has a border and a ticked box is drawn by the system."""
    page.emulate_media(forced_colors="active")
    page.goto(f"{preview.origin}/preview/consent")
    assert page.locator("button[value=allow]").evaluate("b => getComputedStyle(b).borderTopStyle") == "solid"
    assert page.locator("#field-email").evaluate("b => getComputedStyle(b).appearance") == "auto"
