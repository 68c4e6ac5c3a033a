import datetime as dt
import json
import uuid
from typing import Any

import pytest

from idp.clients.client import Client
from idp.consent import Consent, Offer, Status, asked_claims, make_offer
from idp.consent.offer import REMEMBERED
from idp.errors import Code, Refusal
from idp.subscribers import STANDARD_CLAIMS, ClaimsRequest
from tests.factories.clients import make_client
from tests.factories.moments import START
from tests.factories.subscribers import claims

PROFILE = claims(updated_at=1_700_000_000)


def request_for(**userinfo: Any) -> ClaimsRequest:
    """The claims parameter asking for these at userinfo."""
    request = ClaimsRequest.parse(json.dumps({"userinfo": userinfo}))
    assert isinstance(request, ClaimsRequest)
    return request


def offer_of(
    *scopes: str,
    client: Client | None = None,
    request: ClaimsRequest | None = None,
    profile: dict[str, Any] = PROFILE,
    held: Consent | None = None,
) -> Offer:
    """What a request with these scopes offers."""
    return make_offer(
        client or make_client(),
        ("openid", *scopes),
        request or ClaimsRequest(),
        profile,
        held=held,
        now=START,
    )


def held_consent(client: Client, fields: set[str], **changes: Any) -> Consent:
    """A consent in force for this client."""
    values: dict[str, Any] = {
        "consent_id": uuid.uuid4(),
        "citizen_id": uuid.uuid4(),
        "consumer_id": client.client_id,
        "providers": ("wangov-id",),
        "fields": frozenset(fields),
        "purpose": "",
        "granted_at": START - dt.timedelta(days=1),
        "expires_at": START + dt.timedelta(days=1),
        "status": Status.ACTIVE,
        "scopes": frozenset({"openid"}),
        "asked_scopes": frozenset({"openid"}),
        "asked_fields": frozenset(fields),
        "client_fingerprint": client.fingerprint,
        **changes,
    }
    return Consent(**values)


def names(offer: Offer) -> list[str]:
    """The lines of the screen, top down."""
    return [line.claim for line in offer.fields]


def test_offers_what_scopes_and_claims_parameter_ask_for() -> None:
    """Both ways of asking add up; nothing else is offered."""
    assert names(offer_of("address", request=request_for(birthdate=None))) == ["birthdate", "address"]


def test_a_request_without_openid_asks_for_no_claims() -> None:
    """Plain OAuth hands out no personal data, so nobody is asked for any."""
    asked = asked_claims(make_client(), ["profile"], request_for(email=None))
    assert asked.fields == frozenset()


def test_claims_without_value_are_not_offered() -> None:
    """What is not recorded cannot be shared: no line, no grant, and no second question either."""
    offer = offer_of("email", request=request_for(nickname={"essential": True}), profile=claims(email=None))
    assert "email" not in names(offer)
    assert "nickname" not in offer.claims
    assert offer.asked_fields == {"email", "email_verified", "nickname"}


def test_lines_have_one_order() -> None:
    """Whatever the order of the request, people read the fields in the same order everywhere."""
    lines = names(offer_of("phone", "email", "profile", "address"))
    assert lines == sorted(lines, key=STANDARD_CLAIMS.index)


def test_real_values_are_shown() -> None:
    """Days are days, an address is lines, a text is itself."""
    shown = {line.claim: line.value for line in offer_of("profile", "email", "address").fields}
    assert shown["birthdate"] == dt.date(1990, 2, 28)
    assert shown["address"] == ["1 Nowhere Lane", "Sampletown", "SL"]
    assert shown["email"] == "testa@people.example"


@pytest.mark.parametrize("birthdate", ["1990", "0000-02-29"])
def test_part_of_a_birth_date_is_shown_as_recorded(birthdate: str) -> None:
    """OIDC Core 5.1: a year alone, or a day without year, is no calendar day."""
    (line,) = offer_of(request=request_for(birthdate=None), profile=claims(birthdate=birthdate)).fields
    assert line.value == birthdate


def test_the_formatted_address_is_preferred() -> None:
    """The address as the person writes it, empty lines left out."""
    profile = claims(address={"formatted": "1 Nowhere Lane\n\nSampletown", "country": "SL"})
    assert offer_of("address", profile=profile).fields[0].value == ["1 Nowhere Lane", "Sampletown"]


