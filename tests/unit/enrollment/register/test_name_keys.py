from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from enrollment.register.name_keys import asked_digests, stored_digests
from enrollment.register.names import first_letter, words_of
from tests.factories.keys import purpose_keys
from tests.factories.register import facts
from tests.unit.enrollment.register.test_names import VARIANTS, pairs_of

KEYS = purpose_keys()
WORDS = st.text("abdefgiklmnorstuw", min_size=3, max_size=9)


def meets(stored: dict[str, Any], asked: dict[str, Any], years: int = 1) -> bool:
    """True when somebody stored so is found by whoever asks so."""
    held = stored_digests(KEYS, facts(**stored))
    return not set(held).isdisjoint(asked_digests(KEYS, facts(**asked), years))


def test_every_variant_is_found() -> None:
    """With another name of the person's beside it, each pair of spellings shares a digest."""
    for left, right in pairs_of(VARIANTS):
        assert meets({"family_name": left, "given_names": "Testa"}, {"family_name": right, "given_names": "Testa"}), (
            left,
            right,
        )


def test_both_names_may_vary() -> None:
    """One letter in each."""
    assert meets(
        {"family_name": "Sesay", "given_names": "Fatmata"}, {"family_name": "Sisay", "given_names": "Fatimata"}
    )


@given(WORDS, WORDS, st.data())
def test_one_edit_in_a_name_is_found(given_name: str, family: str, data: st.DataObject) -> None:
    """Wherever the letter is that is left out, put in, replaced or swapped with its neighbour."""
    words = words_of(given_name, family)
    if len(words) < 2:
        return
    place = data.draw(st.integers(0, len(family) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                family[:place] + family[place + 1 :],
                family[:place] + "o" + family[place:],
                family[:place] + "o" + family[place + 1 :],
                family[:place] + family[place + 1 : place + 2] + family[place] + family[place + 2 :],
            ]
        )
    )
    other = words_of(given_name, changed)
    same_sound = len(other) > 1 and first_letter(other[1]) == first_letter(words[1])
    if same_sound or _one_left_out(words[1], other[-1]):
        assert meets(
            {"family_name": family, "given_names": given_name}, {"family_name": changed, "given_names": given_name}
        )


def _one_left_out(left: str, right: str) -> bool:
    def shorter(word: str) -> set[str]:
        return {word, *(word[:cut] + word[cut + 1 :] for cut in range(len(word)))}

    return len(right) > 1 and not shorter(left).isdisjoint(shorter(right))


def test_initials_and_order() -> None:
    """An initial finds the name that it stands for, and the order of names is nothing."""
    assert meets({"family_name": "Momoh", "given_names": "Fatmata"}, {"family_name": "Momoh", "given_names": "F."})
    assert meets({"family_name": "Momoh", "given_names": "F"}, {"family_name": "Momoh", "given_names": "Fatmata"})
    assert meets({"family_name": "Momoh", "given_names": "Fatmata"}, {"family_name": "Fatmata", "given_names": "Momoh"})


def test_only_among_those_who_may_be_meant() -> None:
    """Another sex, or a year further away, is not found; a person without a recorded sex is found under each."""
    assert meets({"birth_date": "1990"}, {"birth_date": "1991-12-31"})
    assert not meets({"birth_date": "1990"}, {"birth_date": "1992-01-01"})
    assert meets({"birth_date": "1990"}, {"birth_date": "1992"}, years=2)
    assert not meets({"sex": "female"}, {"sex": "male"})
    assert meets({"sex": "unspecified"}, {"sex": "male"})
    assert meets({"sex": "male"}, {"sex": "unspecified"})


def test_one_name_is_found_by_one_name() -> None:
    """Somebody with one name is found under it, and not among all who bear it with another."""
    alone = {"family_name": "Sampleton", "given_names": None}
    assert meets(alone, alone | {"family_name": "Sampletn"})
    assert not meets(alone, {"family_name": "Sampleton", "given_names": "Testa"})


def test_other_keys_share_nothing() -> None:
    """Digests of two installations, or of two years and sexes, are strangers to each other."""
    held = set(stored_digests(KEYS, facts()))
    assert held.isdisjoint(stored_digests(purpose_keys(), facts()))
    assert held.isdisjoint(stored_digests(KEYS, facts(birth_date="1991")))
    assert held.isdisjoint(stored_digests(KEYS, facts(sex="male")))


def test_digests_are_sorted_and_few() -> None:
    """The order tells nothing of the name; a long name has a few hundred at most."""
    held = stored_digests(KEYS, facts(given_names="Testa Binta"))
    assert held == sorted(set(held))
    assert 20 <= len(held) <= 60
    longest = " ".join(f"{letter}bcdefghijklmnopqrstuvwxyz" for letter in "aeious")
    assert len(stored_digests(KEYS, facts(given_names=longest[:90]))) < 800
