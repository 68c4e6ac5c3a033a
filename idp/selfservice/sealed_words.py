"""What people write about their own record, sealed with their identity key, as JSON."""

from __future__ import annotations

import json
import unicodedata
from typing import Any
from uuid import UUID

from idp.keys import Purpose
from idp.keys.person_keys import PersonKeys

__all__ = ["SealedWords", "plain_text"]


class SealedWords:
    """Seals and opens small documents of one person, in the caller's transaction."""

    def __init__(self, keys: PersonKeys) -> None:
        self._keys = keys

    def seal(self, subscriber_id: UUID, document: dict[str, Any]) -> bytes:
        """`document` as it is stored."""
        raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return self._keys.seal(subscriber_id, Purpose.IDENTITY, raw)

    def open(self, subscriber_id: UUID, sealed: bytes) -> dict[str, Any]:
        """The reverse; nothing once the person's key is destroyed. Raises `SealBrokenError` for anybody else's."""
        raw = self._keys.open(subscriber_id, Purpose.IDENTITY, sealed)
        return {} if raw is None else dict(json.loads(raw))


def plain_text(typed: str, longest: int) -> str | None:
    """What somebody wrote in a box: NFC, line ends as one sign; None where it is empty, too long or not text."""
    if len(typed) > 2 * longest:  # a browser sends two signs for each line end
        return None
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n")).strip()
    clean = all(mark == "\n" or unicodedata.category(mark) not in {"Cc", "Cs", "Co", "Cn"} for mark in text)
    return text if text and clean and len(text) <= longest else None
