from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.identification.face_search import Person, search_faces
from biometrics.identification.passes import Form
from biometrics.identification.rotation import derive_rotation
from biometrics.identification.view import GalleryView, open_view
from biometrics.identification.writer import GalleryWriter, create_gallery, open_writer

KEY = bytes(32)
# A few vectors only, so that equal scores of different people are common.
POOL = np.random.default_rng(11).standard_normal((6, 8))
POOL /= np.linalg.norm(POOL, axis=1, keepdims=True)
PEOPLE = st.integers(0, 6).map(lambda n: n << 61)


class Gallery(RuleBasedStateMachine):
    """The gallery against a plain list of (id, number of a vector in the pool)."""

    @initialize(capacity=st.integers(1, 5))
    def begin(self, capacity: int) -> None:
        """Start empty, with a reader beside."""
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name)
        self.epoch = 0
        self.model: list[tuple[int, int]] = []
        made = create_gallery(self.folder, engine="e", rotation=derive_rotation(KEY, 0, 8), capacity=capacity)
        assert isinstance(made, GalleryWriter)
        self.writer = made
        reader = open_view(self.folder, engine="e", rotation=derive_rotation(KEY, 0, 8))
        assert isinstance(reader, GalleryView)
        self.reader = reader

    def teardown(self) -> None:
        """Close."""
        self.writer.close()
        self.home.cleanup()

    @rule(added=st.lists(st.tuples(PEOPLE, st.integers(0, len(POOL) - 1)), max_size=7))
    def add(self, added: list[tuple[int, int]]) -> None:
        """Rows of several people at once."""
        assert self.writer.add([person for person, _ in added], POOL[[vector for _, vector in added]]) is None
        self.model += added

    @rule(people=st.sets(PEOPLE, max_size=3))
    def remove(self, people: set[int]) -> None:
        """All rows of these people, and no others."""
        gone = self.writer.remove(people)
        assert gone == sum(person in people for person, _ in self.model)
        self.model = [row for row in self.model if row[0] not in people]

    @rule()
    def compact(self) -> None:
        """Nothing removed is left."""
        self.writer.compact()
        assert not len(self.writer.view().dead)

    @rule()
    def rotate(self) -> None:
        """The next epoch."""
        self.epoch += 1
        self.writer.rotate(derive_rotation(KEY, self.epoch, 8))

    @rule()
    def reopen(self) -> None:
        """Close, check and open again."""
        self.writer.close()
        writer = open_writer(self.folder, engine="e", rotation=derive_rotation(KEY, self.epoch, 8))
        assert isinstance(writer, GalleryWriter)
        self.writer = writer

    @rule()
    def read_elsewhere(self) -> None:
        """A reader of the right epoch follows; one of an earlier epoch is refused."""
        fresh = self.reader.refreshed(check=True)
        if self.reader.rotation.epoch == self.epoch:
            assert isinstance(fresh, GalleryView)
            self.reader = fresh
            assert len(self.reader) == len(self.model)
        else:
            assert isinstance(fresh, Refused)

    @rule(seed=st.integers(0, 99), form=st.sampled_from(list(Form)), person=st.sampled_from(list(Person)))
    def search(self, seed: int, form: Form, person: Person) -> None:
        """Every form and fold returns what brute force over the model does."""
        probes = np.random.default_rng(seed).standard_normal((1 + seed % 3, 8))
        probes /= np.linalg.norm(probes, axis=1, keepdims=True)
        lists = search_faces(self.writer.view(), probes, np.negative, form=form, person=person)
        assert not isinstance(lists, Refused)
        for probe, found in zip(probes, lists, strict=True):
            assert all(candidate.ratio == -candidate.score for candidate in found)
            expected = self.expected(probe, person)
            # Vectors stored in different epochs differ in their last bits.
            allowed = 0.02 if form is Form.INT8 else 1e-5
            assert {candidate.id for candidate in found} == set(expected)
            assert all(abs(candidate.score - expected[candidate.id]) < allowed for candidate in found)
            assert [candidate.score for candidate in found] == sorted((c.score for c in found), reverse=True)

    def expected(self, probe: NDArray[np.float64], person: Person) -> dict[int, float]:
        """Scores by brute force."""
        scores: dict[int, list[float]] = {}
        for who, vector in self.model:
            scores.setdefault(who, []).append(float(POOL[vector] @ probe))
        fold = max if person is Person.BEST else np.mean
        return {who: float(fold(values)) for who, values in scores.items()}

    @invariant()
    def counts(self) -> None:
        """As many rows as in the model."""
        assert len(self.writer.view()) == len(self.model)


Gallery.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestGallery = Gallery.TestCase
