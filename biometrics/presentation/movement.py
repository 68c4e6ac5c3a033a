"""A challenge of head movements, judged from five landmarks per frame."""

from __future__ import annotations

from itertools import groupby
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from biometrics.presentation import parameters
from biometrics.presentation.detector import Action, Assessment, LandmarkFrame, Outcome, Presentation

__all__ = ["MovementChallenge", "new_challenge"]

_ACTIONS: Final = tuple(Action)
_PLANE: Final = [0, 1, 3, 4]
_NOSE: Final = 2


def new_challenge(generator: np.random.Generator) -> tuple[Action, ...]:
    """Movements in a random order, none twice in a row; `generator` must be unpredictable to the person."""
    actions: list[Action] = []
    while len(actions) < parameters.ACTIONS:
        open_to_choice = [action for action in _ACTIONS if not actions or action is not actions[-1]]
        actions.append(open_to_choice[int(generator.integers(len(open_to_choice)))])
    return tuple(actions)


class MovementChallenge:
    """The person makes the movements asked for, in their order, from a straight look and back to it each time.

    Turning and looking up are read from the nose leaving the plane of eyes and mouth corners (parallax), which no
    movement of a flat picture brings about. So it refuses a flat photograph, however it is moved, and a recording of
    other movements. It claims nothing against a bent or cut photograph, a video of the right movements, a face put
    over another live in software, a mask, or a helper of flesh and blood: the officer at the desk looks at the person,
    and this only helps. Nor does it say whose face moved: the caller compares a frame of the track for that.
    """

    method = "movement-challenge"
    version = "1"

    def assess(self, presentation: Presentation) -> Assessment:
        """Judge `presentation.track` against `presentation.challenge`; NOT_JUDGED if either is missing or unusable."""
        if not presentation.challenge or not presentation.track:
            return self._answer(Outcome.NOT_JUDGED, "no challenge or no track")
        times, points = _arrays(presentation.track)
        fault = _fault(times, points)
        if fault:
            return self._answer(Outcome.NOT_JUDGED, fault)
        neutral = times - times[0] <= parameters.NEUTRAL_SECONDS
        base = np.median(points[neutral], axis=0)
        moved = None if _no_face(base[np.newaxis]) else _movement(points, base)
        if moved is None:
            return self._answer(Outcome.NOT_JUDGED, "landmarks that are no face")
        movement, ratio = moved
        measures = {
            "frames": float(len(times)),
            "seconds": float(times[-1] - times[0]),
            "parallax_left": float(movement[:, 0].max()),
            "parallax_right": float(-movement[:, 0].min()),
            "parallax_up": float(-movement[:, 1].min()),
            "closer": float(ratio.max()),
        }
        if float(np.abs(movement[neutral]).max()) > parameters.NEUTRAL_SPREAD:
            return self._answer(Outcome.FAILED, "not still at the start", measures)
        if _jumps(times, movement, ratio):
            return self._answer(Outcome.FAILED, "the track jumps", measures)
        seen = _actions(times, movement, ratio)
        if seen != presentation.challenge:
            return self._answer(Outcome.FAILED, "other movements: " + " ".join(seen), measures)
        return self._answer(Outcome.PASSED, "", measures)

    def _answer(self, outcome: Outcome, reason: str, measures: dict[str, float] | None = None) -> Assessment:
        return Assessment(self.method, self.version, outcome, reason, MappingProxyType(measures or {}))


