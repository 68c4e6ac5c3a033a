"""The authorization server wired over values: real grants, real keys, no store."""

import datetime as dt
from collections.abc import Mapping

from idp.authenticators.throttling import AddressLimit
from idp.authorization.client_credentials_grant import ClientCredentialsGrant
from idp.authorization.code_grant import CodeGrant
from idp.authorization.refresh_grant import RefreshGrant
from idp.authorization.server import AuthorizationServer, Deps, Lifetimes
from idp.clients.authentication import ClientAuthentication
from idp.clients.registry import ClientRegistry
from idp.clock import Clock
from idp.entropy import Entropy
from idp.ephemeral import Count
from idp.keys import PurposeKeys
from idp.subscribers.subject import Subjects
from tests.factories.keys import purpose_keys, sealer
from tests.factories.moments import StillClock
from tests.unit.authorization.parties import ISSUER
from tests.unit.tokens.ring import keyring

LIFETIMES = Lifetimes(
    access_token=300,
    id_token=600,
    code=60,
    refresh_idle=dt.timedelta(days=30),
    refresh_absolute=dt.timedelta(days=90),
    session_idle=1800,
)


class Tally:
    """Counts in memory; fulfils what client authentication counts failures with."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def count(self, name: str, *, limit: int, window_seconds: int) -> Count:
        """Count once."""
        self._counts[name] = self._counts.get(name, 0) + 1
        allowed = self._counts[name] <= limit
        return Count(self._counts[name], allowed=allowed, retry_after=0 if allowed else window_seconds)

    def give_back(self, name: str) -> None:
        """Take one back."""
        self._counts[name] = max(0, self._counts.get(name, 0) - 1)


def authorization_server(
    clients: ClientRegistry, *, clock: Clock | None = None, keys: PurposeKeys | None = None
) -> AuthorizationServer:
    """The server with its three grants."""
    clock = clock or StillClock()
    keys = keys or purpose_keys()
    deps = Deps(
        issuer=ISSUER,
        clock=clock,
        entropy=Entropy(clock),
        keyring=keyring,
        purpose_keys=keys,
        sealer=sealer(keys),
        subjects=Subjects(keys),
        lifetimes=LIFETIMES,
        authentication=ClientAuthentication(clients, Tally()),
        address_limit=AddressLimit(Tally(), keys),
    )
    server = AuthorizationServer(deps)
    server.offer(CodeGrant, RefreshGrant, ClientCredentialsGrant)
    return server


def without(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """The form without these parameters."""
    return {name: value for name, value in form.items() if name not in names}
