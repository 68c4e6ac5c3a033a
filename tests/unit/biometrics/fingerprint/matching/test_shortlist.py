from collections.abc import Callable

import numpy as np
import pytest

from biometrics.fingerprint.matcher import Mode, compare
from biometrics.fingerprint.matching_parameters import FORM, SHORTLIST
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.projection import SHORT
from biometrics.fingerprint.shortlist import SHORT_BYTES, ShortForm, ShortGallery, search
from biometrics.fingerprint.template import FingerTemplate

Make = Callable[..., FingerTemplate]
Ready = Callable[[FingerTemplate], PreparedFinger]


def _forms(rng: np.random.Generator, count: int) -> list[ShortForm]:
    """Random short forms: unit vectors at random places."""
    forms = []
    for _ in range(count):
        vectors = rng.normal(size=(FORM.short_minutiae, SHORT))
        vectors *= 127 / np.linalg.norm(vectors, axis=1, keepdims=True)
        places = rng.integers(-120, 121, (FORM.short_minutiae, 3))
        forms.append(ShortForm(FORM.short_minutiae, np.rint(vectors).astype(np.int8), places.astype(np.int8)))
    return forms


def test_an_unknown_identifier_cannot_be_removed(rng: np.random.Generator) -> None:
    """Removing who is not here fails loudly."""
    gallery = ShortGallery()
    gallery.add("a", _forms(rng, 1)[0])
    with pytest.raises(KeyError):
        gallery.remove("b")


def test_an_identifier_stands_once(rng: np.random.Generator) -> None:
    """Adding an identifier twice fails loudly."""
    gallery = ShortGallery()
    gallery.add("a", _forms(rng, 1)[0])
    with pytest.raises(KeyError):
        gallery.add("a", _forms(rng, 1)[0])


def test_an_empty_gallery_gives_no_scores(rng: np.random.Generator) -> None:
    """Searching among nobody is no error."""
    assert ShortGallery().scores(_forms(rng, 1)[0]).shape == (0,)


def test_a_mate_is_first_of_many(rng: np.random.Generator, made: Make, varied: Make, prepared: Ready) -> None:
    """Another impression of the probe's finger ranks before all strangers over several blocks."""
    template = made(rng)
    gallery = ShortGallery()
    for number, form in enumerate(_forms(rng, 2 * SHORTLIST.block)):
        gallery.add(number, form)
    for number in range(20):
        gallery.add(f"whorl {number}", prepared(made(rng)).short)
    gallery.add("mate", prepared(varied(template, rng, turn=0.5)).short)
    scores = gallery.scores(prepared(template).short)
    assert len(scores) == len(gallery) == 2 * SHORTLIST.block + 21
    assert gallery.identifiers[int(scores.argmax())] == "mate"


def test_removal_leaves_the_others_as_they_were(rng: np.random.Generator) -> None:
    """After removals every remaining identifier keeps its own score, over blocks that empty and vanish."""
    forms = _forms(rng, SHORTLIST.block + 3)
    gallery = ShortGallery()
    for number, form in enumerate(forms):
        gallery.add(number, form)
    before = dict(zip(gallery.identifiers, gallery.scores(forms[0]), strict=True))
    full = gallery.nbytes
    for number in (1, SHORTLIST.block + 2, 0, 7, SHORTLIST.block):
        gallery.remove(number)
        del before[number]
    after = dict(zip(gallery.identifiers, gallery.scores(forms[0]), strict=True))
    assert after == before
    assert gallery.nbytes < full


def test_removing_all_leaves_nothing(rng: np.random.Generator) -> None:
    """The last one out leaves an empty gallery that takes new ones."""
    form = _forms(rng, 1)[0]
    gallery = ShortGallery()
    gallery.add("a", form)
    gallery.remove("a")
    assert len(gallery) == 0
    assert gallery.nbytes == 0
    gallery.add("a", form)
    assert gallery.scores(form)[0] > 1


def test_both_ways_of_leading_agree_with_compare(rng: np.random.Generator, made: Make, prepared: Ready) -> None:
    """The two layouts of the product give the score of the finger that leads, to the last bit."""
    a, b = prepared(made(rng)), prepared(made(rng))
    one = search(a.short, b.short.vectors[:, None], b.short.places[:, None])[0]
    other = search(b.short, a.short.vectors[:, None], a.short.places[:, None], probe_leads=False)[0]
    assert one == other
    assert compare(a, b, Mode.SHORTLIST) in {
        float(one),
        float(search(b.short, a.short.vectors[:, None], a.short.places[:, None])[0]),
    }


def test_products_stay_exact_with_an_index_in_the_low_bits(rng: np.random.Generator) -> None:
    """Similarity and partner found by the packed product are those of whole-number arithmetic."""
    probe, other = _forms(rng, 2)
    product = probe.vectors.astype(np.int64) @ other.vectors.astype(np.int64).T
    from biometrics.fingerprint.shortlist import _winners, _workspace

    value, partner = _winners(probe.vectors, other.vectors[:, None], _workspace(1), probe_leads=True)
    assert np.array_equal(value[0], product.max(axis=1))
    assert np.array_equal(product[np.arange(len(product)), partner[0]], product.max(axis=1))


def test_the_stated_bytes_are_what_a_gallery_takes(rng: np.random.Generator) -> None:
    """A full block takes the stated bytes for each finger."""
    gallery = ShortGallery()
    for number, form in enumerate(_forms(rng, SHORTLIST.block)):
        gallery.add(number, form)
    assert gallery.nbytes == SHORT_BYTES * SHORTLIST.block
