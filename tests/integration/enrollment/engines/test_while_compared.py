"""An engine change in committed transactions, while two counters compare: as `python -m tests.engine_change`, small."""

import pytest
from sqlalchemy import Engine

from tests.engine_change.changing import Ground, changed
from tests.factories.captures import ENGINE, WrittenExaminer
from tests.factories.deduplication import Cellar
from tests.factories.engines import SECOND
from tests.factories.verification import shown

pytestmark = pytest.mark.integration


class Written:
    """Fulfils `Prints` with names."""

    def enrolled(self, person: int) -> bytes:
        """Shot none."""
        return shown(f"finger {person}", -1)

    def shown(self, person: int, shot: int) -> bytes:
        """Each with other bytes."""
        return shown(f"finger {person}", shot)


def test_nobody_is_refused_for_a_change(own_database: Engine) -> None:
    """Every comparison in every phase is answered, and rightly; the shadow was asked, and the first engine's go."""
    ground = Ground(own_database, Cellar(), WrittenExaminer(), ENGINE, SECOND, Written())
    told = changed(ground, people=12, shown=4, least=8)
    assert told["refused"] == 0
    assert set(told["verifications"]) == {
        "before", "extracting", "shadow", "active", "backed out", "active again", "retired", "removed",
    }  # fmt: skip
    assert all(set(words) == {"right"} for words in told["verifications"].values()), told
    assert (told["extracted"], told["templates_removed"]) == (12, 12)
    report = told["report"]
    assert (report["share"], report["agreement"], report["only_counted"]) == (1.0, 1.0, 0)
    assert report["both"] + report["neither"] >= 4
