import re

import pytest

from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person, Site, answer_of, authorize_address

pytestmark = pytest.mark.integration


def asked(site: Site, person: Person, client: str | None = None, **parameters: str) -> Visitor:
    """A browser on the consent page."""
    visitor = site.visitor()
    visitor.get(authorize_address(client or site.service(), **parameters))
    site.sign_in(visitor, person)
    assert visitor.path.startswith("/consent/"), visitor.title
    return visitor


def granted(site: Site, person: Person) -> list[list[str]]:
    """The fields of each consent the trail has seen."""
    return [list(row.body["fields"]) for row in site.audit(subscriber_id=person.id, event="consent.granted")]


def test_the_page_says_who_asks_for_what(site: Site) -> None:
    """Name and purpose of the service, the person, and the real values."""
    person = site.person(email="testa@people.example", birthdate="1990-02-28")
    client = site.service(essential_claims=["name"], policy_uri="https://permits.example/privacy")
    page = asked(site, person, client, scope="openid profile email").page
    for words in ("Market Stall Permits", "To write your permit", "Testa", "testa@people.example", "1990"):
        assert words in page.text
    assert "https://permits.example/privacy" in page.text
    assert 'value="name"' not in page.text
    assert 'value="email"' in page.text
    assert 'value="phone_number"' not in page.text
    assert re.search(r'value="email"[^>]* checked', page.text)


def test_declining_an_optional_field_is_no_error(site: Site) -> None:
    """What was not ticked is not granted; essential fields are part of every yes."""
    person = site.person(email="testa@people.example", gender="x")
    visitor = asked(site, person, site.service(essential_claims=["name"]), scope="openid profile email")
    visitor.submit(decision="allow", field=["email"])
    assert answer_of(visitor)["code"]
    (fields,) = granted(site, person)
    assert {"email", "name"} <= set(fields)
    assert "gender" not in fields


def test_a_no_goes_back_to_the_service(site: Site) -> None:
    """access_denied, nothing stored, and the next request asks again."""
    person, client = site.person(), site.service()
    visitor = asked(site, person, client)
    visitor.submit(decision="deny")
    answer = answer_of(visitor)
    assert (answer["error"], answer["state"]) == ("access_denied", "st-1")
    assert "code" not in answer
    assert granted(site, person) == []
    assert "consent.declined" in site.events(person)
    visitor.get(authorize_address(client))
    assert visitor.path.startswith("/consent/")


@pytest.mark.parametrize("decision", [[], ["maybe"], ["allow", "deny"], ["ALLOW"], ["allow "], ["\0"]])
def test_without_a_clear_decision_nothing_happens(site: Site, decision: list[str]) -> None:
    """The page comes again with what was ticked."""
    person = site.person(email="testa@people.example")
    visitor = asked(site, person, scope="openid email")
    page = visitor.submit(decision=decision, field=["email"])
    assert page.status_code == 400
    assert visitor.title.startswith("Error:")
    assert re.search(r'value="email"[^>]* checked', page.text)
    assert granted(site, person) == []
    visitor.submit(decision="allow")
    assert answer_of(visitor)["code"]


@pytest.mark.parametrize("field", ["birthdate", "address", "sub", "offline_access", "email\0", "x" * 3000])
def test_only_what_was_offered_can_be_ticked(site: Site, field: str) -> None:
    """A field that the page did not show is refused, and nothing is granted."""
    person = site.person(birthdate="1990-02-28", email="testa@people.example")
    visitor = asked(site, person, scope="openid email")
    page = visitor.submit(decision="allow", field=["email", field])
    assert page.status_code == 400
    assert granted(site, person) == []


def test_an_agreement_is_remembered(site: Site) -> None:
    """The same request is not asked again; a wider one is, with an earlier no still unticked (ADR 0008)."""
    person, client = site.person(email="testa@people.example"), site.service()
    visitor = asked(site, person, client, scope="openid email")
    visitor.submit(decision="allow", field=[])
    visitor.get(authorize_address(client, scope="openid email"))
    assert answer_of(visitor)["code"]
    visitor.get(authorize_address(client, scope="openid email profile"))
    assert visitor.path.startswith("/consent/")
    assert not re.search(r'value="email"[^>]* checked', visitor.page.text)
    assert re.search(r'value="name"[^>]* checked', visitor.page.text)


