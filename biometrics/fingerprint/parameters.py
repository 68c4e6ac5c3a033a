"""Every constant of finger extraction in one place. Lengths are pixels at 500 ppi unless a line says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CELL", "PARAMETERS", "Parameters"]

# Side of a cell of the template's grids, in pixels at 500 ppi.
CELL = 4


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the stages of extraction use; each field names its unit."""

    # Limits of the image.
    smallest_side: int = 48  # px: a smaller image cannot hold enough print to compare
    largest_side: int = (
        832  # px: side of the window kept of a larger image (one finger is at most 1.6 in wide and high)
    )
    edge: int = 3  # px dropped on every side: sensors write lines there
    pad: int = 16  # px of reflected print added on every side; a multiple of the template's cell

    # Segmentation.
    reduction: int = 4  # full pixels to a side of a reduced pixel
    band: int = 128  # reduced px: rows worked on at once
    contrast_sigma: float = 8.0  # px: Gaussian of local mean and deviation
    high_percentile: float = 90.0  # percent: the high deviation is that of this share of all pixels with contrast
    contrast_share: float = 0.20  # of the high deviation: less is background
    contrast_floor: float = 10.0  # grey levels of local deviation: less is background on any image
    opening: int = 5  # reduced px
    closing: int = 9  # reduced px
    normal_share: float = 0.15  # of the high deviation, added to the divisor
    normal_limit: float = 2.0  # deviations: normalised values are clipped here
    smallest_area: int = 6400  # px of print: less cannot be compared
    coarse_sigma: float = 4.0  # px: what is left after this blur is coarser than ridges
    coarse_limit: float = 0.15  # share of the contrast: more is no print
    dark_level: int = 24  # grey levels: lines with nothing lighter are a dark frame
    inverted_area: float = 0.08  # share of the image that must be background before it can tell the polarity
    inverted_spread: float = 12.0  # grey levels: a background with a larger deviation tells nothing

    # Orientation.
    gradient_sigma: float = 0.8  # px: blur before the gradient
    orientations: int = 16  # filters over half a turn
    first_tensor_sigma: float = 7.0  # px
    second_tensor_sigma: float = 2.5  # px
    template_tensor_sigma: float = 5.0  # px: orientation kept in the template

    # Enhancement.
    first_periods: tuple[float, ...] = (7.5, 10.0)  # px from ridge to ridge
    second_periods: tuple[float, ...] = (7.0, 9.0, 11.5)  # px from ridge to ridge
    first_envelope: float = 4.0  # px: sigma of the filters' Gaussian
    second_envelope: float = 3.0  # px
    envelope_reach: float = 2.5  # sigmas from the middle to the end of a kernel
    energy_sigma: float = 8.0  # px: region over which the energy of the periods is compared
    period_sharpness: int = 4  # exponent of the energy's share in the mix of periods

    # Skeleton.
    smallest_speck: int = 40  # px: smaller ridge pieces vanish
    smallest_hole: int = 12  # px: smaller valley pieces are filled
    spur: int = 8  # px: shorter side branches vanish
    spur_rounds: int = 2

    # Minutiae.
    trace: int = 10  # px followed along each ridge to tell the direction
    shortest_trace: int = 6  # px: an ending whose ridge stops before is no ridge
    frame_distance: int = 4  # px from the image's frame
    outline_distance: int = 8  # px from the outline of the contact
    merge_distance: float = 4.0  # px: two reports this close are one
    correlation_centre: float = 0.60  # of normalised and enhanced image, where quality is even
    correlation_scale: float = 0.09
    coherence_centre: float = 0.50  # of the first orientation field, where quality is even
    coherence_scale: float = 0.09
    clear: float = 0.5  # clarity, 0 to 1, of what is ridges without doubt
    seen: float = 0.2  # clarity, 0 to 1, from which there is print at all
    clear_share: float = 0.35  # of the print: less with clear ridges is no print
    lowest_quality: float = 0.15  # 0 to 1: minutiae below vanish
    most_minutiae: int = 255  # the best are kept (a record's count is one byte)
    reliable_quality: float = 0.5  # 0 to 1: from here a minutia counts as reliable
    fewest_minutiae: int = 6  # minutiae: fewer cannot be compared


PARAMETERS = Parameters()
