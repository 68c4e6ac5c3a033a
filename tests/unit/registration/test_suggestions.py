"""User names made from names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.registration.suggestions import plain_username
from idp.subscribers.usernames import fold_username, unacceptable_username


@pytest.mark.parametrize(
    ("given_name", "family_name", "expected"),
    [
        ("Aminata", "Koroma", "aminata.koroma"),
        ("Fatmata Binta", "K\u0254r\u0254ma", "fatmata.koroma"),
        ("\u014b\u0254k\u025b", "", "ngoke"),
        ("Zo\u00eb", "d'Almeida", "zoe.dalmeida"),
        ("\u5c0f\u660e", "", ""),
    ],
)
def test_names_become_plain_letters(given_name: str, family_name: str, expected: str) -> None:
    """Letters of our languages as they are written where they are missing; nothing where none is Latin."""
    assert plain_username(given_name, family_name) == expected


@given(st.text(max_size=60), st.text(max_size=60), st.none() | st.integers(10, 999))
def test_a_suggestion_may_be_taken(given_name: str, family_name: str, number: int | None) -> None:
    """Whatever the names are, what is suggested is a user name that the directory accepts."""
    suggested = plain_username(given_name, family_name, number)
    if suggested:
        assert fold_username(suggested) == suggested
        assert unacceptable_username(suggested) is None
