"""OpenID Connect Core 2, 3.1.3.3, 3.1.3.6, 8: what an ID token says, to whom, and by which signature."""

import base64
import hashlib

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

PERSONAL = {"name", "given_name", "email", "phone_number", "address", "birthdate"}


@pytest.fixture
def held(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """Fresh tokens of the tax service."""
    return sign_in(tax, resident, visitor, scope="openid profile email")


def test_id_token_says_who_for_whom_when_and_how(held: SignedIn, provider: Provider, clock: MovableClock) -> None:
    """2 (oidcc-server): iss, sub, aud, exp, iat, auth_time, nonce, acr, amr and sid; nothing personal by default."""
    claims = held.id_claims
    assert claims["iss"] == provider.issuer
    assert claims["aud"] == held.party.client_id
    assert claims["nonce"] == held.request.get("nonce")
    assert 0 < len(claims["sub"]) <= 255
    assert claims["sub"].isascii()
    assert claims["exp"] > claims["iat"]
    assert abs(claims["iat"] - clock.now()) < 30
    assert 0 <= claims["iat"] - claims["auth_time"] < 60
    assert claims["acr"] == "nid:1"
    assert claims["amr"] == ["pwd"]
    assert claims["sid"]
    assert not PERSONAL & claims.keys()


def test_signature_is_rs256_by_default_and_its_key_is_published(held: SignedIn) -> None:
    """2, 10.1 (oidcc-idtoken-signature, oidcc-idtoken-rs256): RS256, kid in the JWKS, typ JWT."""
    header = held.party.read(held.id_token).header
    assert header["alg"] == "RS256"
    assert header["typ"] == "JWT"
    assert header["kid"] in {key.kid for key in held.party.keys().keys}


def test_every_published_algorithm_can_be_registered(provider: Provider, resident: Person, visitor: Browser) -> None:
    """Registration 2: `id_token_signed_response_alg` holds for each published algorithm, at_hash included."""
    for algorithm in provider.discovery["id_token_signing_alg_values_supported"]:
        party = provider.register(id_token_signed_response_alg=algorithm)
        signed_in = sign_in(party, resident, visitor)
        assert party.read(signed_in.id_token).header["alg"] == algorithm
        hashed = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(signed_in.access_token.encode()).digest()
        half = base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=").decode()
        assert signed_in.id_claims["at_hash"] == half


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "rs256"])
def test_unsigned_or_unknown_algorithms_cannot_be_registered(provider: Provider, algorithm: str) -> None:
    """oidcc-idtoken-unsigned: alg none is refused at registration, as is everything that is not published."""
    document = {"redirect_uris": ["https://x.example/cb"], "id_token_signed_response_alg": algorithm}
    assert provider.refused("client", "create", document=document)["error"] == "invalid_client_metadata"


def test_request_without_nonce_succeeds_and_none_is_invented(
    tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """3.1.2.1 (oidcc-ensure-request-without-nonce-succeeds-for-code-flow)."""
    assert "nonce" not in sign_in(tax, resident, visitor, nonce=None).id_claims


@pytest.mark.parametrize("nonce", ["n" * 64, "n" * 512, "a b&c=<d>\"'", "\u00e9\u4e2d"])
def test_nonce_comes_back_unchanged(tax: RelyingParty, resident: Person, visitor: Browser, nonce: str) -> None:
    """2: the nonce value is passed through unmodified."""
    assert sign_in(tax, resident, visitor, nonce=nonce).id_claims["nonce"] == nonce


def test_subject_is_stable_for_one_service(tax: RelyingParty, resident: Person, provider: Provider) -> None:
    """2: sub is never reassigned and the same each time, from any browser."""
    subjects = {sign_in(tax, resident, provider.browser()).id_claims["sub"] for _ in range(3)}
    assert len(subjects) == 1


def test_two_people_have_two_subjects(tax: RelyingParty, resident: Person, guarded: Person, provider: Provider) -> None:
    """2: sub is locally unique."""
    first = sign_in(tax, resident, provider.browser()).id_claims["sub"]
    assert first != sign_in(tax, guarded, provider.browser()).id_claims["sub"]


def test_services_of_two_sectors_cannot_recognise_a_person(
    tax: RelyingParty, clinic: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-055, 8.1: sub, sid, jti and at_hash differ; no value but the time joins the two ID tokens."""
    first, second = (sign_in(party, resident, visitor).id_claims for party in (tax, clinic))
    for name in ("sub", "sid", "nonce", "at_hash"):
        assert first[name] != second[name], name
    assert resident.id not in str(first) + str(second)


def test_services_of_one_sector_see_one_subject(provider: Provider, resident: Person, visitor: Browser) -> None:
    """8.1: the sector decides, by registered name or by the host of the redirect URIs."""
    named = [provider.register(sector="revenue") for _ in range(2)]
    subjects = {sign_in(party, resident, visitor).id_claims["sub"] for party in named}
    assert len(subjects) == 1
    one_host = [provider.register(redirect_uris=[f"https://host.example/{n}"]) for n in range(2)]
    by_host = {sign_in(party, resident, visitor).id_claims["sub"] for party in one_host}
    assert len(by_host) == 1
    assert subjects != by_host


def test_public_subject_is_the_same_for_all_who_have_it(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """8: `subject_type: public` gives one value everywhere, which no pairwise service sees."""
    registers = [provider.register(subject_type="public") for _ in range(2)]
    subjects = {sign_in(party, resident, visitor).id_claims["sub"] for party in registers}
    assert len(subjects) == 1
    assert sign_in(tax, resident, visitor).id_claims["sub"] not in subjects
    assert resident.id not in subjects


def test_levels_tell_the_truth_about_a_second_factor(tax: RelyingParty, guarded: Person, visitor: Browser) -> None:
    """2, AC-016: password and one-time code of a proofed person are nid:2, and amr names the methods (RFC 8176)."""
    claims = sign_in(tax, guarded, visitor).id_claims
    assert claims["acr"] == "nid:2"
    assert set(claims["amr"]) == {"pwd", "otp", "mfa"}


def test_weak_proofing_holds_the_level_down(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-016: two factors of a person who was never proofed are still nid:1."""
    person = provider.enrol(totp=True)
    claims = sign_in(tax, person, visitor).id_claims
    assert claims["acr"] == "nid:1"
    assert "otp" in claims["amr"]


def test_claims_in_id_token_for_clients_registered_so(provider: Provider, resident: Person, visitor: Browser) -> None:
    """`claims_in_id_token` puts what the scopes release, and consent covers, into the ID token as well."""
    party = provider.register(claims_in_id_token=True)
    claims = sign_in(party, resident, visitor, scope="openid email", tick=["email"]).id_claims
    assert claims["email"] == "amara@mail.example"
    assert claims["email_verified"] is True
    other = provider.register(claims_in_id_token=True)
    declined = sign_in(other, resident, visitor, scope="openid email", tick=[]).id_claims
    assert not {"email", "email_verified"} & declined.keys()


def test_session_identifier_belongs_to_one_session_and_client(
    tax: RelyingParty, resident: Person, provider: Provider
) -> None:
    """AC-055, Front-Channel Logout 3: sid is the same within a session, another in another one."""
    browser = provider.browser()
    first, second = (sign_in(tax, resident, browser).id_claims["sid"] for _ in range(2))
    assert first == second
    assert sign_in(tax, resident, provider.browser()).id_claims["sid"] != first
