import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration

WRONG = "kettle on the green hill"
OWN_HEADERS = {"Set-Cookie", "Content-Length", "X-Request-Id"}
# What is fresh in every answer.
FRESH = re.compile(r"wt_[\w-]{43}|value=\"[\w.-]{80,}\"|wb_[\w-]+|nonce[-=]\"?[0-9a-f]{32}")


def at_password(site: Site, **parameters: str) -> Visitor:
    """A browser that a service has just sent here."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(), **parameters))
    assert visitor.page.status_code == 200
    return visitor


def test_first_visit_of_a_person_with_two_factors(site: Site) -> None:
    """Password, code, consent, and back at the service with a code; the trail tells it in order."""
    person, client = site.person(totp=True), site.service()
    visitor = site.visitor()
    visitor.get(authorize_address(client))
    assert "Market Stall Permits" in visitor.page.text
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    assert "code" in visitor.title
    assert person.username in visitor.page.text
    visitor.submit("/code", code=site.code(person))
    assert visitor.path.startswith("/consent/")
    visitor.submit(decision="allow", field=["name"])
    answer = answer_of(visitor)
    assert answer["state"] == "st-1"
    assert answer["code"]
    assert site.events(person) == [
        "signin.first_factor",
        "session.started",
        "consent.granted",
        "authorization.granted",
    ]


def test_the_second_service_asks_for_no_password(site: Site) -> None:
    """Signed in at one, another service goes straight to consent; the next visit asks nothing at all."""
    person, visitor = site.person(), at_password(site)
    site.sign_in(visitor, person)
    visitor.submit(decision="allow")
    other = site.service(client_name="Clinic")
    visitor.get(authorize_address(other))
    assert visitor.path.startswith("/consent/")
    assert "Clinic" in visitor.page.text
    visitor.submit(decision="allow")
    assert answer_of(visitor)["code"]
    visitor.get(authorize_address(other))
    assert answer_of(visitor)["code"]


def test_sign_in_to_the_account(site: Site) -> None:
    """Without a service one ends at the account page, and a signed-in person is not asked again."""
    person, visitor = site.person(totp=True), site.visitor()
    visitor.get("/account")
    assert re.fullmatch(r"/signin/wt_.+", visitor.path)
    site.sign_in(visitor, person)
    assert visitor.path == "/account"
    assert "Testa" in visitor.page.text
    visitor.get("/signin")
    assert visitor.path == "/account"


def test_every_answer_to_a_form_is_303(site: Site) -> None:
    """No form's content is ever sent on to the next address (AC-093)."""
    person, visitor = site.person(totp=True), at_password(site)
    first = visitor.submit("/password", follow=False, identifier=person.username, password=PASSWORD)
    visitor.get(first.location)
    second = visitor.submit("/code", follow=False, code=site.code(person))
    visitor.get(second.location)
    third = visitor.submit(follow=False, decision="allow")
    assert [first.status_code, second.status_code, third.status_code] == [303] * 3


@pytest.mark.parametrize(
    ("identifier", "password", "words"),
    [
        ("", "", ["Enter your user name", "Enter your password"]),
        ("  ", "x", ["Enter your user name"]),
        ("nobody", "", ["Enter your password"]),
        ("n" * 201, "x", ["longer than we can read"]),
        ("nobody", "x" * 1001, ["longer than we can read"]),
        ("nobody", "x", ["user name or the password is not right"]),
        ("<script>alert(1)</script>", "x", ["is not right"]),
        ("\r\nX-Evil: 1\0\u202e", "x", ["is not right"]),
    ],
)
def test_mistakes_are_told_and_what_was_typed_stays(
    site: Site, identifier: str, password: str, words: list[str]
) -> None:
    """400, the title begins with "Error:", the user name is kept and escaped, the password is not."""
    visitor = at_password(site)
    page = visitor.submit("/password", identifier=identifier, password=password)
    assert page.status_code == 400
    assert visitor.title.startswith("Error:")
    assert all(word in page.text for word in words)
    assert "<script>alert" not in page.text
    assert "X-Evil" not in page.headers
    assert visitor.cookie("wangov_session") is None
    if "nobody" in identifier:
        assert 'value="nobody"' in page.text


