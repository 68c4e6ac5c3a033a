"""An index in a process of its own: that of another installation of the program, with the engine of that one.

It has no database and no store. Its worker says what is to be put in, and opens templates for it when they are wanted.
Nothing but this process ever sees the key that its worker hands it. Loads the engine.
"""

from __future__ import annotations

import hmac
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from enrollment.capture.wire import ClosedError, Message, receive, send
from enrollment.errors import Refusal
from enrollment.gallery.epochs import EpochKey
from enrollment.gallery.local import ENGINES, LocalGallery, own_folder
from enrollment.gallery.packing import (
    of_found,
    of_places,
    places_of,
    subjects_of,
    templates_of,
    terms_of,
)
from enrollment.gallery.searching import Place
from idp.clock import SystemClock
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys, Sealer

__all__ = ["main"]


def main() -> int:
    """Serve the socket on standard input until the other side is gone."""
    line = socket.socket(fileno=0)
    try:
        send(line, Message({"ready": True, "engines": sorted(ENGINES)}))
        gallery, lock = _opened(receive(line))
        with lock:
            send(line, Message({"reached": gallery.reached}))
            while True:
                send(line, _answered(gallery, line, receive(line)))
    except ClosedError:
        return 0


def _opened(opening: Message) -> tuple[LocalGallery, IO[bytes]]:
    """The index in a folder of this process's alone, under the key that came with the question."""
    [key] = opening.parts
    entropy = Entropy(SystemClock())
    sealer = Sealer(PurposeKeys({(Purpose.TEMPLATE, 1): hmac.digest(key, b"log", "sha256")}), entropy.bytes)
    folder, lock = own_folder(Path(opening.head["folder"]))
    return LocalGallery(folder, EpochKey(int(opening.head["epoch"]), key), sealer, entropy), lock


def _answered(gallery: LocalGallery, line: socket.socket, question: Message) -> Message:
    match question.head["ask"]:
        case "put":
            missing = gallery.put(subjects_of(*question.parts), int(question.head["upto"]))
            return Message({"missing": missing, "reached": gallery.reached})
        case "reset":
            gallery.reset()
            return Message({"reached": gallery.reached})
        case "search":
            return _found(gallery, line, question)
        case other:
            raise ValueError(other)


def _found(gallery: LocalGallery, line: socket.socket, question: Message) -> Message:
    def fetch(places: Sequence[Place]) -> Mapping[Place, bytes | None]:
        send(line, Message({"ask": "fetch"}, (of_places(places),)))
        return places_of(receive(line).parts[0])

    probe, but = question.parts
    found = gallery.search(templates_of(probe), fetch, terms_of(question.head, but))
    if isinstance(found, Refusal):
        return Message({"code": found.code.value, "about": found.about, "reached": gallery.reached})
    return Message({"reached": gallery.reached}, (of_found(found),))
