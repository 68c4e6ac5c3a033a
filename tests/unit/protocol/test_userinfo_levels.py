import uuid

import pytest

from idp.authorization.plan import Plan
from idp.protocol.message import Answer, MachineRequest
from idp.protocol.userinfo import userinfo_endpoint
from idp.tokens.access_token import mint_access_token
from tests.factories.clients import make_client
from tests.factories.moments import START
from tests.unit.authorization.house import authorization_server
from tests.unit.authorization.parties import ISSUER, registry
from tests.unit.tokens.ring import keyring

PERMITS = make_client()
CLIENTS = registry(PERMITS)
USERINFO = userinfo_endpoint(authorization_server(CLIENTS), CLIENTS, {"phone": 1, "address": 2, "profile": 3})


def asked(scope: str, acr: str) -> Plan | Answer:
    """What userinfo makes of a good token with this scope from a sign-in of this level."""
    token = mint_access_token(
        keyring(), PERMITS, issuer=ISSUER, subject="s", audience=[ISSUER], scope=scope.split(),
        issued_at=int(START.timestamp()), lifetime=300, jti="j" * 22,
        extra={"gid": str(uuid.UUID(int=1)), "auth_time": int(START.timestamp()), "acr": acr, "amr": ["pwd"]},
    )  # fmt: skip
    return USERINFO.prepare(MachineRequest("GET", {}, f"Bearer {token}", None, None, "192.0.2.1"))


@pytest.mark.parametrize(
    ("scope", "acr"), [("openid", "nid:1"), ("openid phone", "nid:1"), ("openid address", "nid:2"), ("openid", "nid:3")]
)
def test_a_level_that_is_met_is_no_matter(scope: str, acr: str) -> None:
    """The store is asked, and nothing else stands in the way."""
    assert isinstance(asked(scope, acr), Plan)


@pytest.mark.parametrize(
    ("scope", "acr", "needed"),
    [("openid address", "nid:1", "nid:2"), ("openid phone address profile", "nid:2", "nid:3")],
)
def test_a_level_that_is_not_met_is_a_challenge(scope: str, acr: str, needed: str) -> None:
    """RFC 9470 section 3: 401, insufficient_user_authentication, and which acr would do."""
    answer = asked(scope, acr)
    assert isinstance(answer, Answer)
    assert answer.status.startswith("401")
    challenge = dict(answer.headers)["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert f'acr_values="{needed}"' in challenge
