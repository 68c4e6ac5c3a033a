import json

from idp.authorization.checks import requested_claims
from idp.subscribers.claims import SCOPE_CLAIMS
from tests.factories.clients import make_client
from tests.unit.authorization.parties import accepted

EMAIL = frozenset({"email", "email_verified"})
NOTHING = frozenset[str]()


def test_scopes_release_at_userinfo() -> None:
    """OpenID Connect Core 5.4: with a code, the claims of scopes are for userinfo; the ID token stays small."""
    assert requested_claims(accepted(scope="openid email")) == (NOTHING, EMAIL)
    in_id_token, in_userinfo = requested_claims(accepted(scope="openid profile email phone address"))
    assert in_id_token == NOTHING
    assert in_userinfo == frozenset[str]().union(*SCOPE_CLAIMS.values())


def test_openid_alone_asks_for_nothing_personal() -> None:
    """Who only wants to know that somebody signed in gets no field."""
    assert requested_claims(accepted(scope="openid offline_access")) == (NOTHING, NOTHING)


def test_a_client_that_wants_them_in_the_id_token() -> None:
    """`claims_in_id_token`: the claims of scopes stand in both places."""
    client = make_client(claims_in_id_token=True)
    assert requested_claims(accepted(client, scope="openid email")) == (EMAIL, EMAIL)


def test_without_openid_scopes_release_nothing() -> None:
    """OpenID Connect Core 3.1.2.1: without openid it is plain OAuth, and userinfo is closed."""
    assert requested_claims(accepted(scope="email")) == (NOTHING, NOTHING)


def test_the_claims_parameter_adds_claims_by_name() -> None:
    """OpenID Connect Core 5.5: each place has its own list; names that nobody records are left out."""
    claims = {"userinfo": {"name": None, "shoe_size": None}, "id_token": {"email": {"essential": True}, "acr": None}}
    request = accepted(scope="openid phone", claims=json.dumps(claims))
    assert requested_claims(request) == (
        frozenset({"email"}),
        frozenset({"name", "phone_number", "phone_number_verified"}),
    )