def test_a_claim_about_a_claim_is_no_question_of_its_own() -> None:
    """`email_verified` goes with the e-mail, `updated_at` with the profile."""
    offer = offer_of("profile", "email", "phone")
    assert not {"email_verified", "phone_number_verified", "updated_at"} & set(names(offer))
    assert offer.granted(["email"]) == frozenset({"email", "email_verified"})
    assert offer.granted(["name"]) == frozenset({"name", "updated_at"})
    assert offer.granted([]) == frozenset()


def test_a_claim_about_a_claim_asked_for_alone_is_shown() -> None:
    """Nothing is shared that the person did not see: asked for alone it is a line, with a plain value."""
    offer = offer_of(request=request_for(email_verified=None, updated_at=None))
    assert [(line.claim, line.value) for line in offer.fields] == [
        ("email_verified", True),
        ("updated_at", dt.date(2023, 11, 14)),
    ]


def test_essential_comes_from_registration_and_request() -> None:
    """Either makes a field essential, as far as it is asked for."""
    client = make_client(essential_claims=["birthdate", "address"])
    request = request_for(email={"essential": True}, gender=None)
    asked = asked_claims(client, ["openid", "profile"], request)
    assert asked.essential == {"birthdate", "email"}


def test_essential_fields_are_part_of_every_yes() -> None:
    """Optional ones are chosen one by one; an essential one sent along is no fault."""
    offer = offer_of("profile", client=make_client(essential_claims=["name"]))
    assert offer.granted(["birthdate"]) == frozenset({"name", "birthdate", "updated_at"})
    assert offer.granted(["name"]) == frozenset({"name", "updated_at"})


@pytest.mark.parametrize("ticked", ["phone_number", "email_verified", "sub", "offline_access", "", "name\x00"])
def test_a_tick_at_something_not_offered_is_refused(ticked: str) -> None:
    """A changed form cannot add a field, a follower of one, or access while away."""
    refusal = offer_of("email").granted(["email", ticked])
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.CONSENT_FIELD


def test_access_while_away_is_offered_to_clients_that_refresh() -> None:
    """`offline_access` is a choice of its own, and no choice where the client has no refresh grant."""
    assert offer_of("offline_access").offline
    assert offer_of("offline_access").granted(["offline_access"]) == frozenset()
    assert not offer_of("offline_access", client=make_client(grant_types=["authorization_code"])).offline
    assert not offer_of("profile").offline


def test_what_the_service_asks_for_starts_ticked_but_not_access_while_away() -> None:
    """The button is the yes to the list shown; what outlives the sign-in needs a tick of its own (ADR 0008)."""
    offer = offer_of("profile", "email", "offline_access")
    assert offer.fields
    assert all(line.checked for line in offer.fields)
    assert not offer.offline_checked


def test_what_the_service_holds_is_part_of_the_offer() -> None:
    """One decision replaces the other whole, so the screen shows all of it, earlier choices ticked."""
    client = make_client()
    held = held_consent(client, {"address"}, scopes=frozenset({"openid", "address", "offline_access"}))
    offer = offer_of("email", client=client, held=held)
    assert [(line.claim, line.checked) for line in offer.fields] == [("email", True), ("address", True)]
    assert offer.asked.fields == {"email", "email_verified"}
    assert offer.scopes == {"openid", "email", "address", "offline_access"}
    assert (offer.offline, offer.offline_checked) == (True, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_fingerprint": "another"},
        {"expires_at": START},
        {"status": Status.WITHDRAWN},
    ],
)
def test_a_consent_that_no_longer_holds_is_forgotten(changes: dict[str, Any]) -> None:
    """AC-089: after a change of the client, expiry or withdrawal the person is asked as if for the first time."""
    client = make_client()
    offer = offer_of("email", client=client, held=held_consent(client, {"email", "address"}, **changes))
    assert names(offer) == ["email"]
    assert offer.fields[0].checked
    assert offer.asked_fields == {"email", "email_verified"}


def test_a_value_that_is_gone_is_no_longer_offered() -> None:
    """A field granted earlier but not recorded any more leaves the offer."""
    client = make_client()
    held = held_consent(client, {"address", "email"})
    assert names(offer_of("email", client=client, held=held, profile=claims(address=None))) == ["email"]


def test_a_yes_holds_for_a_year() -> None:
    """The day shown is the day on which it ends."""
    assert offer_of("email").expires_at - START == REMEMBERED == dt.timedelta(days=365)


def test_values_show_nothing_when_printed() -> None:
    """An offer in a log line or a failure holds names of fields, no values."""
    assert not any(word in repr(offer_of("profile", "email", "address")) for word in ("Testa", "people.example"))
