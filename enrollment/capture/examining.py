"""The examiner as everybody else uses it: in a process of its own, so that no web process loads an image library.

The process starts with the first question and ends when nobody asked for a while. One that dies or falls silent is
replaced; what it was asked is refused with `BIO_ENGINE`, and can be asked again.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from enrollment.capture.findings import Finger, Made, Mixup, Page, RidgePoints, Seen
from enrollment.capture.positions import Position
from enrollment.capture.probing import Compared, Probe, Reference, Terms, compared_of, question_of_probes
from enrollment.capture.processes import ROOT, ChildProcess
from enrollment.capture.serving import made_of, mixups_of, page_of, points_of, question_of_fingers, refusal_of, seen_of
from enrollment.capture.wire import ClosedError, Message
from enrollment.errors import Code, Refusal

__all__ = ["ChildExaminer"]

_MODULE = "enrollment.capture.child"
_LOST = Refusal(Code.BIO_ENGINE, "lost")
Value = TypeVar("Value")


class ChildExaminer:
    """Fulfils `findings.Examiner`. Thread-safe; up to `children` questions at once, further ones wait.

    `seconds` bounds one answer; a process that nobody asks for `idle_seconds` ends. Made before a fork, it starts its
    own processes after it. Close it at the end. `root` is another installation of the program, with the engine of that
    one, which runs in its own environment (`.venv`).
    """

    def __init__(
        self, *, children: int = 1, seconds: float = 60.0, idle_seconds: float = 300.0, root: Path = ROOT
    ) -> None:
        self._root = root
        self._children = children
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._by_owner: dict[int, queue.LifoQueue[ChildProcess | None]] = {}

    def face(self, content: bytes) -> Seen | Refusal:
        """Judge a photograph: one face, its quality for enrolment."""
        return self._asked(Message({"ask": "face"}, (content,)), seen_of)

    def finger(self, content: bytes) -> Seen | Refusal:
        """Judge an image of one finger."""
        return self._asked(Message({"ask": "finger"}, (content,)), seen_of)

    def page(self, content: bytes, least_side: int) -> Page | Refusal:
        """Look whether this is a picture of at least that many pixels on its shorter side."""
        return self._asked(Message({"ask": "page", "least_side": least_side}, (content,)), page_of)

    def mixups(self, fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...] | Refusal:
        """Find fingers that are given twice or called what they are not, at that false match rate."""
        return self._asked(question_of_fingers(fingers, rate), mixups_of)

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """The templates of a sample: for a finger our own and a record of ISO/IEC 19794-2:2005, for a face our own."""
        head = {"ask": "templates", "position": position.value, "quality": quality}
        return self._asked(Message(head, (content,)), made_of)

    def picture(self, content: bytes, longest_side: int) -> bytes | Refusal:
        """The image as PNG for people to look at, no side longer than that."""
        head = {"ask": "picture", "longest_side": longest_side}
        return self._asked(Message(head, (content,)), lambda answer: answer.parts[0])

    def portrait(self, content: bytes, most_bytes: int) -> bytes | Refusal:
        """The face of a photograph, small, as WebP of at most that many bytes: for the code of a card."""
        head = {"ask": "portrait", "most_bytes": most_bytes}
        return self._asked(Message(head, (content,)), lambda answer: answer.parts[0])

    def ridge_points(self, content: bytes) -> RidgePoints | Refusal:
        """The points of a stored record of ISO/IEC 19794-2, to draw over the picture of its finger."""
        return self._asked(Message({"ask": "ridge_points"}, (content,)), points_of)

    def compare(self, probes: tuple[Probe, ...], references: tuple[Reference, ...], terms: Terms) -> Compared | Refusal:
        """Is it the person of these templates?"""
        return self._asked(question_of_probes(probes, references, terms), compared_of)

    def close(self) -> None:
        """End the processes, once those at work have answered. The examiner can be used again."""
        places = self._own_places()
        taken = [places.get() for _ in range(self._children)]
        for child in taken:
            if child is not None:
                child.end()
            places.put(None)

    def _asked(self, question: Message, read: Callable[[Message], Value]) -> Value | Refusal:
        places = self._own_places()
        child = places.get()
        kept: ChildProcess | None = None
        try:
            kept, answer = self._answer(child, question)
        finally:
            if child is not None and kept is not child:
                child.end()
            places.put(kept)
        if answer is None:
            return _LOST
        try:
            return refusal_of(answer) or read(answer)
        except (KeyError, IndexError, TypeError, ValueError):
            return _LOST

    def _answer(self, child: ChildProcess | None, question: Message) -> tuple[ChildProcess | None, Message | None]:
        """The process to keep and its answer. One that had ended while nobody asked gets no blame: asked anew."""
        if child is not None:
            try:
                return child, child.ask(question, self._seconds)
            except TimeoutError:
                return None, None
            except ClosedError:
                child.end()
        fresh: ChildProcess | None = None
        try:
            fresh = ChildProcess(_MODULE, [str(self._idle_seconds)], self._root)
            return fresh, fresh.ask(question, self._seconds)
        except (ClosedError, OSError):
            if fresh is not None:
                fresh.end()
            return None, None

    def _own_places(self) -> queue.LifoQueue[ChildProcess | None]:
        """This process's. What was there before a fork belongs to the parent; threads that meet here agree."""
        own = os.getpid()
        places = self._by_owner.get(own)
        if places is None:
            fresh: queue.LifoQueue[ChildProcess | None] = queue.LifoQueue()
            for _ in range(self._children):
                fresh.put(None)
            places = self._by_owner.setdefault(own, fresh)
        return places
