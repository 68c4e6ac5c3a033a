"""Where the faces of a gallery are compared: what a search by face and fingers asks, and the engine's own files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.identification.candidates import Ratios
from biometrics.identification.face_search import score_people, search_faces
from biometrics.identification.view import GalleryView

__all__ = ["Faces", "FacesInView"]


class Faces(Protocol):
    """The faces of a gallery. A search asks for names first, and at its end for the ratios of everybody named."""

    def named(self, probe: NDArray[np.floating], most: int) -> Sequence[int] | Refused:
        """The `most` people nearest to a unit vector (dimension,) as the engine made it; everybody is compared."""
        ...

    def ratios(self, probe: NDArray[np.floating], people: Sequence[int]) -> Mapping[int, float]:
        """The log-likelihood ratio of the best face of each of these people; who has none is left out."""
        ...


@dataclass(frozen=True, slots=True)
class FacesInView:
    """The committed faces of the engine's own gallery files, with the calibration that turns scores into ratios."""

    view: GalleryView
    calibrated: Ratios

    def named(self, probe: NDArray[np.floating], most: int) -> Sequence[int] | Refused:
        """As `Faces.named`; refuses a probe as `search_faces` does."""
        lists = search_faces(self.view, probe[None], self.calibrated, most=most)
        return lists if isinstance(lists, Refused) else [candidate.id for candidate in lists[0]]

    def ratios(self, probe: NDArray[np.floating], people: Sequence[int]) -> Mapping[int, float]:
        """As `Faces.ratios`, from exact scores."""
        scores = score_people(self.view, probe, people)
        values = self.calibrated(np.array(list(scores.values()), np.float64)).tolist()
        return dict(zip(scores, values, strict=True))
