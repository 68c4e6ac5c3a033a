import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.subscribers.folding import fold_name, search_forms, sort_key


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("K\u0254mba", "komba"),
        ("S\u025bl\u00ed", "seli"),
        ("\u014aba\u014ba", "ngbanga"),
        ("B\u0259nd\u0259", "bende"),
        ("Fatu\u0300 D'Alie", "FATU d\u2019alie"),
        ("Zo\u00eb", "zoe"),
        ("  Mari   J\u00fcrgen ", "mari jurgen"),
        ("\u0186fi", "ofi"),
        ("\u0190dwin", "edwin"),
        ("\uff2bomba", "Komba"),
    ],
)
def test_a_name_is_found_from_any_keyboard(written: str, typed: str) -> None:
    """Letters that a keyboard lacks, accents, capitals, apostrophes and spaces do not tell two spellings apart."""
    assert fold_name(written) == fold_name(typed)


@pytest.mark.parametrize(("one", "other"), [("Kamara", "Kamanda"), ("Sesay", "Sisay"), ("Ngo", "Nago")])
def test_other_names_stay_other_names(one: str, other: str) -> None:
    """Folding takes away how a name is written, not what it is."""
    assert fold_name(one) != fold_name(other)


def test_a_list_stands_in_one_order() -> None:
    """Spellings of one name stand together, open vowels and eng among e, o and ng, whatever order the list came in."""
    expected = ["Edwin", "\u0190dwin", "Kemoh", "K\u025bmoh", "Ngegba", "\u014aegba", "Oba", "\u0186ba", "Sesay"]
    for seed in range(20):
        names = list(expected)
        random.Random(seed).shuffle(names)  # noqa: S311 - an order to undo
        assert sorted(names, key=sort_key) == expected


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    """The form is a form: no spelling of it is another one."""
    assert fold_name(fold_name(text)) == fold_name(text)


def test_only_what_is_recorded_has_a_form() -> None:
    """Three claims can be searched for."""
    told = {"name": "K\u0254mba", "email": "A@B.example ", "gender": "female"}
    assert dict(search_forms(told)) == {"name": "komba", "email": "a@b.example"}
