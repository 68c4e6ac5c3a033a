"""Which samples are compared."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.manifest import Entry
from biometrics.evaluation.protocol import Protocol, pairs_of


def _entries(fingers: int, impressions: int, dataset: str = "d") -> list[Entry]:
    return [
        Entry(Path(f"{dataset}{finger}_{number}"), f"{dataset}{finger}", str(number), dataset, "")
        for finger in range(fingers)
        for number in range(1, impressions + 1)
    ]


def test_one_capture_in_two_encodings_is_not_compared() -> None:
    """Rows of the same subject and impression never make a mated pair; rows without impression do."""
    one, other = Entry(Path("a"), "s", "1", "d", ""), Entry(Path("b"), "s", "1", "d", "")
    found = pairs_of([one, other], Protocol.ALL)
    assert (len(found), found.same_capture) == (0, 1)
    unnamed = [Entry(Path(name), "s", "", "d", "") for name in "ab"]
    assert pairs_of(unnamed, Protocol.ALL).mated.tolist() == [True]


@pytest.mark.parametrize(
    ("protocol", "fingers", "genuine", "impostor"),
    [
        (Protocol.ALL, 5, 140, 640),
        (Protocol.FVC, 5, 140, 10),
        (Protocol.ALL, 10, 280, 2880),
        (Protocol.FVC, 10, 280, 45),
    ],
)
def test_counts_of_the_competition_sets(protocol: Protocol, fingers: int, genuine: int, impostor: int) -> None:
    """Five fingers of eight impressions make the 140 mated and 640 non-mated pairs that figures are stated for."""
    found = pairs_of(_entries(fingers, 8), protocol)
    assert (int(found.mated.sum()), int((~found.mated).sum())) == (genuine, impostor)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_pairs_are_counted_once_and_ordered_by_probe(protocol: Protocol) -> None:
    """No pair stands twice, in whichever order, and none joins a sample with itself."""
    entries = _entries(4, 3)
    entries.reverse()
    found = pairs_of(entries, protocol)
    known = {frozenset(pair) for pair in zip(found.probe.tolist(), found.reference.tolist(), strict=True)}
    assert len(known) == len(found)
    assert all(len(pair) == 2 for pair in known)
    assert (np.diff(found.probe) >= 0).all()


def test_fvc_takes_first_impressions_whatever_the_order_of_rows() -> None:
    """Non-mated pairs join impressions 1; the probe of a mated pair is the earlier impression."""
    entries = sorted(_entries(3, 3), key=lambda entry: -int(entry.impression))
    found = pairs_of(entries, Protocol.FVC)
    for probe, reference, mated in zip(found.probe, found.reference, found.mated, strict=True):
        impressions = int(entries[probe].impression), int(entries[reference].impression)
        assert impressions[0] < impressions[1] if mated else impressions == (1, 1)


def test_pairs_within_datasets() -> None:
    """Asked for, samples of different data sets are not compared."""
    entries = _entries(2, 2) + _entries(2, 2, "e")
    assert len(pairs_of(entries, Protocol.ALL)) == 28
    assert len(pairs_of(entries, Protocol.ALL, within_datasets=True)) == 12
