"""What a client calls a person (`sub`, OIDC Core 8) and a session (`sid`): stable inside, unlinkable across.

Nothing is stored: a subject is a keyed hash of the person's own identifier, which is never given to anybody
else. So a subject is never used again for another person, whatever user name or number that person is given.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from idp.keys import Purpose, PurposeKeys
from idp.keys.jose import encode_segment

__all__ = ["SubjectParty", "Subjects"]

PUBLIC = "public"


class SubjectParty(Protocol):
    """What of a client decides under which name it knows people."""

    @property
    def sector(self) -> str:
        """Clients of one sector know a person by the same name (OIDC Core 8.1); never empty."""
        ...

    @property
    def subject_type(self) -> str:
        """`pairwise` or `public`."""
        ...


class Subjects:
    """Computes `sub` and `sid`; pure, a few microseconds each."""

    def __init__(self, keys: PurposeKeys) -> None:
        self._keys = keys

    def for_client(self, subscriber_id: UUID, client: SubjectParty) -> str:
        """The person's `sub` at this client, 43 characters; raises ValueError for a client without sector."""
        if client.subject_type == PUBLIC:
            return self._hashed(Purpose.PAIRWISE, subscriber_id, "")
        if not client.sector:
            raise ValueError("a pairwise client has a sector")
        return self._hashed(Purpose.PAIRWISE, subscriber_id, client.sector)

    def session_id(self, session_id: UUID, client_id: str) -> str:
        """The session's `sid` at this client, 43 characters; each client sees another one."""
        return self._hashed(Purpose.SESSION, session_id, client_id)

    def _hashed(self, purpose: Purpose, identifier: UUID, context: str) -> str:
        return encode_segment(self._keys.mac(purpose, f"{identifier}|{context}"))
