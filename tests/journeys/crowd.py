"""Applicants who are not related raise no case: `python -m tests.journeys.crowd --faces FOLDER --people 200`.

Each has a photograph of somebody else and ten drawn fingers of their own. All are captured with images that are judged,
signed, approved, searched among those before them, and numbered, over real stores by a real worker. Fails if
anybody was referred to adjudicators, or came to no account.
"""

from __future__ import annotations

import argparse
import sys

from bench.enrolment import issued
from bench.enrolment_place import Place, stores_alone
from biometrics.evaluation.arguments import positive
from tests.factories.portraits import FOLDER
from tests.journeys.photographs import chosen, faces_of, written

# As fast as they are captured.
_EVERY_SECONDS = 0.001


def main() -> int:
    """Run it; 1 where anybody was referred or is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.crowd", description=__doc__)
    parser.add_argument("--people", type=positive, default=200)
    folder = faces_of(parser)
    people = parser.parse_args().people
    shown = {f"{number}-1": photographs[0] for number, photographs in enumerate(chosen(folder, people, 1), 1)}
    with written(shown) as portraits, stores_alone() as place:
        ends = issued(Place({**place.variables, FOLDER: str(portraits)}), people, _EVERY_SECONDS, 0)
    return 0 if ends == {"bound": people} else 1


if __name__ == "__main__":
    sys.exit(main())
