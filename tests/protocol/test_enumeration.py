"""Known and unknown people hear the same, cost the same, and names are read in one way (AC-063, AC-064, AC-130)."""

import re
import statistics
import time

import pytest

from tests.protocol.driver import Arrival, Browser, Person, RelyingParty
from tests.protocol.journey import attempt, login
from tests.protocol.provider import Provider

MASK = re.compile(r"wt_[\w-]+|[0-9a-f]{32}|csrf_token\" value=\"[^\"]+|nonce[-=]\"?[\w-]+|Ij[\w.-]{30,}")


def test_unknown_known_and_suspended_people_hear_the_same(provider: Provider, tax: RelyingParty) -> None:
    """AC-063: same status, headers and body, but for what is fresh in every answer."""
    known, suspended = provider.enrol(), provider.enrol()
    provider.operate("subscriber", "suspend", suspended.id, "--reason", "legal_order")
    answers = []
    for name, password in (
        (known.username, "wrong"),
        ("nobody-here", "wrong"),
        (suspended.username, suspended.password),
    ):
        browser = provider.browser()
        answers.append((name, attempt(browser, login(tax, browser), name, password)))
    bodies = {MASK.sub("", answer.text).replace(name, "NAME") for name, answer in answers}
    assert len(bodies) == 1
    assert {answer.status_code for _, answer in answers} == {400}
    assert len({frozenset(answer.headers) for _, answer in answers}) == 1
    assert all("Set-Cookie" not in answer.headers for _, answer in answers)


def test_throttling_does_not_tell_who_exists(provider: Provider, tax: RelyingParty) -> None:
    """AC-063: unknown names are slowed down just like known ones."""
    person = provider.enrol()
    seen = []
    for name in (person.username, "never-enrolled"):
        statuses = []
        for _ in range(6):
            browser = provider.browser()
            statuses.append(attempt(browser, login(tax, browser), name).status_code)
        seen.append(statuses)
    assert seen[0] == seen[1] == [400] * 5 + [429]


def test_unknown_people_cost_a_password_hash_too(provider: Provider, tax: RelyingParty) -> None:
    """AC-064: an answer for an unknown name takes as long as one for a known name; a skipped hash would show."""
    people = [provider.enrol() for _ in range(3)]
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for n in range(12):
        for kind, name in (("known", people[n % 3].username), ("unknown", f"ghost{n % 3}")):
            browser = provider.browser()
            page = login(tax, browser)
            began = time.perf_counter()
            answer = attempt(browser, page, name)
            times[kind].append(time.perf_counter() - began)
            assert answer.status_code == 400
    known, unknown = statistics.median(times["known"]), statistics.median(times["unknown"])
    assert 0.5 < unknown / known < 2


@pytest.mark.parametrize("variant", ["AMARA", "  amara ", "\uff41\uff4d\uff41\uff52\uff41", "Amara"])
def test_name_is_normalised_once(tax: RelyingParty, resident: Person, visitor: Browser, variant: str) -> None:
    """AC-130: case, surrounding blanks and full-width letters do not make another name."""
    page = login(tax, visitor)
    step = visitor.submit(page, "identifier", identifier=variant, password=resident.password)
    assert isinstance(resident.go_on(visitor, step), Arrival)


@pytest.mark.parametrize(
    "lookalike", ["\u0430mara", "ama\u200bra", "amara\u0000", "amara\u202e", "\u0430\u043c\u0430\u0440\u0430"]
)
def test_lookalike_names_are_nobody(provider: Provider, tax: RelyingParty, resident: Person, lookalike: str) -> None:
    """AC-130: a Cyrillic letter, zero-width, control or direction characters neither sign in nor break anything."""
    browser = provider.browser()
    assert attempt(browser, login(tax, browser), lookalike, resident.password).status_code == 400
    document = {"username": lookalike, "password": "quiet rain on tin roofs 7"}
    assert "error" in provider.refused("subscriber", "create", document=document)


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("", ""),
        ("amara", ""),
        ("", "x"),
        ("x" * 5000, "x"),
        ("amara", "p" * 5000),
        ("amara\r\nx: y", "x"),
        ("'; --", "\u0000"),
    ],
)
def test_incomplete_or_oversized_forms_are_explained(
    provider: Provider, tax: RelyingParty, username: str, password: str
) -> None:
    """Bad input: status 400, the page again with an error that names the field, and the password never echoed."""
    browser = provider.browser()
    answer = attempt(browser, login(tax, browser), username, password)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "p" * 300 not in answer.text


def test_form_of_megabytes_is_refused_unread(provider: Provider, tax: RelyingParty) -> None:
    """AC-128: 413 within moments, for a person's form too."""
    browser = provider.browser()
    page = login(tax, browser)
    assert attempt(browser, page, "amara", "p" * 1_000_000).status_code == 413
