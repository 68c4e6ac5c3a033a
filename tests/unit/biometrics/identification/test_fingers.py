from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.identification.finger_search import Fingers, Hands, compare_people, shortlist
from biometrics.identification.fingers import FingerGallery, FingerKey, FingerProbe
from biometrics.identification.parameters import SHORTLIST_LEAST, SWAPPED_PRIOR
from biometrics.sample import FingerPosition
from tests.unit.biometrics.identification.toy_fingers import Toy, ToyList, match

THUMB, INDEX, OTHER = FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB
Print = NDArray[np.float32]


class Store:
    """Toy people: a gallery, and the prints themselves."""

    def __init__(self) -> None:
        self.gallery: FingerGallery[Print] = FingerGallery(ToyList)
        self.prints: dict[FingerKey, Print] = {}
        self.fetched = 0

    def enrol(self, person: int, position: FingerPosition, seed: int, impression: int = 0) -> None:
        """Add the toy finger of a seed."""
        key = FingerKey(person, position, impression)
        self.prints[key] = Toy(seed).print
        self.gallery.add(key, self.prints[key])

    def fetch(self, keys: Sequence[FingerKey]) -> list[Print]:
        """Whole templates."""
        self.fetched += len(keys)
        return [self.prints[key] for key in keys]

    @property
    def fingers(self) -> Fingers[Print, Print]:
        """All that a search needs; a ratio is ten times the score."""
        return Fingers(self.gallery, match, self.fetch, lambda scores: 10 * scores)


def probe(seed: int, position: FingerPosition) -> FingerProbe[Print, Print]:
    """The toy finger of a seed as a probe."""
    return FingerProbe(position, Toy(seed).print, Toy(seed).print)


@pytest.fixture
def store() -> Store:
    """Two hundred people with both thumbs and an index finger."""
    made = Store()
    for person in range(200):
        made.enrol(person, THUMB, 1000 + person)
        made.enrol(person, INDEX, 2000 + person)
        made.enrol(person, OTHER, 3000 + person)
    return made


def test_unknown_position_is_not_enrolled() -> None:
    """A finger that nobody can name has no list to stand in."""
    with pytest.raises(ValueError, match="known finger"):
        Store().enrol(1, FingerPosition.UNKNOWN, 1)


def test_the_same_impression_twice_is_a_bug() -> None:
    """One key stands once."""
    store = Store()
    store.enrol(1, THUMB, 1)
    with pytest.raises(ValueError, match="once"):
        store.enrol(1, THUMB, 2)


@pytest.mark.parametrize("hands", list(Hands))
def test_nobody_and_nothing(store: Store, hands: Hands) -> None:
    """An empty gallery, no fingers, and a position that nobody has all give nobody."""
    assert shortlist(Store().gallery, [probe(1, THUMB)], hands=hands) == []
    assert shortlist(store.gallery, [], hands=hands) == []
    assert compare_people(store.fingers, [], [1, 2], hands=hands) == {}
    little = FingerPosition.LEFT_LITTLE
    if hands is not Hands.ANY:
        assert shortlist(store.gallery, [probe(1, little)], hands=hands) == []
        assert compare_people(store.fingers, [probe(1, little)], [1], hands=hands) == {}


def test_the_mate_stands_first(store: Store) -> None:
    """A finger searched in its own position names its person before all others."""
    assert shortlist(store.gallery, [probe(1042, THUMB)])[0] == 42
    assert len(shortlist(store.gallery, [probe(1042, THUMB)])) <= SHORTLIST_LEAST


def test_wrong_position_is_not_searched(store: Store) -> None:
    """A thumb said to be an index finger is compared with index fingers, unless positions are unknown."""
    wrong = [probe(1042, INDEX)]
    found = compare_people(store.fingers, wrong, list(range(200)))
    assert max(found, key=lambda person: found[person].ratio) != 42 or found[42].ratio < 5
    assert shortlist(store.gallery, wrong, hands=Hands.ANY)[0] == 42
    assert shortlist(store.gallery, [probe(1042, FingerPosition.UNKNOWN)])[0] == 42


def test_swapped_hands_are_found(store: Store) -> None:
    """A right thumb recorded as a left one is found when swapped hands are allowed, and says so."""
    wrong = [probe(1042, OTHER)]
    assert shortlist(store.gallery, wrong, hands=Hands.SWAPPED)[0] == 42
    assert compare_people(store.fingers, wrong, [42])[42].ratio < 5
    evidence = compare_people(store.fingers, wrong, [42], hands=Hands.SWAPPED)[42]
    assert evidence.swapped
    assert evidence.ratio == pytest.approx(10 + np.log(SWAPPED_PRIOR), abs=0.1)