def test_long_access_is_a_choice_of_its_own(site: Site) -> None:
    """offline_access is offered unticked, and a yes without it is a yes."""
    person, client = site.person(), site.service()
    visitor = asked(site, person, client, scope="openid profile offline_access")
    assert 'value="offline_access"' in visitor.page.text
    visitor.submit(decision="allow")
    assert answer_of(visitor)["code"]
    (row,) = site.audit(subscriber_id=person.id, event="consent.granted")
    assert row.body["scopes"] == ["openid", "profile"]


def test_somebody_else_signed_in_meanwhile(site: Site) -> None:
    """A yes on one person's page is never stored for another: they are shown their own details first."""
    one, two = site.person(email="one@people.example"), site.person(email="two@people.example")
    visitor = asked(site, one, scope="openid email")
    first_page = visitor.page
    visitor.get(authorize_address(site.service(client_name="Clinic"), prompt="login"))
    site.sign_in(visitor, two)
    visitor.page = first_page
    visitor.submit(decision="allow", field=["email"])
    assert granted(site, two) == []
    assert visitor.path == first_page.request.path
    assert "two@people.example" in visitor.page.text
    assert "one@people.example" not in visitor.page.text


def test_the_page_cannot_be_framed(site: Site) -> None:
    """Clickjacking is refused by both headers, and forms may end only here and at the service (AC-088)."""
    headers = asked(site, site.person()).page.headers
    assert headers["X-Frame-Options"] == "DENY"
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://permits.example" in policy
    assert headers["Cache-Control"] == "no-store"


def test_language_of_the_request(site: Site) -> None:
    """ui_locales speaks on every page of the journey."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(), ui_locales="fr"))
    assert visitor.page.headers["Content-Language"] in {"fr", "en"}
    spoken = visitor.page.headers["Content-Language"]
    site.sign_in(visitor, site.person())
    assert visitor.page.headers["Content-Language"] == spoken


def test_texts_of_services_and_people_are_escaped(site: Site) -> None:
    """What a service or a person is called is text, never markup."""
    person = site.person(given_name="<i>Testa</i>", name="<img src=x onerror=alert(1)>")
    client = site.service(client_name="<b>Permits</b>", purpose='"><script>alert(1)</script>')
    text = asked(site, person, client).page.text
    for markup in ("<b>Permits", "<i>Testa", "<img src=x", "<script>alert"):
        assert markup not in text


def test_recorded_codes_are_shown_as_names(site: Site) -> None:
    """Language, country, time zone and sex in words, in the page's language; what is shared stays the code."""
    person = site.person(
        locale="fr-FR", zoneinfo="Africa/Freetown", gender="female",
        address={"street_address": "1 Made-up Street", "locality": "Freetown", "country": "SL"},
    )  # fmt: skip
    visitor = asked(site, person, site.service(scope="openid profile address"), scope="openid profile address")
    visitor.submit(lang="en")
    for words in ("French (France)", "Freetown (Sierra Leone)", "Female", "Freetown<br>Sierra Leone<"):
        assert words in visitor.page.text
    for raw in (">fr-FR<", "Africa/Freetown", ">female<", ">SL<"):
        assert raw not in visitor.page.text
    visitor.submit(lang="fr")
    for words in ("fran\u00e7ais (France)", "Langue préférée", "F\u00e9minin"):
        assert words in visitor.page.text


def test_a_service_speaks_the_pages_language(site: Site) -> None:
    """Its name and purpose as registered in that language, on the consent page, the account and the withdrawal."""
    client = site.service(**{"client_name#fr": "Permis de march\u00e9", "purpose#fr": "Pour r\u00e9diger"})
    visitor = asked(site, site.person(), client, ui_locales="fr")
    for words in ("Permis de march\u00e9", "Pour r\u00e9diger"):
        assert words in visitor.page.text
    assert "Market Stall Permits" not in visitor.page.text
    visitor.submit(decision="allow", field=["name"])
    told = {"fr": ("Permis de march\u00e9", "Pour r\u00e9diger"), "en": ("Market Stall", "To write")}
    for tag, (name, purpose) in told.items():
        visitor.get(f"/account/services?lang={tag}")
        assert name in visitor.page.text
        assert purpose in visitor.page.text
