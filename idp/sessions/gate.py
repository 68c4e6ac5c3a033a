"""The one gate: may this person, at this client, in this session, proceed at this moment?

It is one SQL expression, judged where the facts are and in the very statement that acts on the verdict, so there is no
gap between asking and doing, and no flow that forgets to ask: the authorization endpoint, code redemption, refresh,
introspection and userinfo all contain it. A grant without a person (client credentials) asks the client's half,
`client_allowed`.

Staff need a session in which a passkey was proven, whatever else it rests on (OMB M-22-09: phishing-resistant).

The expression expects the aliases `party` (client), `person` (subscriber), `live` (session) and `i` (the item, with
`now` and `idle_seconds`), and `offline`: when true the session no longer counts (RFC 6749 offline access). A session of
staff has a shorter idle time of its own (`live.idle_seconds`).
"""

from __future__ import annotations

from idp.clients.client import Client
from idp.errors import Code, Refusal

__all__ = ["client_allowed", "gate", "verdict"]

_GATE = """
    case
        when party.state is distinct from 'enabled' then 'client.disabled'
        when person.state is distinct from 'active' then 'subscriber.state'
        when person.policy_group = 'staff' and not coalesce(live.amr && array['hwk', 'swk'], false)
            then 'factor.missing'
        when not {offline} and (
            live.ended_at is not null
            or live.expires_at <= i.now
            or live.seen_at + make_interval(secs => least(i.idle_seconds, live.idle_seconds)) <= i.now
        ) then 'session.ended'
    end
"""


def gate(*, offline: str) -> str:
    """The gate as SQL: a refusal code, or null for yes.

    `offline` is a SQL expression of this code base, never input.
    """
    return _GATE.format(offline=offline)


def verdict(code: str | None) -> Refusal | None:
    """The gate's answer as a value: None is yes."""
    return None if code is None else Refusal(Code(code))


def client_allowed(client: Client) -> Refusal | None:
    """The client's half of the gate, for grants without a person."""
    return None if client.enabled else Refusal(Code.CLIENT_DISABLED)
