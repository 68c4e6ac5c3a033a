"""One applicant's way from the counter to the number, step by step, each asked for until it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.clock import SystemClock
from idp.entropy import Entropy
from tests.crashes.striking import Asker, Blow, HandError
from tests.factories.deduplication import STRONG, details

__all__ = ["ENDS", "Applicant", "Told"]

PERSON: Mapping[str, Any] = {
    "birth_precision": "day",
    "sex": "F",
    "nationality": "SL",
    "birth_country": "SL",
    "address_division": "SL-S-BO",
    "phone": "+232 00 000 001",
}
ENDS = ("adjudication", "bound")
_WORSE, _BETTER = 20, 70
_MOST_ROUNDS = 6


@dataclass
class Told:
    """What was acknowledged of one application."""

    aid: str = ""
    state: str = ""
    version: int = 0
    person: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    page: str = ""


@dataclass
class Applicant:
    """Somebody with the body of that number. `twin_of` is whose body it was at an earlier time, under another name."""

    asker: Asker
    staff: Mapping[str, str]
    body: int
    blow: Blow | None = None
    twin_of: Applicant | None = None
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self._entropy = Entropy(SystemClock())

    @property
    def duplicate(self) -> bool:
        """Whether people must decide."""
        return self.twin_of is not None

    def walk(self) -> None:
        """From the counter until the product has done all that it does by itself."""
        self._capture()
        self._seal()
        self._do("work:search")
        self._wait_until(lambda: self._do("look")["state"] in ENDS, "the end")
        self._note(self._do("look"))

    def _capture(self) -> None:
        told = self.told
        told.aid = self._do("begin", by="officer", key=self._key())["aid"]
        self._do("agree", by="officer")
        for section, name, value in self._fields():
            self._do("fill_in", by="officer", section=section, field=name, value=value)
        self._do("except_fingers", by="officer", supervisor=self.staff["supervisor"])
        told.page = self._do("take_page", by="officer")["object"]
        body, impression = (self.twin_of.body, 1) if self.twin_of else (self.body, 0)
        for position in STRONG:
            shot: dict[str, Any] = {"position": position.value, "body": body, "impression": impression}
            if position is STRONG[-1]:
                self._do("take", "take_worse", by="officer", **shot, quality=_WORSE)
            taken = self._do("take", by="officer", **shot, quality=_BETTER)
            told.samples[position.value], told.tries[position.value] = taken["sample"], taken["attempt"]
        self._do("ask_comparison", by="officer")
        self._do("work:compare")
        compared = "select 1 from capture_check where aid = %s"
        self._wait_until(lambda: bool(self.asker.place.query(compared, told.aid)), "the comparison")

    def _seal(self) -> None:
        self._do("confirm", by="officer")
        self._note(self._do("sign", by="officer", key=self._key(), version=1))
        self._do("work:extract")
        for step in ("take_up", "approve"):
            self._note(self._do(step, by="supervisor", key=self._key(), version=self.told.version))

    def _wait_until(self, reached: Callable[[], bool], what: str) -> None:
        """What a fault kept a worker from is done later, without anybody's help."""
        for _ in range(_MOST_ROUNDS):
            if reached():
                return
            self.asker.wait_a_while()
            self._do("work", "work:later")
        raise HandError(f"nobody came to {what}")

    def _fields(self) -> Iterator[tuple[str, str, Any]]:
        self.told.person = {**details(self.body), **PERSON}
        yield from (("person", name, value) for name, value in self.told.person.items())
        yield "documents", "document_1", {"type": "passport"}
        for tick in ("looked_at_face", "looked_at_fingers"):
            yield "biometrics", tick, True

    def _do(self, what: str, name: str = "", *, by: str = "", **asked: Any) -> Any:
        """One step; where it is the one to strike, once."""
        step = name or what
        blow = self.blow if self.blow is not None and self.blow.step == step else None
        if blow is not None:
            self.blow = None
        document = {"do": what.partition(":")[0], "aid": self.told.aid, "by": self.staff.get(by), **asked}
        return self.asker.ask(step, document, blow)

    def _note(self, moved: Mapping[str, Any]) -> None:
        self.told.state, self.told.version = moved["state"], moved["version"]

    def _key(self) -> str:
        return str(self._entropy.uuid())
