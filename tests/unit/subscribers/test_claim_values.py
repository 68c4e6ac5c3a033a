from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import Code, Refusal
from idp.subscribers import STANDARD_CLAIMS, checked_claims
from idp.subscribers.claim_values import _CHECKS
from tests.factories.subscribers import claims


def test_every_standard_claim_has_a_check() -> None:
    """The closed list of names and the list of checks are one."""
    assert set(_CHECKS) == set(STANDARD_CLAIMS)


def test_a_whole_person_is_kept() -> None:
    """Valid claims come back as they were given."""
    assert checked_claims(claims()) == claims()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Aïssata N\u2019Gobeh-Koroma"),
        ("name", "\u0646\u0627\u0645\u200c\u0647\u0627"),
        ("email", "a.b+c@xn--mnchen-3ya.example"),
        ("phone_number", "+1 (555) 000-0000;ext=12"),
        ("birthdate", "1990"),
        ("birthdate", "0000-02-29"),
        ("birthdate", "2000-02-29"),
        ("zoneinfo", "America/Argentina/Buenos_Aires"),
        ("zoneinfo", "Africa/Freetown"),
        ("locale", "en-SL"),
        ("picture", "https://pictures.example/p.png?size=2"),
        ("updated_at", 0),
        ("address", {"formatted": "1 Nowhere Lane\nSampletown"}),
        ("gender", "female"),
    ],
)
def test_valid_values_are_kept(name: str, value: Any) -> None:
    """OIDC Core 5.1: each claim in the forms that the specification names."""
    assert checked_claims({name: value}) == {name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", "abc"),
        ("national_id", "1"),
        ("name", ""),
        ("name", "   "),
        ("name", 5),
        ("name", ["Testa"]),
        ("name", "a" * 201),
        ("name", "Testa\nPerson"),
        ("name", "Testa\x00"),
        ("name", "Testa\u202eosreP"),
        ("name", "\ud800"),
        ("preferred_username", "te\u200csta"),
        ("email", "testa"),
        ("email", "testa@"),
        ("email", "testa@people"),
        ("email", "te sta@people.example"),
        ("email", "testa@people.example\u200b"),
        ("email", "testa@@people.example"),
        ("email", "testa@people..example"),
        ("email", "a" * 65 + "@people.example"),
        ("email", "testa@people.example, other@people.example"),
        ("phone_number", "call me"),
        ("phone_number", "+"),
        ("phone_number", "1" * 40),
        ("phone_number", "\u0661\u0662\u0663\u0664\u0665"),
        ("birthdate", "1990-02-30"),
        ("birthdate", "2023-02-29"),
        ("birthdate", "1990-2-3"),
        ("birthdate", "0000"),
        ("birthdate", "01/02/1990"),
        ("birthdate", "\u0661\u0669\u0669\u0660"),
        ("zoneinfo", "../../etc/passwd"),
        ("zoneinfo", "/Africa/Freetown"),
        ("locale", "english"),
        ("locale", "en--SL"),
        ("website", "javascript:alert(1)"),
        ("website", "https://"),
        ("website", "https://user:pw@site.example/"),
        ("website", "https://site.example/a b"),
        ("website", "http://[bad/"),
        ("website", "https://site.example/" + "a" * 2000),
        ("updated_at", -1),
        ("updated_at", True),
        ("updated_at", 1.5),
        ("updated_at", 10**20),
        ("email_verified", "true"),
        ("email_verified", 1),
        ("address", "1 Nowhere Lane"),
        ("address", {}),
        ("address", {"planet": "Earth"}),
        ("address", {"locality": "Sample\ntown"}),
        ("address", {"locality": None}),
        ("address", {"formatted": "a" * 1001}),
    ],
)
def test_invalid_values_are_refused(name: str, value: Any) -> None:
    """A wrong type, form or size is refused, and the refusal repeats nothing of the value."""
    given_claims = {"email": "testa@people.example", name: value} if name == "email_verified" else {name: value}
    refusal = checked_claims(given_claims)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.SUBSCRIBER_INVALID
    assert not isinstance(value, str) or len(value) < 4 or value not in refusal.detail


@pytest.mark.parametrize("name", ["email", "phone_number"])
def test_verified_needs_what_it_speaks_of(name: str) -> None:
    """`email_verified` without an email, and the same for the phone, is refused."""
    assert isinstance(checked_claims({f"{name}_verified": True}), Refusal)


def test_members_without_value_are_left_out() -> None:
    """OIDC Core 5.3.2: null is no value."""
    assert checked_claims({"name": "Testa", "nickname": None}) == {"name": "Testa"}


def test_values_are_normalised_once() -> None:
    """AC-130: text in NFC, an e-mail in NFKC, language tags with hyphens, plain line ends."""
    kept = checked_claims(
        {
            "name": " Ai\u0308ssata ",
            "email": "testa\uff20people.example",
            "locale": "en_SL",
            "address": {"formatted": "1 Nowhere Lane\r\nSampletown"},
        }
    )
    assert kept == {
        "name": "A\u00efssata",
        "email": "testa@people.example",
        "locale": "en-SL",
        "address": {"formatted": "1 Nowhere Lane\nSampletown"},
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(STANDARD_CLAIMS), JSON, max_size=5))
def test_checked_claims_stay_as_they_are(given_claims: dict[str, Any]) -> None:
    """No input breaks the check, and what passed it passes again unchanged."""
    kept = checked_claims(given_claims)
    assert isinstance(kept, Refusal) or checked_claims(kept) == kept
