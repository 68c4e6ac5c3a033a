from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from biometrics.decoding.limits import Limits, RawShape
from biometrics.decoding.reader import SampleReader
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample
from tests.hostile.crafted import chunk, deflated_zeros, png
from tests.hostile.seeds import ridges, seeds

IMPOSTOR = Path(__file__).with_name("impostor.py")
ROOT = Path(__file__).resolve().parents[4]
MakeReader = Callable[..., SampleReader]


@pytest.fixture(scope="module")
def reader() -> Iterator[SampleReader]:
    """A reader as in service."""
    with SampleReader() as one:
        yield one


@pytest.fixture
def misbehaving(tmp_path: Path) -> Iterator[MakeReader]:
    """Makes readers whose processes misbehave."""
    made: list[SampleReader] = []

    def make(way: str = "sound", limits: Limits | None = None) -> SampleReader:
        program = tmp_path / way
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{IMPOSTOR}" {way} "$@"\n')
        program.chmod(0o700)
        made.append(SampleReader(limits, python=str(program)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def refused(reader: SampleReader, data: bytes, hint: RawShape | None = None) -> Refused:
    """The refusal of a sample."""
    found = reader.read(data, hint)
    assert isinstance(found, Refused)
    return found


def processes(reader: SampleReader) -> tuple[str, str]:
    """The numbers of a decoder and of its warm process."""
    words = refused(reader, b"who").detail.split()
    return words[1], words[3]


def test_refused_without_a_process(reader: SampleReader) -> None:
    """Nothing, too much, and a shape that no picture has are refused before anything is sent."""
    nowhere = SampleReader(python="/nowhere")
    assert refused(nowhere, b"").reason is Reason.SAMPLE_EMPTY
    assert refused(nowhere, bytes((5 << 20) + 1)).reason is Reason.SAMPLE_TOO_LARGE
    for shape in (RawShape(0, 5), RawShape(5, -1), RawShape(1 << 40, 1)):
        assert refused(nowhere, b"data", shape).reason is Reason.SAMPLE_MALFORMED


@pytest.mark.parametrize("way", ["mute", "dead"])
def test_process_that_does_not_start(misbehaving: MakeReader, way: str) -> None:
    """A warm process that never gets ready costs the sample, not the caller."""
    limits = Limits(start_seconds=0.3)
    assert refused(misbehaving(way, limits), b"data").reason is Reason.SAMPLE_CRASHED


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"crash", Reason.SAMPLE_CRASHED),
        (b"raise", Reason.SAMPLE_CRASHED),
        (b"lie", Reason.SAMPLE_CRASHED),
        (b"babble", Reason.SAMPLE_CRASHED),
        (b"open", Reason.SAMPLE_CRASHED),
        (b"reopen", Reason.SAMPLE_CRASHED),
        (b"connect", Reason.SAMPLE_CRASHED),
        (b"slay", Reason.SAMPLE_CRASHED),
        (b"hang", Reason.SAMPLE_TIME),
        (b"fall silent", Reason.SAMPLE_CRASHED),
        (b"alarm", Reason.SAMPLE_TIME),
        (b"hoard", Reason.SAMPLE_MEMORY),
    ],
)
def test_misbehaviour(misbehaving: MakeReader, data: bytes, reason: Reason) -> None:
    """However a decoder ends, its sample gets a coded reason and the next one is served."""
    one = misbehaving(limits=Limits(seconds=5.0 if data != b"hang" else 1.5))
    assert refused(one, data).reason is reason
    assert refused(one, b"who").reason is Reason.SAMPLE_FORMAT


def test_decoder_that_lingers_is_not_waited_for(misbehaving: MakeReader) -> None:
    """An answer given in time counts though its decoder goes on, which is ended long before the time of a sample."""
    one = misbehaving(limits=Limits(seconds=60))
    warm = processes(one)[1]
    assert refused(one, b"linger").detail == "answered"
    assert processes(one)[1] != warm


def test_decoder_of_its_own(misbehaving: MakeReader) -> None:
    """Each sample has a decoder of its own, forked from one warm process, which outlives a decoder's crash."""
    one = misbehaving()
    (first, warm), (second, again) = processes(one), processes(one)
    assert first != second
    assert warm == again
    assert refused(one, b"crash").reason is Reason.SAMPLE_CRASHED
    assert processes(one)[1] == warm


def test_replaced_after_its_jobs(misbehaving: MakeReader) -> None:
    """A warm process is replaced after the number of samples that the limits say, and after a hang."""
    one = misbehaving(limits=Limits(jobs=2, seconds=1.5))
    first, second, third = (processes(one)[1] for _ in range(3))
    assert first == second != third
    assert refused(one, b"hang").reason is Reason.SAMPLE_TIME
    assert processes(one)[1] != third


