"""Pictures of what an engine saw, written for people to look at."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Bar", "Page", "captioned", "encoded", "write_album", "write_pictures"]

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

_INK: Final[Colour] = (40, 40, 40)
_PAPER: Final[Colour] = (245, 245, 245)
_FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_SIZE: Final = 0.5
_LINE: Final = 22
_EDGE: Final = 10
# A picture narrower than this gets paper beside it, to hold its caption.
_NARROWEST: Final = 360
# A bar longer than this share of the picture says little.
_LONGEST_BAR: Final = 0.6


@dataclass(frozen=True, slots=True)
class Bar:
    """A scale bar: `length` in pixels of the picture, and what it stands for."""

    length: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A picture with its name (also the file's), what it shows, and what its colours and lengths mean."""

    name: str
    picture: Picture
    caption: str
    legend: Sequence[tuple[Colour, str]] = ()
    bar: Bar | None = None


def write_pictures(pictures: Mapping[str, Picture], folder: Path) -> list[Path]:
    """Write each picture (uint8, grey or blue, green, red) as NAME.png into `folder`, made if absent; their paths.

    Raises `OSError` where that cannot be done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / f"{name}.png": picture for name, picture in pictures.items()}
    for path, picture in paths.items():
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return list(paths)


def write_album(title: str, said: Sequence[str], pages: Sequence[Page], folder: Path) -> list[Path]:
    """Write the pages as pictures, and `index.html` (no script) that shows them below `title` and the lines `said`.

    The paths, the page's last. Raises `OSError` where that cannot be done.
    """
    paths = write_pictures({page.name: captioned(page) for page in pages}, folder)
    figures = (
        f'<figure><img src="{html.escape(path.name)}" alt="{html.escape(page.caption)}">'
        f"<figcaption>{html.escape(f'{page.name}: {page.caption}')}</figcaption></figure>"
        for path, page in zip(paths, pages, strict=True)
    )
    lines = "\n".join(f"<p>{html.escape(line)}</p>" for line in said)
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f"<h1>{html.escape(title)}</h1>\n{lines}\n" + "\n".join(figures) + "\n</html>\n"
    )
    index = folder / "index.html"
    index.write_text(text, encoding="utf-8")
    return [*paths, index]


def captioned(page: Page) -> Picture:
    """The picture with number, name and caption above it, legend and scale bar below, uint8 (height, width, 3)."""
    picture = page.picture if page.picture.ndim == 3 else cv2.cvtColor(page.picture, cv2.COLOR_GRAY2BGR)
    width = max(picture.shape[1], _NARROWEST)
    above = _wrapped(f"{page.name}: {page.caption}", width)
    head = _paper(_LINE * len(above) + _EDGE // 2, width)
    for number, line in enumerate(above, 1):
        _text(head, line, (_EDGE, _LINE * number - 5))
    body = _paper(picture.shape[0], width)
    body[:, : picture.shape[1]] = picture
    return np.concatenate([head, body, *_feet(page, picture.shape[1], width)])


def _feet(page: Page, inner: int, width: int) -> Iterable[Picture]:
    for colour, text in page.legend:
        foot = _paper(_LINE, width)
        cv2.circle(foot, (_EDGE + 6, _LINE // 2), 6, colour, -1, cv2.LINE_AA)
        _text(foot, text, (_EDGE + 22, _LINE - 6))
        yield foot
    if page.bar is not None and page.bar.length <= _LONGEST_BAR * inner:
        foot = _paper(_LINE, width)
        end = _EDGE + round(page.bar.length)
        cv2.line(foot, (_EDGE, _LINE // 2), (end, _LINE // 2), _INK, 2)
        for place in (_EDGE, end):
            cv2.line(foot, (place, _LINE // 2 - 5), (place, _LINE // 2 + 5), _INK, 2)
        _text(foot, page.bar.text, (end + _EDGE, _LINE - 6))
        yield foot


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and cv2.getTextSize(longer, _FONT, _SIZE, 1)[0][0] > width - 2 * _EDGE:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _paper(height: int, width: int) -> Picture:
    return np.full((height, width, 3), _PAPER, np.uint8)


def _text(picture: Picture, text: str, place: tuple[int, int]) -> None:
    cv2.putText(picture, text, place, _FONT, _SIZE, _INK, 1, cv2.LINE_AA)


def encoded(picture: Picture, longest_side: int) -> bytes:
    """The picture (uint8, grey or blue, green, red) as PNG, made smaller where a side is longer than `longest_side`."""
    factor = longest_side / max(picture.shape[:2])
    if factor < 1:
        height, width = (max(1, round(side * factor)) for side in picture.shape[:2])
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return cv2.imencode(".png", picture)[1].tobytes()
