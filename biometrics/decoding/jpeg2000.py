"""The header of a JPEG 2000 picture (ITU-T T.800 annexes A and I), in its box format or as a bare codestream."""

from __future__ import annotations

from dataclasses import dataclass

from biometrics.decoding.cursor import Cursor, Unreadable
from biometrics.decoding.header import INCH_M, ImageHeader
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["MAGICS", "read"]

_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_CODESTREAM = b"\xff\x4f\xff\x51"
MAGICS = (_SIGNATURE, _CODESTREAM)
_END = b"\xff\xd9"
_BOXES = 1000
# Tiles of an honest capture: each costs the decoder memory before it has seen a byte of it.
_TILES = 4096


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    begin: int
    end: int


def read(data: bytes) -> ImageHeader:
    """Reads size and resolution, and that the codestream ends.

    Raises:
        Unreadable: it breaks off, or is of a kind that is not read here.
    """
    if data.startswith(_CODESTREAM):
        return ImageHeader(SampleFormat.JPEG2000, *_codestream(data, 0, len(data)))
    told: tuple[float, float] | None = None
    described: tuple[int, int] | None = None
    for box in _boxes(data, len(_SIGNATURE), len(data)):
        if box.kind == b"jp2h":
            described, told = _header_box(data, box)
        elif box.kind == b"jp2c":
            size = _codestream(data, box.begin, box.end)
            if size != described:
                raise Unreadable(Reason.SAMPLE_MALFORMED, f"codestream {size}, header {described}", box.begin)
            return ImageHeader(SampleFormat.JPEG2000, *size, told)
    raise Unreadable(Reason.SAMPLE_MALFORMED, "no codestream", len(data))


def _boxes(data: bytes, begin: int, end: int) -> list[_Box]:
    """The boxes of one level, in order."""
    at = Cursor(data, begin, end)
    found: list[_Box] = []
    while at.left:
        start = at.offset
        length, kind, head = at.number(4, "box length"), at.take(4, "box type"), 8
        if length == 1:
            length, head = at.number(8, "long box length"), 16
        stop = end if length == 0 else start + length
        if stop - start < head or stop > end:
            raise at.failure(f"box {kind!r} of {length} bytes", back=head)
        found.append(_Box(kind, start + head, stop))
        if len(found) > _BOXES:
            raise at.failure(f"more than {_BOXES} boxes")
        at.offset = stop
    return found


def _header_box(data: bytes, outer: _Box) -> tuple[tuple[int, int] | None, tuple[float, float] | None]:
    """Width and height, and the capture resolution or else the display resolution."""
    size: tuple[int, int] | None = None
    told: dict[bytes, tuple[float, float] | None] = {}
    for box in _boxes(data, outer.begin, outer.end):
        at = Cursor(data, box.begin, box.end)
        if box.kind == b"ihdr":
            height, width = at.number(4, "height"), at.number(4, "width")
            size = width, height
        elif box.kind == b"res ":
            told |= {inner.kind: _resolution(data, inner) for inner in _boxes(data, box.begin, box.end)}
    return size, told.get(b"resc") or told.get(b"resd")


def _resolution(data: bytes, box: _Box) -> tuple[float, float] | None:
    """Samples per metre as two fractions and two powers of ten, in pixels per inch."""
    at = Cursor(data, box.begin, box.end)
    above_y, below_y, above_x, below_x = (at.number(2, "resolution") for _ in range(4))
    power_y, power_x = at.signed(1, "exponent"), at.signed(1, "exponent")
    if not below_x or not below_y:
        return None
    return above_x / below_x * 10.0**power_x * INCH_M, above_y / below_y * 10.0**power_y * INCH_M


def _codestream(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """Width and height by the SIZ segment, whose claims a decoder reserves memory by."""
    at = Cursor(data, begin, end)
    if at.take(4, "start of codestream") != _CODESTREAM:
        raise at.failure("no codestream", back=4)
    at.skip(4, "length and capabilities")
    right, bottom, left, top = (at.number(4, "image area") for _ in range(4))
    tile_width, tile_height, tile_left, tile_top = (at.number(4, "tile size") for _ in range(4))
    components = at.number(2, "components")
    width, height = right - left, bottom - top
    if not tile_width or not tile_height or tile_left > left or tile_top > top or width <= 0 or height <= 0:
        raise at.failure("image area and tiles do not fit")
    tiles = -(-(right - tile_left) // tile_width) * -(-(bottom - tile_top) // tile_height)
    if tiles > _TILES:
        raise at.failure(f"{tiles} tiles, {_TILES} allowed")
    if components not in (1, 3, 4):
        raise at.failure(f"{components} components", Reason.SAMPLE_FORMAT, back=2)
    for _ in range(components):
        depth, step_x, step_y = at.number(1, "depth"), at.number(1, "step"), at.number(1, "step")
        if depth not in (7, 15) or step_x not in (1, 2) or step_y not in (1, 2):
            raise at.failure(
                f"a component of {depth + 1} bits, every {step_x} x {step_y} pixels", Reason.SAMPLE_FORMAT, back=3
            )
    if data.rfind(_END, at.offset, end) < 0:
        at.offset = end
        raise at.failure("the codestream breaks off before its end mark")
    return width, height
