"""Discovery and JWKS: bytes made beforehand, with an ETag, cacheable for a fraction of the publishing lead."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from idp.authorization.plan import Outcome
from idp.protocol.message import Answer, Endpoint, MachineRequest

__all__ = ["Document", "discovery_endpoint", "jwks_endpoint"]

CACHE = ("Cache-Control", "public, max-age=900")
READ = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document ready to be sent, and ready not to be sent again."""

    full: Answer
    unchanged: Answer
    etag: str

    @classmethod
    def of(cls, body: bytes, etag: str, media_type: str) -> Document:
        """Prepare both answers once."""
        headers = (("ETag", etag), CACHE)
        return cls(
            Answer("200 OK", (("Content-Type", media_type), *headers), body),
            Answer("304 Not Modified", headers, b""),
            etag,
        )

    def answer(self, request: MachineRequest) -> Answer:
        """The document, or 304 to whoever has it (RFC 9110 13.1.2)."""
        held = request.if_none_match
        if held is not None and (
            held.strip() == "*" or self.etag in {tag.strip().removeprefix("W/") for tag in held.split(",")}
        ):
            return self.unchanged
        return self.full


def discovery_endpoint(name: str, describe: Callable[[], dict[str, Any]], version: Callable[[], object]) -> Endpoint:
    """GET /.well-known/...; rebuilt only when `version()` changes (the set of usable algorithms, say)."""
    held: tuple[object, Document] | None = None

    def prepare(request: MachineRequest) -> Answer:
        nonlocal held
        current = version()
        if held is None or held[0] != current:
            body = json.dumps(describe(), separators=(",", ":")).encode()
            etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            held = (current, Document.of(body, etag, "application/json"))
        return held[1].answer(request)

    return Endpoint(name, READ, prepare, _never_planned, cors=True)


def jwks_endpoint(keys: Callable[[], tuple[bytes, str]]) -> Endpoint:
    """GET /oauth/jwks (RFC 7517 section 5). `keys` gives the document's bytes and their ETag."""
    held: Document | None = None

    def prepare(request: MachineRequest) -> Answer:
        nonlocal held
        body, etag = keys()
        if held is None or held.etag != etag:
            held = Document.of(body, etag, "application/jwk-set+json")
        return held.answer(request)

    return Endpoint("jwks", READ, prepare, _never_planned, cors=True)


def _never_planned(outcome: Outcome) -> Answer:
    message = f"documents have no plan, yet one came out as {type(outcome)}"
    raise AssertionError(message)