def test_a_wrong_password_marks_both_fields(site: Site) -> None:
    """Either may be wrong, so both are marked; the sentence stands once in the summary and once at the first."""
    visitor = at_password(site)
    page = visitor.submit("/password", identifier="nobody", password="x")
    assert page.text.count('aria-invalid="true"') == 2
    assert page.text.count("password is not right") == 2
    assert len(re.findall(r'<input[^>]*aria-describedby="identifier-wrong"', page.text)) == 2
    assert "Check both and try again.<" in page.text


def test_known_and_unknown_people_read_the_same(site: Site) -> None:
    """Wrong password, unknown and not active: same status, headers and text but for the name typed (AC-063)."""
    person = site.person()
    pages = []
    for identifier, password in ((person.username, WRONG), ("nobody-at-all", PASSWORD)):
        visitor = at_password(site)
        page = visitor.submit("/password", identifier=identifier, password=password)
        headers = {name: FRESH.sub("", value) for name, value in page.headers if name not in OWN_HEADERS}
        pages.append((page.status_code, headers, FRESH.sub("", page.text.replace(identifier, "NAME"))))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Enter the 6-digit code"), ("12345", "6 digits"), ("abcdef", "6 digits"), ("000 000", "not right")],
)
def test_wrong_codes_are_told(site: Site, typed: str, words: str) -> None:
    """What kind of mistake it was; and the right code, with a space in it, is taken afterwards."""
    person, visitor = site.person(totp=True), at_password(site)
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    assert words in visitor.submit("/code", code=typed).text
    assert visitor.page.status_code == 400
    code = site.code(person)
    visitor.submit("/code", code=f"{code[:3]} {code[3:]}")
    assert visitor.path.startswith("/consent/")


def test_a_used_code_is_told(site: Site) -> None:
    """The person reads why a code that was right a moment ago is not."""
    person = site.person(totp=True)
    code = site.code(person)
    for expected in ("/consent/", "/signin/"):
        visitor = at_password(site)
        visitor.submit("/password", identifier=person.username, password=PASSWORD)
        visitor.submit("/code", code=code)
        assert visitor.path.startswith(expected)
    assert "used before" in visitor.page.text


@pytest.mark.parametrize("address", ["/consent/{}", "/oauth/resume/{}"])
def test_the_second_step_cannot_be_skipped(site: Site, address: str) -> None:
    """Whoever opens a later address is led back to the pending step, and has no session (AC-070)."""
    person, visitor = site.person(totp=True), at_password(site)
    transaction = visitor.path.rpartition("/")[2]
    visitor.get(address.format(transaction))
    assert visitor.path == f"/signin/{transaction}"
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    visitor.get(address.format(transaction))
    assert visitor.path == f"/signin/{transaction}"
    assert visitor.cookie("wangov_session") is None
    assert "authorization.granted" not in site.events(person)


def test_forms_of_later_steps_do_nothing_early(site: Site) -> None:
    """A code before the password, or consent before the code, leads back to the pending step (AC-070)."""
    person, visitor = site.person(totp=True), at_password(site)
    transaction = visitor.path.rpartition("/")[2]
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page.text)
    assert token is not None
    visitor.post(f"/consent/{transaction}", csrf_token=token[1], decision="allow")
    assert visitor.path == f"/signin/{transaction}"
    fresh = at_password(site)
    again = re.search(r'name="csrf_token" value="([^"]+)"', fresh.page.text)
    assert again is not None
    fresh.post(f"{fresh.path}/code", csrf_token=again[1], code=site.code(person))
    assert "Password" in fresh.page.text
    assert "consent.granted" not in site.events(person)


def test_five_wrong_codes_begin_anew(site: Site) -> None:
    """The fifth says so and leads back to the password page; the journey goes on from there."""
    person, visitor = site.person(totp=True), at_password(site)
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    for _ in range(5):
        assert "/code" in visitor.form("/code")
        visitor.submit("/code", code="000000")
    assert visitor.page.status_code == 429
    assert "too many wrong codes" in visitor.page.text
    visitor.get(next(link for link in visitor.links() if link.startswith("/signin/")))
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    visitor.submit("/code", code=site.code(person))
    assert visitor.path.startswith("/consent/")


