"""Faces of nobody, drawn: the engine finds them, finds them good, and tells most of them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["drawn_face"]

Picture = NDArray[np.float32]
Colour = tuple[float, float, float]

WIDTH: Final = 640
HEIGHT: Final = 800
_EYES: Final = 130.0
_BACKGROUND: Final = 205.0


@dataclass(frozen=True, slots=True)
class _Looks:
    """What somebody looks like; lengths in hundredths of the distance between the eyes, colours in BGR."""

    skin: Colour
    hair: Colour
    iris: Colour
    lips: Colour
    width: float
    height: float
    brow: float
    brow_rise: float
    eye: float
    nose: float
    nose_length: float
    mouth: float
    mouth_drop: float
    fringe: float
    beard: float
    temples: float


def drawn_face(person: int, shot: int = 1) -> bytes:
    """A photograph (PNG, 640 x 800) of the person of that number; another `shot` is taken on another day."""
    looks = _looks(np.random.default_rng([7, person]))
    day = np.random.default_rng([11, person, shot])
    middle = (WIDTH / 2 + day.uniform(-12, 12), HEIGHT / 2 + day.uniform(-12, 12))
    picture = np.full((HEIGHT, WIDTH, 3), _BACKGROUND, np.float32)
    _draw(picture, looks, middle, _EYES * day.uniform(0.95, 1.05))
    turned = cv2.getRotationMatrix2D(middle, day.uniform(-2.5, 2.5), 1.0)
    leaning = cv2.warpAffine(picture, turned, (WIDTH, HEIGHT), borderValue=(_BACKGROUND,) * 3)
    soft = np.asarray(cv2.GaussianBlur(leaning, (0, 0), 1.2), np.float32)
    light = np.linspace(1.05, 0.95, HEIGHT, dtype=np.float32)[:, np.newaxis, np.newaxis]
    grain = day.normal(0.0, 2.0, (HEIGHT, WIDTH, 1)).astype(np.float32)
    shown = np.clip(soft * light * day.uniform(0.95, 1.03) + grain, 0, 255).astype(np.uint8)
    done, coded = cv2.imencode(".png", shown)
    assert done
    return coded.tobytes()


def _looks(dice: np.random.Generator) -> _Looks:
    tone = dice.uniform(0.35, 1.0)
    skin = (135 * tone + dice.uniform(-8, 8), 165 * tone, 210 * tone + 8)
    grey = dice.uniform(15, 70)
    lip = dice.uniform(0.6, 0.95)
    return _Looks(
        skin=skin,
        hair=(grey, grey + dice.uniform(0, 8), grey + dice.uniform(0, 25)),
        iris=(dice.uniform(25, 80), dice.uniform(25, 60), dice.uniform(20, 60)),
        lips=(skin[0] * lip, skin[1] * lip * 0.85, skin[2] * lip),
        width=dice.uniform(96, 122),
        height=dice.uniform(128, 160),
        brow=dice.uniform(4, 11),
        brow_rise=dice.uniform(22, 36),
        eye=dice.uniform(8, 13),
        nose=dice.uniform(14, 28),
        nose_length=dice.uniform(55, 78),
        mouth=dice.uniform(28, 46),
        mouth_drop=dice.uniform(92, 112),
        fringe=dice.uniform(60, 105),
        beard=dice.choice([0.0, 0.0, 0.25, 0.6]),
        temples=dice.uniform(0, 26),
    )


def _draw(picture: Picture, looks: _Looks, middle: tuple[float, float], eyes: float) -> None:
    scale = eyes / 100.0

    def at(x: float, y: float) -> tuple[int, int]:
        return round(middle[0] + x * scale), round(middle[1] + y * scale)

    def axes(a: float, b: float) -> tuple[int, int]:
        return max(1, round(a * scale)), max(1, round(b * scale))

    def shaded(colour: Colour, by: float) -> Colour:
        return (colour[0] * by, colour[1] * by, colour[2] * by)

    line = axes(3, 3)[0]
    dark = shaded(looks.skin, 0.55)
    cv2.ellipse(picture, at(0, 190), axes(55, 90), 0, 0, 360, shaded(looks.skin, 0.85), -1)
    cv2.ellipse(picture, at(0, 300), axes(190, 95), 0, 0, 360, shaded(looks.hair, 1.8), -1)
    cv2.ellipse(picture, at(0, 5), axes(looks.width + 12 + looks.temples, looks.height + 18), 0, 0, 360, looks.hair, -1)
    for side in (-1, 1):
        cv2.ellipse(picture, at(side * looks.width, 25), axes(14, 28), 0, 0, 360, shaded(looks.skin, 0.9), -1)
    cv2.ellipse(picture, at(0, 38), axes(looks.width, looks.height - 8), 0, 0, 360, looks.skin, -1)
    cv2.ellipse(picture, at(0, -looks.fringe - 30), axes(looks.width - 8, 62), 0, 0, 360, looks.hair, -1)
    if looks.beard:
        chin = picture.copy()
        cv2.ellipse(chin, at(0, 88), axes(looks.width - 10, 84), 0, 0, 180, looks.hair, -1)
        cv2.addWeighted(chin, looks.beard, picture, 1 - looks.beard, 0, picture)
    for side in (-1, 1):
        cv2.ellipse(picture, at(side * 48, 8), axes(30, 20), 0, 0, 360, shaded(looks.skin, 0.9), -1)
        cv2.ellipse(
            picture,
            at(side * 50, -looks.brow_rise),
            axes(30, looks.brow),
            side * 6,
            180,
            360,
            shaded(looks.hair, 0.8),
            -1,
        )
        cv2.ellipse(picture, at(side * 50, 0), axes(24, looks.eye), 0, 0, 360, (232, 236, 238), -1)
        cv2.circle(picture, at(side * 50, 0), axes(looks.eye - 0.5, 1)[0], looks.iris, -1)
        cv2.circle(picture, at(side * 50, 0), axes(looks.eye * 0.45, 1)[0], (12, 12, 12), -1)
        cv2.circle(picture, at(side * 50 - 3, -3), axes(2, 2)[0], (245, 245, 245), -1)
        cv2.ellipse(picture, at(side * 50, 0), axes(25, looks.eye + 1), 0, 180, 360, (30, 30, 36), line)
    bridge = shaded(looks.skin, 1.08)
    cv2.ellipse(
        picture, at(0, looks.nose_length / 2 + 2), axes(looks.nose * 0.55, looks.nose_length / 2), 0, 0, 360, bridge, -1
    )
    cv2.ellipse(picture, at(0, looks.nose_length - 2), axes(looks.nose, 13), 0, 0, 360, bridge, -1)
    cv2.ellipse(picture, at(0, looks.nose_length), axes(looks.nose, 12), 0, 10, 170, dark, line)
    for side in (-1, 1):
        cv2.ellipse(
            picture, at(side * looks.nose * 0.45, looks.nose_length + 3), axes(5, 3), 0, 0, 360, shaded(dark, 0.6), -1
        )
    cv2.ellipse(picture, at(0, looks.mouth_drop), axes(looks.mouth, 11), 0, 0, 360, looks.lips, -1)
    cv2.ellipse(picture, at(0, looks.mouth_drop - 3), axes(looks.mouth, 4), 0, 0, 180, shaded(looks.lips, 0.45), line)