def test_clean_environment(misbehaving: MakeReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder sees none of its parent's environment, in which passwords stand."""
    monkeypatch.setenv("WANGOV_SECRET", "x")
    seen = set(refused(misbehaving(), b"environment").detail.split())
    assert "OPENCV_IO_MAX_IMAGE_PIXELS" in seen
    assert "PATH" not in seen
    assert "WANGOV_SECRET" not in seen


def test_limits_of_the_decoder(misbehaving: MakeReader) -> None:
    """A decoder runs under the kernel's limits: no files, no processes, no core, its memory and its time."""
    limits = dict(pair.split("=") for pair in refused(misbehaving(), b"limits").detail.split())
    assert (limits["NOFILE"], limits["NPROC"], limits["FSIZE"], limits["CORE"]) == ("1", "0", "0", "0")
    assert limits["DATA"] == str(512 << 20)
    assert 512 << 20 <= int(limits["AS"]) < 1 << 30
    assert limits["CPU"] == "6"


def test_bomb_over_memory() -> None:
    """A picture that wants more than the memory it is given is refused as such."""
    bomb = png(4096, 4096, 16, 6, chunk(b"IDAT", deflated_zeros(1)))
    with SampleReader(Limits(memory_bytes=160 << 20)) as one:
        assert refused(one, bomb).reason is Reason.SAMPLE_MEMORY
        assert isinstance(one.read(seeds()["png-grey"]), Sample)


def test_bomb_over_time() -> None:
    """A picture that takes longer than the time it is given is refused as such."""
    bomb = png(4096, 4096, 16, 6, chunk(b"IDAT", deflated_zeros(129)))
    with SampleReader(Limits(seconds=0.05)) as one:
        assert refused(one, bomb).reason is Reason.SAMPLE_TIME


@pytest.mark.parametrize("name", ["png-grey", "jpeg-colour", "tiff-lzw", "wsq", "jp2-grey", "finger-wsq", "face-jp2"])
def test_read(reader: SampleReader, name: str) -> None:
    """A sound sample comes through the process as it was decoded there, and can be written to."""
    sample = reader.read(seeds()[name])
    assert isinstance(sample, Sample)
    assert sample.pixels.shape[:2] == (200, 160)
    assert abs(float(sample.grey.mean()) - 127) < 8
    assert sample.pixels.flags.writeable


def test_raw(reader: SampleReader) -> None:
    """Raw greyscale goes the same way."""
    sample = reader.read(ridges().tobytes(), RawShape(160, 200, 500.0))
    assert isinstance(sample, Sample)
    assert np.array_equal(sample.pixels, ridges())
    assert sample.ppi == 500


def test_threads() -> None:
    """Many threads share few processes, and each gets its own answer."""
    images = [ridges(40 + n, 50) for n in range(12)]
    wrong: list[int] = []

    def work(number: int) -> None:
        image = images[number]
        found = one.read(image.tobytes(), RawShape(50, len(image)))
        if not isinstance(found, Sample) or not np.array_equal(found.pixels, image):
            wrong.append(number)

    with SampleReader(children=2) as one:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(images))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def _joined(threads: list[threading.Thread], seconds: float = 20) -> bool:
    """Whether all threads end."""
    for thread in threads:
        thread.join(seconds)
    return not any(thread.is_alive() for thread in threads)


def test_closed_while_others_wait(misbehaving: MakeReader) -> None:
    """Who waits for a process while the reader is closed, even twice at once, gets an answer all the same."""
    reader = misbehaving(limits=Limits(seconds=1))
    found: list[Reason] = []

    def ask(data: bytes) -> None:
        found.append(refused(reader, data).reason)

    threads = [threading.Thread(target=ask, args=(b"hang",), daemon=True)]
    threads += [threading.Thread(target=reader.close, daemon=True) for _ in range(2)]
    threads += [threading.Thread(target=ask, args=(b"who",), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    assert _joined(threads)
    assert sorted(found) == [Reason.SAMPLE_FORMAT] * 3 + [Reason.SAMPLE_TIME]


def test_threads_that_meet_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that are the first to use a reader after a fork agree on its places, and none waits for ever."""
    with SampleReader(python="/bin/false") as reader:
        reader.read(b"x")
        real, meeting = os.getpid(), threading.Barrier(4)
        own = threading.local()

        def number() -> int:
            if not getattr(own, "met", False):
                own.met = True
                meeting.wait(5)
            return real + 1

        with monkeypatch.context() as patch:
            patch.setattr("biometrics.decoding.reader.os.getpid", number)
            threads = [threading.Thread(target=reader.read, args=(b"x",), daemon=True) for _ in range(4)]
            for thread in threads:
                thread.start()
            assert _joined(threads)
            assert len(reader._by_owner) == 1


def _outcome(program: str) -> str:
    """What a program that uses a reader prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip()


def test_ends_with_its_parent() -> None:
    """The warm process does not outlive a parent that was killed."""
    program = """
import os, signal
from biometrics.decoding.reader import SampleReader
reader = SampleReader()
reader.read(b"x")
print(reader._places().idle.queue[0]._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    number = _outcome(program)
    status = Path(f"/proc/{number}/status")
    deadline = time.monotonic() + 10
    while status.exists() and "zombie" not in status.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert number.isdigit()
    assert not status.exists() or "zombie" in status.read_text()


def test_after_a_fork() -> None:
    """A reader made before a fork serves both sides, each by processes of its own."""
    program = """
import os
from biometrics.decoding.reader import SampleReader
reader = SampleReader()
def say(name):
    found = reader.read(b"x")
    os.write(1, f"{name} {found.reason.value} {reader._places().idle.queue[0]._process.pid}\\n".encode())
say("parent")
child = os.fork()
if child == 0:
    say("child")
    reader.close()
    os._exit(0)
os.waitpid(child, 0)
say("parent")
reader.close()
"""
    said = [line.split() for line in _outcome(program).splitlines()]
    assert [line[:2] for line in said] == [[name, "sample.format"] for name in ("parent", "child", "parent")]
    assert said[0][2] == said[2][2] != said[1][2]


def test_closed_and_used_again(reader: SampleReader) -> None:
    """Closing leaves no process behind, and a closed reader starts anew."""
    with SampleReader() as one:
        assert isinstance(one.read(seeds()["png-grey"]), Sample)
    assert isinstance(one.read(seeds()["png-grey"]), Sample)
    one.close()
