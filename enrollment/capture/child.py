"""The examiner's process: answers one question after the other, until nobody asks for a while or the parent is gone."""

from __future__ import annotations

import socket
import sys

from enrollment.capture.engine import Engine
from enrollment.capture.serving import answered
from enrollment.capture.wire import ClosedError, Message, receive, send

__all__ = ["main"]


def main() -> int:
    """Serve the socket on standard input; the argument is how many seconds without a question end it."""
    line = socket.socket(fileno=0)
    idle = float(sys.argv[1])
    engine = Engine()
    try:
        send(line, Message({"ready": True}))
        while True:
            line.settimeout(idle)
            question = receive(line)
            line.settimeout(None)
            send(line, answered(engine, question))
    except (TimeoutError, ClosedError):
        return 0
    finally:
        engine.close()
