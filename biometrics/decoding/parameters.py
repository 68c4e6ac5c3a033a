"""All constants of the estimation of resolution, in one place. Lengths are pixels unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ResolutionParameters"]


@dataclass(frozen=True, slots=True)
class ResolutionParameters:
    """Constants of `resolution` and `ridge_period`.

    Ridges of human fingers are on average 9 pixels apart at 500 ppi; single fingers differ from it by up to a fifth.
    """

    target_ppi: float = 500.0
    # What may be told, and what may be estimated: below it a ridge is hardly two pixels and a half.
    lowest_ppi: float = 150.0
    highest_ppi: float = 2000.0
    lowest_estimate: float = 130.0
    # Resolutions of real sensors: an estimate within `snap` of one (as a ratio) is taken for it, so that two
    # impressions of one finger are not brought to two scales.
    usual_ppi: tuple[float, ...] = (500.0, 1000.0)
    snap: float = 1.35
    # A told resolution is believed without a look if within this share of a usual one, and otherwise if the ridges
    # that it leads to are at most this ratio from the average.
    near_usual: float = 0.03
    told_ratio: float = 1.6
    # Below this relative change of size the image is not resampled.
    untouched: float = 0.01

    ridge_period: float = 9.0
    # Side of the blocks whose spectra are taken; they overlap by half.
    block: int = 32
    # Blocks looked at: in each pass of the rough estimate, and in the fine one.
    rough_blocks: int = 64
    fine_blocks: int = 110
    grid_blocks: int = 20
    octaves: int = 4
    # Periods that a block of this size can show.
    shortest: float = 2.4
    longest: float = 12.0
    # The image is resized until its ridges have about this period, then measured again.
    measured_period: float = 6.0
    # A block counts by the square of how much its strongest wave's share of the energy exceeds this.
    share: float = 0.2
    # Blocks with less deviation than this, in grey levels or relative to the strongest, are background.
    least_deviation: float = 8.0
    relative_deviation: float = 0.35
    # Periods within this ratio of the median agree with it.
    agreeing: float = 1.35
    # Mean weight of blocks, and share of weight that agrees, below which there are no ridges to measure by.
    least_weight: float = 0.005
    least_agreement: float = 0.7
