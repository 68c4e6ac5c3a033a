"""Face search: probes against all people of a gallery, ranked candidate lists out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.identification.candidates import Candidate, Ratios, join_ids
from biometrics.identification.mean_search import search_means
from biometrics.identification.parameters import CANDIDATES, SPARE_ROWS
from biometrics.identification.passes import Form, exact_scores
from biometrics.identification.row_search import Hits, search_rows
from biometrics.identification.view import GalleryView
from biometrics.identification.writer import unit_fault

__all__ = ["Person", "score_people", "search_faces"]


class Person(StrEnum):
    """What a person with several vectors scores: the best of them, or their mean."""

    BEST = "best"
    MEAN = "mean"


def search_faces(
    view: GalleryView,
    probes: NDArray[np.floating],
    ratios: Ratios,
    *,
    most: int = CANDIDATES,
    floor: float = float("-inf"),
    form: Form = Form.RESCORED,
    person: Person = Person.BEST,
) -> list[list[Candidate]] | Refused:
    """The candidate list of each probe: unit vectors (m, dimension) as the engine made them, not turned.

    At most `most` people a list, none with a score (cosine, float64) below `floor`; in order of score, among equals of
    id. Since ratios never fall with the score this is the order of ratios, too. Every person of the gallery is
    compared: FLOAT32 and RESCORED return exactly the people that brute force in float64 would. Probes are searched
    up to 64 at a time, which costs far less than one by one. Refuses probes as `unit_fault` does.
    """
    wrong = unit_fault(probes, view.manifest.dimension)
    if wrong is not None:
        return wrong
    turned = view.rotation.turn(probes)
    if person is Person.MEAN:
        found = search_means(view, turned, most, form=form, floor=floor)
    else:
        found = _search_best(view, turned, most, form=form, floor=floor)
    return [_candidates(hits, ratios) for hits in found]


def _search_best(view: GalleryView, probes: NDArray[np.float64], most: int, *, form: Form, floor: float) -> list[Hits]:
    """Each person by the best row: search more rows until enough different people are among them."""
    found: list[Hits | None] = [None] * len(probes)
    open_probes = np.arange(len(probes))
    wanted = most + SPARE_ROWS
    while len(open_probes):
        hits = search_rows(view, probes[open_probes], wanted, form=form, floor=floor)
        again = []
        for probe, rows in zip(open_probes.tolist(), hits, strict=True):
            people = _first_of_each(rows)
            if len(people) < most and len(rows) == wanted:
                again.append(probe)
            else:
                found[probe] = rows.part(people[:most])
        open_probes = np.array(again, np.intp)
        wanted *= 4
    return [hits for hits in found if hits is not None]


def _first_of_each(hits: Hits) -> NDArray[np.intp]:
    """Positions of the first row of each person, in order."""
    return np.sort(np.unique(hits.ids, axis=0, return_index=True)[1])


def _candidates(hits: Hits, ratios: Ratios) -> list[Candidate]:
    values = ratios(hits.scores)
    ids = join_ids(hits.ids)
    triples = zip(ids, hits.scores.tolist(), values.tolist(), strict=True)
    return [Candidate(person, score, ratio) for person, score, ratio in triples]


def score_people(view: GalleryView, probe: NDArray[np.floating], people: Sequence[int]) -> dict[int, float]:
    """The best score of a probe (dimension,) against each of some people, exact; those not in the gallery are left out.

    For people whom another modality named. Raises `ValueError` for a probe that `search_faces` would refuse.
    """
    if unit_fault(probe[None], view.manifest.dimension) is not None:
        raise ValueError("a unit vector of the gallery's dimension")
    turned = view.rotation.turn(probe[None])
    best: dict[int, float] = {}
    for number, shard in enumerate(view.shards):
        rows = view.rows_of(number, people)
        scores = exact_scores(shard.rows, rows, turned, Form.RESCORED)
        for person, score in zip(join_ids(shard.rows.ids[rows]), scores.tolist(), strict=True):
            best[person] = max(score, best.get(person, score))
    return {person: best[person] for person in people if person in best}
