"""An engine change over real stores, with the real engine: `python -m tests.engine_change --people 1000`.

Impressions of drawn fingers of nobody are enrolled, ten of each of a hundred (drawing takes longer than everything
else; nobody is compared with somebody of the same finger). The second engine is the same one under another name, whose
templates only it can read. Fails if anybody was refused, or taken for somebody else.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import cache

from sqlalchemy import create_engine

from bench.enrolment_place import Place, stores_alone
from biometrics.evaluation.arguments import positive
from biometrics.fingerprint.identity import ENGINE
from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from biometrics.synthetic.master import Master
from enrollment.capture import ChildExaminer
from enrollment.storage.objects import S3Objects
from tests.engine_change.changing import Ground, changed
from tests.factories.vaults import Cellar

_SEED = 20260102
_FINGERS = 100


class Drawn:
    """Fulfils `Prints`: drawn when they are wanted; those that are shown once each."""

    def enrolled(self, person: int) -> bytes:
        """An impression of its own."""
        return _drawn(person % _FINGERS, 2 * (person // _FINGERS))

    def shown(self, person: int, shot: int) -> bytes:  # noqa: ARG002 - one other is enough
        """Another one."""
        return _shown(person)


@cache
def _shown(person: int) -> bytes:
    return _drawn(person % _FINGERS, 2 * (person // _FINGERS) + 1)


@cache
def _master(finger: int) -> Master:
    return master(_SEED, finger)


def _drawn(finger: int, impression: int) -> bytes:
    [image] = images(_master(finger), _SEED, finger, range(impression, impression + 1))
    return encode_png(image)


def main() -> int:
    """Run it; 1 where anybody was refused or taken for somebody else."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine_change", description=__doc__)
    parser.add_argument("--people", type=positive, default=1000)
    parser.add_argument("--shown", type=positive, default=30, help="so many of them come to the counters")
    parser.add_argument("--least", type=positive, default=60, help="comparisons in each phase")
    asked = parser.parse_args()
    examiner = ChildExaminer(children=2)
    try:
        with stores_alone() as place:
            ground = _ground(place, examiner)
            answer = changed(ground, asked.people, asked.shown, asked.least, lambda line: print(line, file=sys.stderr))
    finally:
        examiner.close()
    sys.stdout.write(json.dumps(answer, indent=2, default=str) + "\n")
    wrong = sum(words.get("FALSE MATCH", 0) for words in answer["verifications"].values())
    return 1 if answer["refused"] or wrong else 0


def _ground(place: Place, examiner: ChildExaminer) -> Ground:
    given = place.variables
    store = S3Objects(
        given["WANGOV_S3_ENDPOINT"], given["WANGOV_S3_ACCESS_KEY"], given["WANGOV_S3_SECRET_KEY"], prefix="change"
    )
    store.prepare()
    address = given["WANGOV_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    cellar = Cellar(store, None)  # type: ignore[arg-type]  # nothing reaches past the door here
    return Ground(create_engine(address), cellar, examiner, ENGINE, f"{ENGINE}-turned", Drawn())


if __name__ == "__main__":
    sys.exit(main())
