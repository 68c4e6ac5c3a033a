"""Text messages by an HTTP gateway: one JSON document posted to one address.

The document is `{"to", "from", "text", "reference"}`; a status from 200 to 299 means that the gateway has taken the
message over. Gateways that speak another dialect stand behind a small translator of the operator's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from idp.outbound import GuardedClient, OutboundError, Trouble
from idp.outbox.sending import Envelope, Failure, Outcome

__all__ = ["Gateway", "GatewaySender"]

MAX_WAIT_SECONDS = 3600
_OF_TROUBLE: Mapping[Trouble, Failure] = MappingProxyType(
    {
        Trouble.ADDRESS: Failure.UNREACHABLE,
        Trouble.UNREACHABLE: Failure.UNREACHABLE,
        Trouble.TLS: Failure.TLS,
        Trouble.TIMEOUT: Failure.TIMEOUT,
        Trouble.PROTOCOL: Failure.PROTOCOL,
        Trouble.TOO_LARGE: Failure.PROTOCOL,
    }
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where text messages go. `sender` is what people see as their origin (a name of up to 11 letters, or a number)."""

    url: str
    sender: str
    token: str = field(default="", repr=False)


class GatewaySender:
    """Posts each message to the gateway."""

    def __init__(self, gateway: Gateway, client: GuardedClient) -> None:
        self._gateway = gateway
        self._client = client

    def send(self, envelope: Envelope) -> Outcome:
        """Hand over one text message; `reference` and Idempotency-Key let the gateway drop doubles."""
        document = {
            "to": envelope.to,
            "from": self._gateway.sender,
            "text": envelope.text,
            "reference": envelope.reference,
        }
        headers = {"Idempotency-Key": envelope.reference}
        if self._gateway.token:
            headers["Authorization"] = f"Bearer {self._gateway.token}"
        try:
            answer = self._client.post_json(self._gateway.url, document, headers)
        except OutboundError as error:
            return Outcome(_OF_TROUBLE[error.trouble])
        return _of_status(answer.status, answer.retry_after)


def _of_status(status: int, retry_after: str | None) -> Outcome:
    if 200 <= status < 300:
        return Outcome()
    if status in {401, 403}:
        return Outcome(Failure.LOGIN)
    if status in {408, 425, 429} or status >= 500:
        seconds = int(retry_after) if retry_after and retry_after.isdecimal() and len(retry_after) < 6 else None
        return Outcome(Failure.BUSY, None if seconds is None else min(seconds, MAX_WAIT_SECONDS))
    if status in {400, 404, 410, 422}:
        return Outcome(Failure.REJECTED)
    # A redirect or anything else unusual: the address of the gateway is wrong, which an operator puts right.
    return Outcome(Failure.PROTOCOL)
