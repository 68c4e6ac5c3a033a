"""AC-120: keys change while tokens are issued, and no token is ever seen that cannot be verified."""

from __future__ import annotations

import time
from datetime import datetime

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.faults.installation import Installation
from tests.faults.rotation import Keys, RotationReport, rotate_under_load
from tests.protocol.journey import sign_in

# Longer than workers take to look whether keys changed.
REREAD_SECONDS = 0.7


def test_every_token_can_be_verified_throughout_a_rotation(installation: Installation) -> None:
    """AC-120: with keys fetched from any worker and kept as long as allowed; old tokens until they expire."""
    report = rotate_under_load(installation.provider, rotations=1, seconds=1.2, clients=1)
    assert not report.problems
    assert report.surprises == 0
    assert report.old_tokens == 2
    assert {kind.rpartition(" ")[2] for kind in report.verified} == {"ES256", "RS256"}
    assert report.verified["ID tokens ES256"] > 10
    assert report.verified["ID tokens RS256"] > 10


def test_token_of_a_stranger_is_noticed(installation: Installation) -> None:
    """The check itself can fail: a token under a key that is not published is a problem, and was a surprise."""
    report = RotationReport()
    keys = Keys(installation.live, report)
    party = installation.provider.register(
        redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"]
    )
    own = party.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"]
    keys.verify(own, "tokens")
    assert not report.problems
    keys.verify(jwt.encode({"alg": "ES256", "kid": "stranger"}, {}, ECKey.generate_key("P-256")), "tokens")
    assert len(report.problems) == report.surprises == 1


def test_retry_that_crosses_the_moment_gets_the_same_answer(installation: Installation) -> None:
    """AC-040, AC-120: who lost the answer to a refresh just before the keys change gets it again just after."""
    provider, clock = installation.provider, installation.clock
    party = provider.register()
    held = sign_in(party, provider.enrol(), provider.browser(), scope="openid offline_access", tick=["offline_access"])
    rotated = [provider.operate("keys", "rotate", "--alg", name)["keys"][0] for name in ("RS256", "ES256")]
    moments = [datetime.fromisoformat(key["activate_at"]).timestamp() for key in rotated]
    clock.advance(min(moments) - clock.now() - 2)
    first = party.refresh(held.refresh_token)
    clock.advance(max(moments) - clock.now() + 1)
    provider.operate("keys", "init")  # announces that keys changed: every worker reads them anew
    time.sleep(REREAD_SECONDS)
    again = party.refresh(held.refresh_token)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["refresh_token"] == first.json()["refresh_token"]
    for answer in (first, again):
        assert party.read(answer.json()["access_token"]).claims["client_id"] == party.client_id
        assert party.read(answer.json()["id_token"]).claims["aud"] == party.client_id
    assert party.refresh(first.json()["refresh_token"]).status_code == 200
