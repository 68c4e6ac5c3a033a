"""What an index does with templates of an engine that it cannot read."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import pytest

from enrollment.capture import Position
from enrollment.errors import Code, Refusal
from enrollment.gallery import Follower, Subject
from enrollment.gallery.entries import Changes, Entry
from enrollment.gallery.following import Followed
from enrollment.storage import Vault

SOMEBODY = UUID(int=1)
KNOWN, STRANGE = "known", "strange"


class Rows:
    """Fulfils `following.Rows` with what is searched of one person."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries

    def alone(self) -> None:
        """Nobody else is here."""

    def newest(self) -> int:
        """One change."""
        return 1

    def changes(self, after: int) -> Changes:
        """The person."""
        assert after == 0
        return Changes({SOMEBODY: self.entries}, 1)

    def of(self, subject_ids: Collection[UUID]) -> tuple[Entry, ...]:
        """The same."""
        assert subject_ids
        return self.entries


class Opened:
    """Every object says its own number."""

    def read_all(self, object_ids: Collection[UUID]) -> Mapping[UUID, bytes]:
        """As a vault."""
        return {one: str(one.int).encode() for one in object_ids}


class Index:
    """Fulfils what a follower asks of a gallery."""

    reached = 0

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def put(self, subjects: Sequence[Subject], upto: int) -> int:
        """Keep what is in."""
        self.reached = upto
        self.held += [template.content for subject in subjects for template in subject.templates]
        return 0


def entry(number: int, engine: str, *, left: bool = False) -> Entry:
    """A finger's template."""
    return Entry(SOMEBODY, list(Position)[number], 1, engine, UUID(int=number), left)


def followed(*entries: Entry) -> tuple[Followed | Refusal, list[bytes]]:
    """What an index of the known engine says, and what is in it then."""
    index: Any = Index()
    return Follower(Rows(*entries), cast("Vault", Opened()), frozenset({KNOWN})).follow(index), index.held


def test_sample_that_the_active_engine_could_not_use_is_missing() -> None:
    """The person is found by the rest, and nobody's template goes to another engine."""
    assert followed(entry(1, KNOWN), entry(2, STRANGE, left=True)) == (Followed(1, 1), [b"1"])


@pytest.mark.parametrize(
    "entries",
    [
        (entry(1, KNOWN), entry(2, STRANGE)),
        (entry(1, STRANGE, left=True),),
        (entry(1, STRANGE),),
    ],
)
def test_index_of_the_wrong_engine_is_not_searched(entries: tuple[Entry, ...]) -> None:
    """Nobody would be found who is there: no search may say so."""
    assert followed(*entries) == (Refusal(Code.BIO_ENGINE, "gallery"), [])
