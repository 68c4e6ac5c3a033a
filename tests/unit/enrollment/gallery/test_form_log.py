"""The sealed log of short forms: what is read back is what was written, from the first block on, and nothing else."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from biometrics.identification.disk import Disk
from enrollment.gallery.form_log import Block, FormLog, open_log, start_log
from tests.factories.deduplication import Cellar

FORMS = st.dictionaries(st.tuples(st.integers(1, 10), st.integers(0, 2)), st.binary(max_size=40), max_size=3)
PEOPLE = st.dictionaries(st.integers(0, (1 << 128) - 1), FORMS, max_size=3)
BLOCKS = st.lists(st.builds(Block, st.integers(0, 1 << 60), st.integers(0, 1 << 60), PEOPLE), min_size=1, max_size=4)
CELLAR = Cellar()


def written(path: Path, blocks: list[Block]) -> FormLog:
    """A log with these blocks."""
    return start_log(path, CELLAR.sealer, CELLAR.entropy, Disk(), blocks)


def reopened(path: Path) -> FormLog | None:
    """The log as the next worker finds it."""
    return open_log(path, CELLAR.sealer, Disk())


@given(BLOCKS, BLOCKS)
def test_read_back_as_written(first: list[Block], more: list[Block]) -> None:
    """Blocks come back in order, those appended later too."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        log = written(path, first)
        for block in more:
            log.append(block)
        found = reopened(path)
        assert found is not None
        assert list(found.blocks()) == first + more
        assert found.whole


@given(BLOCKS, st.integers(0, 1 << 30), st.integers(1, 255))
def test_any_changed_byte_ends_the_log_before_it(blocks: list[Block], place: int, bits: int) -> None:
    """Nothing that was changed is read, and nothing behind it; the log says that it is not whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        written(path, blocks)
        spoilt = bytearray(path.read_bytes())
        spoilt[place % len(spoilt)] ^= bits
        path.write_bytes(spoilt)
        found = reopened(path)
        if found is None:
            assert place % len(spoilt) < 5
            return
        read = list(found.blocks())
        assert read == blocks[: len(read)]
        assert len(read) < len(blocks)
        assert not found.whole


@given(BLOCKS, st.integers(0, 1 << 30))
def test_cut_off_anywhere(blocks: list[Block], kept: int) -> None:
    """Of a log whose end never reached the disk the whole blocks are read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        written(path, blocks)
        content = path.read_bytes()
        path.write_bytes(content[: kept % len(content)])
        found = reopened(path)
        read = [] if found is None else list(found.blocks())
        assert read == blocks[: len(read)]
        assert len(read) < len(blocks)


def test_a_block_of_another_log_or_place_is_none() -> None:
    """Blocks cannot be moved between logs, nor told twice."""
    block = Block(1, 1, {5: {(1, 1): b"form"}})
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one", Path(folder) / "other"
        written(one, [block])
        head = len(written(other, []).path.read_bytes())
        moved = one.read_bytes()[head:]
        other.write_bytes(other.read_bytes() + moved)
        found = reopened(other)
        assert found is not None
        assert list(found.blocks()) == []
        one.write_bytes(one.read_bytes() + moved)
        found = reopened(one)
        assert found is not None
        assert list(found.blocks()) == [block]
        assert not found.whole
