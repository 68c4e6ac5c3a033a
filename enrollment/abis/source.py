"""Fetching what a client refers to: by the guarded client alone, bounded, and never told to anybody what was there."""

from __future__ import annotations

from typing import Protocol

from enrollment.abis.messages import Failure
from idp.outbound import Answer, OutboundError, Trouble

__all__ = ["MOST_BYTES", "Getter", "Source"]

MOST_BYTES = 16 << 20
_EXPIRED = 410


class Getter(Protocol):
    """As `idp.outbound.GuardedClient`, which answers with at most `MOST_BYTES`."""

    def get(self, url: str, headers: dict[str, str]) -> Answer:
        """What is there. Raises `OutboundError`."""
        ...


class Source:
    """Gets the biometric record behind an address."""

    def __init__(self, client: Getter) -> None:
        self._client = client

    def fetch(self, url: str) -> bytes | Failure:
        """What is there: `NOT_FETCHED`, `EXPIRED` where the other side says so, `NO_DATA` for nothing at all.

        Failures of the interface's data share come with status 200 and a JSON document instead of the record.
        """
        try:
            answer = self._client.get(url, {"Accept": "application/xml, text/xml, application/octet-stream"})
        except OutboundError as error:
            return Failure.CBEFF if error.trouble is Trouble.TOO_LARGE else Failure.NOT_FETCHED
        if answer.status == _EXPIRED:
            return Failure.EXPIRED
        if answer.status != 200:
            return Failure.NOT_FETCHED
        body = answer.body.strip()
        if body.startswith(b"{"):
            return Failure.EXPIRED if b"usage expired" in body[:4096] else Failure.NOT_FETCHED
        return body or Failure.NO_DATA
