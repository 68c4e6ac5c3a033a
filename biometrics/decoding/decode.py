"""The whole way from bytes to a sample. Runs in the bounded child; nobody else calls it with bytes from outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from biometrics.decoding import bmp, face_record, finger_record, jpeg, jpeg2000, pgm, png, tiff, wsq
from biometrics.decoding.cursor import Unreadable
from biometrics.decoding.finger_record import EmbeddedImage
from biometrics.decoding.header import ImageHeader, checked
from biometrics.decoding.limits import Limits, RawShape
from biometrics.decoding.pixels import pixels_of
from biometrics.decoding.resolution import believable
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample, SampleFormat

__all__ = ["decode", "read_header"]

# How minutiae records of ISO/IEC 19794-2 and ANSI/INCITS 378 begin.
_MINUTIAE = b"FMR\0"


def decode(data: bytes, hint: RawShape | None, limits: Limits) -> Sample | Refused:
    """Reads one sample: raw greyscale where `hint` gives its shape, else what its first bytes say it is.

    Every size is checked from the header before a pixel is decoded.
    """
    try:
        if hint is not None:
            return _raw(data, hint, limits)
        if data.startswith(finger_record.MAGIC):
            return _embedded(data, finger_record.read(data), SampleFormat.FINGER_RECORD, limits)
        if data.startswith(face_record.MAGIC):
            return _embedded(data, face_record.read(data), SampleFormat.FACE_RECORD, limits)
        return _file(data, limits)
    except Unreadable as problem:
        return problem.refusal()


def read_header(data: bytes, pixels: int) -> ImageHeader:
    """The header of an image file, by its first bytes. Structure beyond it is read of pictures up to `pixels` only.

    Raises:
        Unreadable: it is of no known format, or not as its format must be.
    """
    if data.startswith(png.MAGIC):
        return png.read(data)
    if data.startswith(jpeg.MAGIC):
        return jpeg.read(data)
    if data.startswith(tiff.MAGICS):
        return tiff.read(data)
    if data.startswith(jpeg2000.MAGICS):
        return jpeg2000.read(data)
    if data.startswith(wsq.MAGIC):
        return wsq.read(data, pixels)
    if data.startswith(pgm.MAGIC):
        return ImageHeader(SampleFormat.PGM, *pgm.read(data)[:2])
    if data.startswith(bmp.MAGIC):
        return bmp.read(data)
    if data.startswith(_MINUTIAE):
        raise Unreadable(Reason.SAMPLE_FORMAT, "a minutiae record, not an image: biometrics.records reads it", 0)
    raise Unreadable(Reason.SAMPLE_FORMAT, "the first bytes are of no known format", 0)


def _file(data: bytes, limits: Limits) -> Sample:
    """An image file."""
    header = checked(read_header(data, limits.pixels), limits.pixels)
    return Sample(pixels_of(data, header), believable(header.told), header.format)


def _raw(data: bytes, shape: RawShape, limits: Limits) -> Sample:
    """Rows of bytes."""
    told = None if shape.ppi is None else (shape.ppi, shape.ppi)
    header = checked(ImageHeader(SampleFormat.RAW, shape.width, shape.height, told), limits.pixels)
    if len(data) != header.width * header.height:
        raise Unreadable(
            Reason.SAMPLE_MALFORMED, f"{len(data)} bytes for {header.width} x {header.height} pixels", len(data)
        )
    pixels = np.frombuffer(data, np.uint8).reshape(header.height, header.width)
    return Sample(pixels, believable(told), SampleFormat.RAW)


def _embedded(data: bytes, image: EmbeddedImage, form: SampleFormat, limits: Limits) -> Sample:
    """The image within a record, which must be what the record says."""
    inner = data[image.begin : image.end]
    try:
        if image.formats == (SampleFormat.RAW,):
            sample = _raw(inner, RawShape(image.width, image.height), limits)
        else:
            sample = _claimed(inner, image, limits)
    except Unreadable as problem:
        raise Unreadable(problem.reason, problem.detail, image.begin + (problem.offset or 0)) from problem
    return replace(sample, ppi=believable(image.told) or sample.ppi, format=form, position=image.position)


def _claimed(inner: bytes, image: EmbeddedImage, limits: Limits) -> Sample:
    """An image file of the format and size that the record claims."""
    header = read_header(inner, limits.pixels)
    if header.format not in image.formats:
        raise Unreadable(Reason.RECORD_MALFORMED, f"the record holds {header.format}, not {image.formats[0]}", 0)
    if image.width and image.height and (header.width, header.height) != (image.width, image.height):
        claimed = f"{image.width} x {image.height}"
        raise Unreadable(Reason.RECORD_MALFORMED, f"{header.width} x {header.height} pixels, {claimed} claimed", 0)
    return _file(inner, limits)