def test_fingers_add_up(store: Store) -> None:
    """All fingers of both sides take part, each at its own position; missing ones add nothing."""
    probes = [probe(1042, THUMB), probe(2042, INDEX), probe(7, FingerPosition.LEFT_LITTLE)]
    evidence = compare_people(store.fingers, probes, [42, 43, 9999])
    assert evidence[42].ratio == pytest.approx(20, abs=1e-4)
    assert [number for number, _ in evidence[42].parts] == [0, 1]
    assert evidence[43].ratio < 10
    assert 9999 not in evidence


@pytest.mark.parametrize("hands", list(Hands))
def test_each_template_is_fetched_once(store: Store, hands: Hands) -> None:
    """However many fingers of the probe it is compared with: opening one costs more than comparing it."""
    people = list(range(200))
    probes = [probe(1042, THUMB), probe(2042, INDEX), probe(3042, OTHER), probe(1, FingerPosition.LEFT_INDEX)]
    alone = [compare_people(store.fingers, [one], people, hands=hands) for one in probes]
    store.fetched = 0
    together = compare_people(store.fingers, probes, people, hands=hands)
    assert store.fetched == 600
    for person, evidence in together.items():
        each = [found[person] for found in alone if person in found]
        if not any(one.swapped for one in (evidence, *each)):
            parts = [(number, one.parts[0][1]) for number, one in enumerate(each) if one.parts]
            assert evidence.parts == tuple(parts)


def test_unknown_position_counts_no_luck(store: Store) -> None:
    """With three positions to choose from, the ratio is the mean of the likelihoods, not the best."""
    found = compare_people(store.fingers, [probe(1042, THUMB)], [42], hands=Hands.ANY)[42]
    each = [10 * float(Toy(seed).print @ Toy(1042).print) for seed in (1042, 2042, 3042)]
    assert found.ratio == pytest.approx(float(np.log(np.mean(np.exp(each)))), abs=1e-3)


def test_of_two_impressions_the_better_counts() -> None:
    """A bad second impression does not weaken the first."""
    store = Store()
    store.enrol(1, THUMB, 5)
    store.enrol(1, THUMB, 6, impression=1)
    evidence = compare_people(store.fingers, [probe(5, THUMB)], [1])[1]
    assert evidence.ratio == pytest.approx(10, abs=1e-4)
    assert [number for number, _ in evidence.parts] == [0]


def test_the_same_finger_again_adds_nothing(store: Store) -> None:
    """A finger given ten times for one position is one finger: its best impression counts, and once."""
    worse, better = probe(7, THUMB), probe(1042, THUMB)
    once = compare_people(store.fingers, [better], [42])[42]
    again = compare_people(store.fingers, [worse, *[better] * 9], [42])[42]
    assert again.ratio == pytest.approx(once.ratio)
    assert [number for number, _ in again.parts] == [1]
    both = compare_people(store.fingers, [better, better], [42], hands=Hands.SWAPPED)[42]
    assert both.ratio == pytest.approx(compare_people(store.fingers, [better], [42], hands=Hands.SWAPPED)[42].ratio)


def test_ten_fingers_cost_the_matcher_no_more_than_one(store: Store) -> None:
    """People kept fall with the number of fingers, down to the least."""
    one = shortlist(store.gallery, [probe(1, THUMB)], share=1.0)
    two = shortlist(store.gallery, [probe(1, THUMB), probe(2, INDEX)], share=1.0)
    assert (len(one), len(two)) == (200, 100)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 5), st.sampled_from([THUMB, INDEX, OTHER]), st.integers(0, 1)),
            st.tuples(st.just("remove"), st.integers(0, 5), st.just(THUMB), st.just(0)),
        ),
        max_size=25,
    )
)
def test_any_sequence_is_as_a_plain_dictionary(steps: list[tuple[str, int, FingerPosition, int]]) -> None:
    """Whatever is added and removed, rows, keys and scores are those of a dictionary."""
    store, model = Store(), dict[FingerKey, Print]()
    for what, person, position, impression in steps:
        key = FingerKey(person, position, impression)
        if what == "remove":
            mine = [known for known in model if known.person == person]
            assert store.gallery.remove(person) == len(mine)
            for known in mine:
                del model[known]
        elif key not in model:
            store.enrol(person, position, hash(key) % 1000, impression)
            model[key] = store.prints[key]
        check(store.gallery, model)


def check(gallery: FingerGallery[Print], model: dict[FingerKey, Print]) -> None:
    """The gallery is the model's."""
    people = sorted({key.person for key in model})
    assert gallery.people.tolist() == people
    assert len(gallery) == len(people)
    assert gallery.positions == tuple(sorted({key.position for key in model}))
    question = Toy(77).print
    for position in (THUMB, INDEX, OTHER):
        rows = [people[number] for number in gallery.rows(position).tolist()]
        found = sorted(zip(rows, gallery.scores(position, question).tolist(), strict=True))
        assert found == sorted(
            (key.person, float(print_ @ question)) for key, print_ in model.items() if key.position is position
        )
    for person in range(6):
        assert gallery.keys_of(person) == tuple(sorted(key for key in model if key.person == person))
