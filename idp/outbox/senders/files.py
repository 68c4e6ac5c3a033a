"""Messages into a folder, for developers and tests: `<reference>.json` for programs, `<reference>.txt` for people."""

from __future__ import annotations

import json
import os
from pathlib import Path

from idp.clock import Clock
from idp.outbox.sending import Envelope, Outcome

__all__ = ["FileSender"]


class FileSender:
    """Writes each message into files for their owner alone. A message that is sent again replaces itself."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def send(self, envelope: Envelope) -> Outcome:
        """Put both files in place, the JSON last and whole."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = {
            "reference": envelope.reference,
            "at": self._clock.now().isoformat(),
            "channel": envelope.channel.value,
            "to": envelope.to,
            "subject": envelope.subject,
            "text": envelope.text,
            "notice": envelope.notice,
            "language": envelope.language,
        }
        self._put(f"{envelope.reference}.txt", f"To: {envelope.to}\nSubject: {envelope.subject}\n\n{envelope.text}\n")
        self._put(f"{envelope.reference}.json", json.dumps(document, ensure_ascii=False, indent=1))
        return Outcome()

    def _put(self, name: str, content: str) -> None:
        passing = self._folder / f"{name}.new"
        descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        passing.replace(self._folder / name)
