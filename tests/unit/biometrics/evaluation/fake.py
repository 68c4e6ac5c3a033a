"""An engine for tests: a sample is a text of numbers, the score of two is minus their distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.evaluation.manifest import Entry
from biometrics.evaluation.run import Engine, EngineLostError, Measured


class FakeEngine:
    """Refuses the text `bad`."""

    def extract(self, data: bytes) -> Measured | Refused:
        """The number in `data`."""
        if data == b"bad":
            return Refused(Reason.FINGER_NONE)
        return Measured(float(data), cpu_ms=2.0, quality=min(100, int(float(data))))

    def gallery(self, templates: Sequence[float]) -> NDArray[np.float64]:
        """All numbers."""
        return np.array(templates)

    def scores(self, gallery: NDArray[np.float64], probe: int, references: NDArray[np.int32]) -> NDArray[np.float64]:
        """Minus the distances."""
        return np.asarray(-np.abs(gallery[references] - gallery[probe]), np.float64)

    def pace(self, _gallery: NDArray[np.float64], /) -> float | None:
        """As the pairs take."""
        return None

    def close(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True)
class FakeChoice:
    """Builds the engine in any process."""

    name: str = "fake-1"

    def build(self) -> Engine:
        """The engine."""
        return FakeEngine()


def samples(folder: Path, texts: dict[str, list[str]], attributes: dict[str, str] | None = None) -> list[Entry]:
    """A file for each text, by subject; impressions are numbered from 1."""
    entries = []
    for subject, own in texts.items():
        for number, text in enumerate(own, 1):
            path = folder / f"{subject}_{number}"
            path.write_text(text, encoding="ascii")
            entries.append(Entry(path, subject, str(number), "fake", (attributes or {}).get(subject, "")))
    return entries


@dataclass(frozen=True)
class LostChoice:
    """An engine that cannot be loaded."""

    name: str = "lost-1"

    def build(self) -> Engine:
        """Fails."""
        message = "no weights"
        raise EngineLostError(message)