def test_too_many_passwords_mean_a_wait_with_its_length(site: Site) -> None:
    """429 with Retry-After and minutes; after the wait the same page takes the right password."""
    person, visitor = site.person(), at_password(site)
    for _ in range(5):
        visitor.submit("/password", identifier=person.username, password=WRONG)
    page = visitor.submit("/password", identifier=person.username, password=PASSWORD)
    assert page.status_code == 429
    assert 1 <= int(page.headers["Retry-After"]) <= 30
    assert "1 minute" in page.text
    site.clock.advance(30)
    visitor.get(next(link for link in visitor.links() if link.startswith("/signin/")))
    site.sign_in(visitor, person)
    assert visitor.path.startswith("/consent/")


def test_a_known_device_gets_in_while_others_wait(site: Site) -> None:
    """The owner's own browser is not locked out by a stranger's guesses (AC-060, AC-061)."""
    person, owner = site.person(), at_password(site)
    site.sign_in(owner, person)
    owner.drop_cookies("wangov_session", "wangov_browser")
    stranger = at_password(site)
    for _ in range(6):
        stranger.submit("/password", identifier=person.username, password=WRONG)
    assert stranger.page.status_code == 429
    owner.get(authorize_address(site.service()))
    site.sign_in(owner, person)
    assert owner.path.startswith("/consent/")


def test_a_flood_from_one_address_is_told_to_wait(site: Site) -> None:
    """Whomever it aims at."""
    visitor = site.visitor("203.0.113.77")
    visitor.get("/signin")
    answers = [_try(visitor, number) for number in range(62)]
    assert answers.count(429) == 2
    assert int(visitor.page.headers["Retry-After"]) <= 300
    assert "your network" in visitor.page.text
    assert "nobody got in" not in visitor.page.text
    assert "it has its own tries" not in visitor.page.text


def test_a_known_device_gets_in_where_others_flood(site: Site) -> None:
    """Guesses of others on one's network do not keep the right password of a known device out."""
    person, owner = site.person(), site.visitor("203.0.113.78")
    owner.get("/signin")
    site.sign_in(owner, person)
    owner.drop_cookies("wangov_session", "wangov_browser")
    owner.get("/signin")
    flood, stranger = site.visitor("203.0.113.78"), site.visitor("203.0.113.78")
    flood.get("/signin")
    stranger.get("/signin")
    assert [_try(flood, number) for number in range(61)][-1] == 429
    stranger.submit("/password", identifier=person.username, password=PASSWORD)
    assert stranger.page.status_code == 429
    site.sign_in(owner, person)
    assert owner.path == "/account"


def _try(visitor: Visitor, number: int) -> int:
    """One more wrong password for one more name."""
    if visitor.page.status_code == 429:
        visitor.get(next(link for link in visitor.links() if link.startswith("/signin/")))
    return visitor.submit("/password", identifier=f"nobody{number}", password="x").status_code


def test_fresh_sign_in_renews_the_session(site: Site) -> None:
    """prompt=login asks again; the cookie changes, the session stays (AC-016, AC-066)."""
    person, visitor = site.person(), at_password(site)
    site.sign_in(visitor, person)
    visitor.submit(decision="allow")
    before = visitor.cookie("wangov_session")
    visitor.get(authorize_address(site.service(), prompt="login"))
    assert visitor.path.startswith("/signin/")
    assert "Confirm that it is you" in visitor.page.text
    site.sign_in(visitor, person)
    assert visitor.cookie("wangov_session") not in {before, None}
    started = site.audit(subscriber_id=person.id, event="session.started")
    assert len({row.session_id for row in started}) == 1
    assert [row.body["renewed"] for row in started] == [False, True]


def test_a_form_sent_many_times_signs_in_once(site: Site) -> None:
    """A double click makes one session, and each answer leads on (AC-072)."""
    person, visitor = site.person(totp=True), at_password(site)
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page.text)
    assert token is not None
    path, browser = f"{visitor.path}/code", visitor.cookie("wangov_browser")
    values = {"csrf_token": token[1], "code": site.code(person)}

    def press(_: int) -> int:
        client = site.app.test_client()
        client.set_cookie("wangov_browser", browser or "")
        return client.post(path, data=values).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(16)))
    assert set(answers) <= {303, 400, 429}
    assert site.events(person).count("session.started") == 1
