"""Activation links: how a member of staff gets to the first passkey. Good once, for a day, and for nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.assurance import CODE, aal_of
from idp.authenticators.methods import STAFF
from idp.entropy import Entropy, SecretKind, digest, has_kind
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal
from idp.sessions import Devices, Sessions, SessionStart
from idp.signin.outcomes import Activated, Browser
from idp.subscribers.directory import Directory

__all__ = ["LINK_LIFE", "Activation", "make_activation"]

KIND = "activation"
LINK_LIFE = timedelta(days=1)


def make_activation(ephemeral: Ephemeral, entropy: Entropy, subscriber_id: UUID) -> str:
    """The secret of a new link; a digest of it is kept. Raises `StoreUnavailableError`."""
    secret = entropy.secret(SecretKind.ACTIVATION)
    held = {"subscriber_id": str(subscriber_id)}
    ephemeral.park(KIND, _name(secret), held, int(LINK_LIFE.total_seconds()))
    return secret


class Activation:
    """Takes an activation link, in the caller's transaction."""

    def __init__(
        self, ephemeral: Ephemeral, directory: Directory, sessions: Sessions, devices: Devices, trail: Trail
    ) -> None:
        self._ephemeral = ephemeral
        self._directory = directory
        self._sessions = sessions
        self._devices = devices
        self._trail = trail

    def good(self, secret: str) -> bool:
        """True while the link can be used; nothing is spent."""
        return has_kind(SecretKind.ACTIVATION, secret) and self._ephemeral.read(KIND, _name(secret)) is not None

    def activate(self, secret: str, browser: Browser) -> Activated | Refusal:
        """Begin a session of level 1, in which a passkey can be added; of many at the same moment one gets it.

        The gate lets such a session of staff through to no service. Refused: `LINK_UNKNOWN`.
        """
        held = self._ephemeral.take(KIND, _name(secret)) if has_kind(SecretKind.ACTIVATION, secret) else None
        person = None if held is None else self._directory.get(UUID(held["subscriber_id"]))
        if person is None or not person.active or person.group != STAFF:
            return Refusal(Code.LINK_UNKNOWN, "activation")
        device = self._devices.remember(browser.device_cookie, person.id, browser.user_agent)
        amr = (CODE,)
        start = SessionStart(person.id, amr, aal_of(amr), device.device_id, browser.user_agent)
        started = self._sessions.start(start, browser.session)
        self._trail.append(AuditEvent(Event.STAFF_ACTIVATED, subscriber_id=person.id, session_id=started.session.id))
        return Activated(started.session, started.secret, device.cookie)


def _name(secret: str) -> str:
    return digest(SecretKind.ACTIVATION, secret).hex()
