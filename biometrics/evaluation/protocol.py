"""Which samples are compared with which: the protocols of an evaluation, as arrays of pairs.

`fvc` follows the fingerprint verification competitions (Maio et al., "FVC2002: Second Fingerprint Verification
Competition", ICPR 2002): each impression against the later ones of its finger, and the first impressions of all
fingers against each other. `all` compares every two samples. A symmetric pair is counted once in both.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.manifest import Entry, impression_order

__all__ = ["Pairs", "Protocol", "pairs_of", "subjects_of"]


class Protocol(StrEnum):
    """The names as the command takes them."""

    FVC = "fvc"
    ALL = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs to compare: `probe` and `reference` are int32 indices of samples, `mated` is bool, each of shape (pairs,).

    Ordered by probe. `same_capture` counts the pairs left out because both samples encode one capture.
    """

    probe: NDArray[np.int32]
    reference: NDArray[np.int32]
    mated: NDArray[np.bool_]
    same_capture: int = 0

    def __len__(self) -> int:
        return len(self.probe)


def subjects_of(entries: Sequence[Entry]) -> NDArray[np.int32]:
    """The subject of each sample as a number, int32 of shape (samples,), numbered from 0 in order of appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(entry.subject, len(numbers)) for entry in entries], np.int32)


def pairs_of(entries: Sequence[Entry], protocol: Protocol, *, within_datasets: bool = False) -> Pairs:
    """The pairs of `protocol` over `entries`.

    Pairs of one subject are mated, others non-mated. Pairs of one capture in two encodings are left out: they would
    flatter the figures. `within_datasets` leaves out pairs of samples of different datasets.
    """
    subjects = subjects_of(entries)
    rank = _ranks(entries, subjects)
    probe, reference = np.triu_indices(len(entries), 1)
    mated = subjects[probe] == subjects[reference]
    swap = mated & (rank[probe] > rank[reference])
    probe, reference = np.where(swap, reference, probe), np.where(swap, probe, reference)
    keep = mated | ((rank[probe] == 0) & (rank[reference] == 0)) if protocol is Protocol.FVC else np.ones_like(mated)
    if within_datasets:
        datasets = np.unique([entry.dataset for entry in entries], return_inverse=True)[1]
        keep &= datasets[probe] == datasets[reference]
    captures = _captures(entries)
    same = keep & mated & (captures[probe] == captures[reference])
    keep &= ~same
    order = np.argsort(probe[keep], kind="stable")
    return Pairs(
        probe=probe[keep][order].astype(np.int32),
        reference=reference[keep][order].astype(np.int32),
        mated=mated[keep][order],
        same_capture=int(same.sum()),
    )


def _ranks(entries: Sequence[Entry], subjects: NDArray[np.int32]) -> NDArray[np.int32]:
    rank = np.zeros(len(entries), np.int32)
    order = sorted(range(len(entries)), key=lambda index: (subjects[index], impression_order(entries[index]), index))
    for before, index in itertools.pairwise(order):
        rank[index] = rank[before] + 1 if subjects[before] == subjects[index] else 0
    return rank


def _captures(entries: Sequence[Entry]) -> NDArray[np.int32]:
    numbers: dict[tuple[str, str, str] | int, int] = {}
    return np.array(
        [numbers.setdefault(entry.capture or index, len(numbers)) for index, entry in enumerate(entries)], np.int32
    )