def _arrays(track: tuple[LandmarkFrame, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of shape (n,) and points of shape (n, 5, 2); an ill-shaped frame becomes NaN."""
    points = np.full((len(track), 5, 2), np.nan)
    for place, frame in enumerate(track):
        if frame.landmarks.shape == (5, 2):
            points[place] = frame.landmarks
    return np.array([frame.seconds for frame in track], np.float64), points


def _fault(times: NDArray[np.float64], points: NDArray[np.float64]) -> str:
    """Why the track cannot be judged, or an empty text."""
    # NaN and infinity make the comparison false.
    if not ((np.abs(points) <= parameters.LARGEST_COORDINATE).all() and np.isfinite(times).all()):
        return "a frame without numbers"
    if len(times) < parameters.MIN_FRAMES:
        return "too few frames"
    gaps = np.diff(times)
    if gaps.min() <= 0.0 or times[0] < 0.0:
        return "time does not run forward"
    if gaps.max() > parameters.MAX_GAP_SECONDS or times[-1] - times[0] > parameters.MAX_SECONDS:
        return "frames missing or too long"
    return "landmarks that are no face" if _no_face(points) else ""


def _no_face(points: NDArray[np.float64]) -> bool:
    """Whether in any frame the mouth does not lie below the eyes, or the eyes lie on each other."""
    across = points[:, 1] - points[:, 0]
    down = points[:, 3:].mean(axis=1) - points[:, :2].mean(axis=1)
    area = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    distance = float(np.median(np.hypot(across[:, 0], across[:, 1])))
    return distance < parameters.LEAST_DISTANCE or bool(area.min() <= 0.05 * distance**2)


def _movement(
    points: NDArray[np.float64], base: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Parallax of the nose, shape (n, 2), and growth of the face, shape (n,), against the neutral landmarks `base`.

    The affine map that carries the neutral eyes and mouth to each frame's is found for all frames at once and undone,
    so that parallax is measured in the neutral face, in its eye distances: x to the person's left, y down. None where
    a frame's map cannot be undone, as that of a line or of a face without relation to the neutral one.
    """
    plane = np.concatenate([base[_PLANE], np.ones((4, 1))], axis=1)
    maps = np.linalg.pinv(plane) @ points[:, _PLANE]
    linear, shift = maps[:, :2], maps[:, 2]
    if np.linalg.det(linear).min() < parameters.LEAST_SHARE:
        return None
    nose = np.linalg.solve(linear.transpose(0, 2, 1), (points[:, _NOSE] - shift)[:, :, np.newaxis])[:, :, 0]
    across = base[1] - base[0]
    distance = float(np.hypot(across[0], across[1]))
    axis = across / distance
    away = (nose - base[_NOSE]) / distance
    parallax = np.stack([away @ axis, away @ np.array([-axis[1], axis[0]])], axis=1)
    heights = points[:, 3:].mean(axis=1) - points[:, :2].mean(axis=1)
    widths = points[:, 1] - points[:, 0]
    base_height = base[3:].mean(axis=0) - base[:2].mean(axis=0)
    growth = np.maximum(
        np.hypot(*widths.T) / distance, np.hypot(*heights.T) / float(np.hypot(base_height[0], base_height[1]))
    )
    return parallax, growth


def _jumps(times: NDArray[np.float64], movement: NDArray[np.float64], ratio: NDArray[np.float64]) -> bool:
    """Whether anything moves faster than a head: the mark of a cut or of a picture exchanged for another."""
    steps = np.abs(np.diff(np.column_stack([movement, np.log(ratio)]), axis=0)).max(axis=1)
    return bool((steps > parameters.JUMP + parameters.JUMP_SPEED * np.diff(times)).any())


def _actions(
    times: NDArray[np.float64], movement: NDArray[np.float64], ratio: NDArray[np.float64]
) -> tuple[Action, ...]:
    """The movements in the order they were made; a straight look in between separates them."""
    sideways, upward = movement[:, 0], -movement[:, 1]
    strength = np.stack([sideways, -sideways, upward], axis=1) / parameters.PARALLAX
    kinds = np.where(strength.max(axis=1) >= 1.0, strength.argmax(axis=1), -1)
    kinds = np.where((kinds < 0) & (ratio >= parameters.CLOSER_RATIO), 3, kinds)
    kept: list[int] = []
    for kind, run in groupby(range(len(kinds)), key=lambda place: int(kinds[place])):
        places = list(run)
        if times[places[-1]] - times[places[0]] >= parameters.HOLD_SECONDS:
            kept.append(kind)
    return tuple(_ACTIONS[kind] for kind, _ in groupby(kept) if kind >= 0)
