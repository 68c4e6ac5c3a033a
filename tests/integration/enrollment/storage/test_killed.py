"""A worker that dies between the stores leaves nothing that anybody can see."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from enrollment.storage import Bucket
from enrollment.storage.models import StoredObjectRow
from tests.architecture.tree import ROOT
from tests.factories.vaults import Cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration


def test_worker_killed_between_upload_and_commit(
    stack: Stack, own_database: Engine, store_room: Cellar, tmp_path: Path
) -> None:
    """AC-100: a worker killed after the upload and before the commit leaves no row, and the sweep removes its bytes."""
    (tmp_path / "key").write_bytes(b"k" * 32)
    owner, state = uuid4(), stack.state
    database = own_database.url.render_as_string(hide_password=False)
    dying = subprocess.Popen(
        [
            sys.executable, "-m", "tests.integration.enrollment.storage.dying", database, state.s3_endpoint,
            state.s3_access_key, state.s3_secret_key, store_room.store._prefix, str(tmp_path / "key"), str(owner), "3",
        ],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with dying:
        assert dying.stdout is not None
        assert dying.stdout.readline() == "stored\n"
        assert len(store_room.names(Bucket.RAW)) == 3
        dying.kill()
    with Session(own_database) as session:
        assert session.scalars(select(StoredObjectRow)).all() == []
        vault = store_room.vault(session)
        assert vault.owned(owner) == ()
        assert vault.sweep(timedelta(minutes=30)).orphans == 0
        store_room.clock.advance(minutes=45)
        assert vault.sweep(timedelta(minutes=30)).orphans == 3
    assert store_room.all_names() == []
