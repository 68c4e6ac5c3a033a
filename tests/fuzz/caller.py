"""One request at a time over one connection that stays: for tests that look at each answer themselves."""

from __future__ import annotations

import socket

from tests.fuzz.answers import Answer, Reader
from tests.fuzz.invariants import Judge
from tests.fuzz.shots import Draft, shot_of

__all__ = ["Caller"]

SECONDS = 10


class Caller:
    """Sends drafts and holds every answer to the rules of `judge`."""

    def __init__(self, port: int, judge: Judge) -> None:
        self._port = port
        self._judge = judge
        self._socket: socket.socket | None = None

    def send(self, draft: Draft) -> Answer:
        """The answer to a draft; fails where it breaks a rule, is late, or does not come."""
        shot = shot_of(draft, 0)
        answer = self._exchange(shot.wire, shot.method)
        faults = self._judge.faults(shot, answer)
        assert not faults, (faults, shot.wire[:2000], answer.head, answer.body[:500])
        return answer

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, wire: bytes, method: str) -> Answer:
        for attempt in (1, 2):
            fresh = self._socket is None
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS)
            answer = self._attempt(self._socket, wire, method)
            if answer is None or answer.closes:
                self.close()
            if answer is not None:
                return answer
            # A connection that was idle may have been ended in the moment in which it was used.
            assert not fresh, (attempt, "no answer", wire[:2000])
        raise AssertionError(("no answer", wire[:2000]))

    def _attempt(self, connection: socket.socket, wire: bytes, method: str) -> Answer | None:
        reader = Reader()
        try:
            connection.sendall(wire)
            while True:
                received = connection.recv(262_144)
                reader.held += received
                reader.ended = not received
                answer = reader.answer(method)
                if answer is not None:
                    return answer
                if not received:
                    return None
        except ConnectionError:
            return None
