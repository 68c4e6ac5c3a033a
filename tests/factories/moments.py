"""A clock that stands still until a test moves it."""

import datetime as dt

START = dt.datetime(2030, 5, 17, 9, 0, tzinfo=dt.UTC)


class StillClock:
    """Fulfils `idp.clock.Clock`."""

    def __init__(self, start: dt.datetime = START) -> None:
        self._now = start

    def epoch(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        return self._now.timestamp()

    def now(self) -> dt.datetime:
        """The moment it stands at."""
        return self._now

    def advance(self, **duration: float) -> None:
        """Move on by a `timedelta` given by its parts: `advance(minutes=31)`."""
        self._now += dt.timedelta(**duration)


class TickingClock(StillClock):
    """A clock that moves on by a second each time it is read: what it orders has one order."""

    def epoch(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, one more than last time."""
        self.advance(seconds=1)
        return super().epoch()
