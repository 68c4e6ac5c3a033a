"""Workers and stores are killed while applications are under way. At a hundred moments: `python -m tests.crashes`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crashes.place import Place, place_of
from tests.crashes.runs import Run
from tests.crashes.striking import VICTIMS
from tests.faults.installation import Installation

# What nobody but a fault could do: the judge must find each of them.
LIES = {
    "slips": "delete from activation_slip",
    "entries of that person": "update gallery_entry set person_id = null",
    "samples that are the best": "update bio_sample set best = false where position = 'face'",
    "tries": "update capture_attempt set number = number + 10",
    "event 2": "update enrol_event set from_state = 'booked' where n = 2",
}


@pytest.fixture
def place(installation: Installation) -> Iterator[Place]:
    """The installation with an S3 server that may be killed too."""
    with place_of(installation) as place:
        yield place


def test_every_acknowledged_step_is_there_once(place: Place) -> None:
    """AC-100, AC-124, AC-125: whatever is killed in whichever step, nothing is lost, doubled, half done, left over.

    The judge in turn finds what was done behind the product's back.
    """
    run = Run(place, seed=1)
    try:
        run.rehearse(again=False)
        crashes = list(run.strike(run.blows(len(VICTIMS))))
        assert {crash.blow.victim for crash in crashes} == set(VICTIMS)
        assert [(str(crash.blow), crash.faults) for crash in crashes if crash.faults or not crash.struck] == []
        run.end()
        assert run.faults == []
        for lie in LIES.values():
            place.query(lie)
        assert {fault.partition(":")[0] for fault in run.judge()} >= set(LIES)
    finally:
        run.stop()
