"""The index of another installation's engine, for a worker of this one: kept ready before it counts, and after."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from enrollment.capture.processes import ChildProcess
from enrollment.capture.wire import ClosedError, Message
from enrollment.errors import Code, Refusal
from enrollment.gallery.epochs import EpochKey
from enrollment.gallery.packing import found_of, of_places, of_subjects, of_templates, of_terms, places_of
from enrollment.gallery.searching import Fetch, Found, Subject, Template, Terms

__all__ = ["GalleryBeside", "IndexLostError"]

_MODULE = "enrollment.gallery.child"


class IndexLostError(OSError):
    """The other process is not there, or says what no honest one says; the next question starts another."""


class GalleryBeside:
    """Fulfils `searching.Gallery` by a process of the installation in `root`, which starts with the first question.

    Thread-safe. The index lies in a folder below `folder`, under the secret of `epoch`. Everything but `search`
    raises `IndexLostError`; `seconds` bounds one answer. Close it at the end.
    """

    def __init__(self, root: Path, folder: Path, epoch: EpochKey, *, seconds: float = 900.0) -> None:
        self._root, self._folder, self._epoch, self._seconds = root, folder, epoch, seconds
        self._lock = threading.Lock()
        self._child: ChildProcess | None = None
        self._reached = 0

    @property
    def engines(self) -> frozenset[str]:
        """Whose templates it searches."""
        with self._lock:
            return frozenset(map(str, self._there().greeting.head.get("engines", ())))

    @property
    def reached(self) -> int:
        """As `Gallery.reached`."""
        with self._lock:
            self._there()
            return self._reached

    def put(self, subjects: Sequence[Subject], upto: int) -> int:
        """As `Gallery.put`."""
        with self._lock:
            answer = self._asked(Message({"ask": "put", "upto": upto}, of_subjects(subjects)))
            return int(answer.head["missing"])

    def reset(self) -> None:
        """As `Gallery.reset`."""
        with self._lock:
            self._asked(Message({"ask": "reset"}))

    def search(self, probe: Sequence[Template], fetch: Fetch, terms: Terms) -> Found | Refusal:
        """As `Gallery.search`; `BIO_ENGINE` about `lost` where the other process does not answer."""
        but = b"".join(subject.bytes for subject in terms.but)
        question = Message({"ask": "search", **of_terms(terms)}, (of_templates(probe), but))
        with self._lock:
            try:
                answer = self._asked(question)
                while answer.head.get("ask") == "fetch":
                    contents = fetch(list(places_of(answer.parts[0])))
                    answer = self._asked(Message({}, (of_places(contents, contents),)))
                if "code" in answer.head:
                    return Refusal(Code(answer.head["code"]), str(answer.head["about"]))
                return found_of(answer.parts[0])
            except (IndexLostError, ValueError, IndexError):
                self._end()
                return Refusal(Code.BIO_ENGINE, "lost")
            except BaseException:
                # Whoever opens templates failed, and the other process waits for them.
                self._end()
                raise

    def close(self) -> None:
        """End the process. The index can be used again."""
        with self._lock:
            self._end()

    def _asked(self, question: Message) -> Message:
        child = self._there()
        try:
            answer = child.ask(question, self._seconds)
        except (ClosedError, TimeoutError) as error:
            self._end()
            raise IndexLostError from error
        self._reached = int(answer.head.get("reached", self._reached))
        return answer

    def _there(self) -> ChildProcess:
        if self._child is None:
            opening = {"ask": "open", "folder": str(self._folder), "epoch": self._epoch.epoch}
            try:
                self._child = ChildProcess(_MODULE, root=self._root)
                answer = self._child.ask(Message(opening, (self._epoch.key,)), self._seconds)
            except (ClosedError, OSError) as error:
                self._end()
                raise IndexLostError from error
            self._reached = int(answer.head["reached"])
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
        self._child = None
