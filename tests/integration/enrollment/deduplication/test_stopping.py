"""A worker may be killed anywhere: whoever goes on brings about the same, once."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from enrollment.cases import State
from enrollment.cases.models import EventRow
from enrollment.deduplication.models import HitRow, SearchRow
from enrollment.gallery.models import GalleryEntryRow
from tests.factories.deduplication import Bureau, local_gallery

pytestmark = pytest.mark.integration


def counted(bureau: Bureau, aid: str) -> tuple[int, ...]:
    """Everything of which there must be one search's worth."""
    tables = (
        select(func.count()).select_from(GalleryEntryRow).where(GalleryEntryRow.aid == aid),
        select(func.count()).select_from(SearchRow).where(SearchRow.aid == aid),
        select(func.count()).select_from(HitRow).where(HitRow.aid == aid),
        select(func.count()).select_from(EventRow).where(EventRow.aid == aid),
    )
    return tuple(bureau.session.scalar(table) or 0 for table in tables)


def begun(bureau: Bureau) -> str:
    """Somebody of the register, and their second application, of which nothing is done yet."""
    bureau.issued(1)
    return bureau.validated(1, impression=1, given_names="Other", family_name="Else")


STEPS = ("prepare", "begin", "decide")


@pytest.mark.parametrize("killed", STEPS)
def test_killed_before_the_commit_of_a_step(bureau: Bureau, killed: str) -> None:
    """What a step did is gone with its transaction; done again from the first step, everything is there once.

    AC-100.
    """
    aid = begun(bureau)
    for name in STEPS:
        step: Callable[[str], object] = getattr(bureau.deduplication, name)
        if name == killed:
            nested = bureau.session.begin_nested()
            assert step(aid) is None
            nested.rollback()
            break
        assert step(aid) is None
    bureau.searched(aid)
    assert bureau.state(aid) is State.ADJUDICATION
    once = counted(bureau, aid)
    assert once[:3] == (5, 1, 1)
    bureau.searched(aid)
    assert counted(bureau, aid) == once


def test_lost_index_is_made_anew(bureau: Bureau, tmp_path: Path) -> None:
    """Without any of its files a worker finds the same people: they come from the sealed templates."""
    aid = begun(bureau)
    with closing(local_gallery(bureau.cellar, tmp_path / "another")) as fresh:
        other = Bureau(bureau.cellar, bureau.session, fresh)
        [hit] = other.searched(aid).hits
        assert hit.person_id is not None
        assert len(fresh) == 2
        assert fresh.reached == other.entries.newest()
