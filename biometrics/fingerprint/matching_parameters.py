"""Every constant of the matching recipe, in one place.

Pixels are at 500 ppi, angles in radians unless a name says degrees. Nothing here is a decision threshold: calibration
files turn scores into likelihood ratios.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "DEFAULTS",
    "DESCRIPTION",
    "FORM",
    "SHORTLIST",
    "DescriptionParameters",
    "FormParameters",
    "MatchingParameters",
    "ShortlistParameters",
]


@dataclass(frozen=True, slots=True)
class DescriptionParameters:
    """How a minutia's neighbourhood is described. Changing one changes every template's vectors and the projection."""

    # The cylinder: a square grid of cells cut to a disc, with a number of directions to a cell.
    disc_radius: float = 70.0
    disc_grid: int = 8
    directions: int = 6
    spread: float = 8.0
    direction_spread: float = 0.6
    saturation: float = 0.25
    cylinder_weight: float = 0.6
    # Radius and number of points of each circle.
    circles: tuple[tuple[float, int], ...] = ((18.0, 8), (36.0, 12), (54.0, 16), (72.0, 20))


@dataclass(frozen=True, slots=True)
class FormParameters:
    """The shape of a prepared finger. Changing one changes what is stored in galleries."""

    # Most minutiae kept, the best first; of these so many in the short form.
    minutiae: int = 64
    short_minutiae: int = 48
    # Side of the square lookup field of orientations, in cells of so many pixels.
    field_cells: int = 64
    field_cell: float = 8.0
    # Spacing of the points whose orientations are compared.
    point_spacing: float = 16.0
    # How far from a minutia its direction still tells the ridges' orientation, for records that have minutiae only.
    foreign_spread: float = 24.0
    # Longest side of a print in pixels; ten centimetres hold any finger.
    largest_side: int = 2048


@dataclass(frozen=True, slots=True)
class ShortlistParameters:
    """How short forms are compared."""

    # Pairs kept of each two fingers, and the similarity from which they count.
    pairs: int = 10
    floor: float = 0.25
    # How far two pairs may disagree in shift (pixels) and turn (cosine).
    reach: float = 20.0
    turn_cosine: float = 0.8
    # Records multiplied at once.
    block: int = 256


@dataclass(frozen=True, slots=True)
class MatchingParameters:
    """The recipe's settings; the defaults were chosen by cross-validation over fingers."""

    # How far two captures may be turned against each other: 45 degrees more than fingers lie askew by themselves.
    rotation_limit_degrees: float = 90.0

    # Pairs of minutiae proposed by descriptor similarity, and how well two pairs must agree with each other.
    proposals: int = 40
    similarity_floor: float = 0.25
    pair_distance: float = 4.0
    pair_distance_share: float = 0.04
    pair_direction: float = 0.25
    pair_bearing: float = 0.14
    pair_bearing_near: float = 3.0
    pair_range: float = 250.0
    pair_least_distance: float = 6.0

    # Alignments tried for one pair of fingers.
    hypotheses: int = 4
    seed_exclusion: float = 0.3
    refits: int = 0

    # Bending: how often, how far a pair tells its neighbours of the skin's stretch, and how many it takes.
    bends: int = 1
    bend_spread: float = 60.0
    bend_stiffness: float = 1.0

    # When two aligned minutiae are the same one.
    match_distance: float = 8.0
    match_direction: float = 0.38

    # The score.
    similarity_power: float = 1.0
    orientation_power: float = 3.0
    evidence_area: float = 40_000.0
    # Square pixels around a minutia in which strangers' minutiae pair up by chance, and what is left at least.
    chance_area: float = 160.0
    chance_least: float = 4_000.0
    chance_floor: float = 0.1

    # The ridge check of verify mode.
    ridge_hypotheses: int = 2
    # Further alignments tried there: of so many lone proposals those under which most orientations agree.
    lone_proposals: int = 60
    lone_hypotheses: int = 2
    lone_flow_power: float = 8.0
    lone_area: float = 20_000.0
    ridge_cell: int = 8
    # Passes, each with its reach and step in samples of 2 px; smoothing of shifts and of bends, in cells.
    ridge_passes: tuple[tuple[int, int], ...] = ((4, 2), (2, 1))
    ridge_smoothing: float = 1.2
    # Area that halves a correlation, the correlation below which no further pass follows, and the agreement of
    # orientations below which none begins.
    ridge_area: float = 5_000.0
    ridge_hopeless: float = 0.2
    ridge_least_flow: float = 0.5
    ridge_bend: float = 4.0
    ridge_centre: float = 0.3
    ridge_weight: float = 8.0
    ridge_offset: float = 0.02

    # Pairs of fingers worked on at once: what fits the processor's second cache.
    block: int = 32


DEFAULTS = MatchingParameters()
DESCRIPTION = DescriptionParameters()
FORM = FormParameters()
SHORTLIST = ShortlistParameters()
