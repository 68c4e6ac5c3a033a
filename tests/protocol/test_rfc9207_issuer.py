"""RFC 9207: every authorization response names its issuer, so that no client is mixed up (AC-015)."""

import pytest

from tests.protocol.driver import Browser, Person, RelyingParty, arrived
from tests.protocol.journey import obtain_code
from tests.protocol.provider import Provider


@pytest.mark.parametrize("mode", ["query", "form_post", None])
def test_success_names_the_issuer_of_discovery(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser, mode: str | None
) -> None:
    """2, AC-015: iss is in every success response, once, and equals the issuer of the metadata (2.4)."""
    _, arrival = obtain_code(tax, resident, visitor, response_mode=mode)
    assert [value for name, value in arrival.pairs if name == "iss"] == [provider.discovery["issuer"]]
    assert provider.discovery["authorization_response_iss_parameter_supported"] is True


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "none"},
        {"scope": "unheard-of"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"max_age": "soon"},
        {"request": "x"},
    ],
)
def test_errors_name_the_issuer_too(
    provider: Provider, tax: RelyingParty, visitor: Browser, mode: str, changes: dict[str, str]
) -> None:
    """2.2, AC-015: error responses carry iss, by whichever mode they travel."""
    arrival = arrived(visitor.open(tax.ask(response_mode=mode, **changes).url))
    assert arrival.mode == mode
    assert "error" in arrival.parameters
    assert [value for name, value in arrival.pairs if name == "iss"] == [provider.issuer]


def test_denial_names_the_issuer(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """2.2: so does a person's no."""
    person = provider.enrol()
    step = person.go_on(visitor, visitor.open(tax.ask(scope="openid email").url), decision="deny")
    assert arrived(step).parameters["iss"] == provider.issuer


def test_issuer_is_that_of_the_tokens(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """2.4: response, ID token and metadata agree."""
    request, arrival = obtain_code(tax, resident, visitor)
    tokens = tax.redeem(request, arrival).json()
    assert tax.read(tokens["id_token"]).claims["iss"] == arrival.parameters["iss"] == tax.discovery["issuer"]
