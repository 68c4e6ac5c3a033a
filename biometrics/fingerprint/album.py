"""What each picture of the stages of a finger shows, in words, colours and millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.drawing import (
    BIFURCATION_COLOUR,
    CLARITY_ENDS,
    DOUBTFUL_COLOUR,
    ENDING_COLOUR,
    PERIOD_ENDS,
    SCALE,
    draw_template,
    stage_pictures,
)
from biometrics.fingerprint.observation import Stage
from biometrics.fingerprint.template import FingerTemplate
from biometrics.pictures import Bar, Page

__all__ = ["pages"]

# Five millimetres at 500 pixels an inch.
_BAR: Final = Bar(5 * 500 / 25.4 * SCALE, "5 mm (100 px of the image at 500 ppi)")
_MINUTIAE: Final = (
    (ENDING_COLOUR, "ridge ending, the line points the way its ridge runs"),
    (BIFURCATION_COLOUR, "bifurcation, the line points the way its valley runs"),
    (DOUBTFUL_COLOUR, "doubtful: quality below 0.5"),
)
_LEGENDS: Final = {Stage.CANDIDATES: _MINUTIAE, Stage.MINUTIAE: _MINUTIAE}
_CAPTIONS: Final[Mapping[Stage, str]] = {
    Stage.INPUT: "the image at 500 ppi, as it came",
    Stage.CONTRAST: "local contrast, white where it is high",
    Stage.MASK: "where there is a print; the rest is tinted",
    Stage.NORMALISED: "brightness and contrast evened out",
    Stage.FIRST_ORIENTATION: "first orientation field: strokes along the ridges, long where they are sure",
    Stage.FIRST_ENHANCED: "first enhancement along that field",
    Stage.ORIENTATION: "orientation field, from the enhanced image",
    Stage.PERIOD: "distance from ridge to ridge, blue {:g} to red {:g} px".format(*PERIOD_ENDS),
    Stage.ENHANCED: "enhanced along the ridges, at their period",
    Stage.CLARITY: "how clear the ridges are, blue {:g} to red {:g}".format(*CLARITY_ENDS),
    Stage.RIDGED: "where ridges can be followed; the rest is tinted",
    Stage.BINARY: "ridges black, valleys white",
    Stage.SKELETON: "ridges thinned to one pixel, red",
    Stage.PRUNED: "skeleton without spurs, bridges and islands",
    Stage.CANDIDATES: "minutiae of the skeleton before the filters",
    Stage.MINUTIAE: "minutiae that the filters kept",
}


def pages(
    stages: Mapping[Stage, NDArray[Any]], image: NDArray[np.uint8], template: FingerTemplate | None
) -> list[Page]:
    """A page for each stage that was reached, in order, and one of the template over the image where there is one."""
    captions = {f"{place:02d}-{stage.value}": stage for place, stage in enumerate(Stage)}
    found = []
    for name, picture in stage_pictures(stages).items():
        stage = captions[name]
        found.append(Page(name, picture, _CAPTIONS[stage], _LEGENDS.get(stage, ()), _BAR))
    if template is not None:
        caption = f"the template over the image: {len(template)} minutiae, what is no print dimmed"
        found.append(Page(f"{len(Stage):02d}-template", draw_template(image, template), caption, _MINUTIAE, _BAR))
    return found
