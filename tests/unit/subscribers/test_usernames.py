import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.subscribers.usernames import MAX_TYPED, fold_username, skeleton, unacceptable_username


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  Testa.Person ", "testa.person"),
        ("TESTA@PEOPLE.EXAMPLE", "testa@people.example"),
        ("testa\uff20people.example", "testa@people.example"),
        ("\uff34\uff25\uff33\uff34\uff21", "testa"),
        ("A\u0308ssa", "\u00e4ssa"),
        ("Stra\u00dfe", "strasse"),
        ("123 456", "123 456"),
    ],
)
def test_spellings_of_one_name_fold_together(typed: str, folded: str) -> None:
    """AC-130: case, width, composition and surrounding spaces do not make another name."""
    assert fold_username(typed) == folded


@pytest.mark.parametrize("typed", ["", "   ", "a" * (MAX_TYPED + 1), "a" * 129, "\ufdfa" * 256])
def test_nobody_is_called_that(typed: str) -> None:
    """Empty and over-long names are not looked up at all."""
    assert fold_username(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "t\u0435sta",  # Cyrillic e
        "test\u03b1",  # Greek alpha
        "te\u200bsta",
        "te\u200dsta",
        "te\u00adsta",
        "te\u202esta",
        "te sta",
        "te\tsta",
        "te\x00sta",
        "te\ud800sta",
        "test\u0251",  # Latin alpha
        "t\u0131m",  # dotless i
        "te\u0301\u0323sta",
        "\u0301testa",
        "testa|x",
        "testa<b>",
        "\u0661\u0662\u0663",
        "\u540d\u524d",
    ],
)
def test_confusable_and_invisible_characters_are_refused(typed: str) -> None:
    """AC-130: other scripts, look-alikes, invisible, control and direction characters make no user name."""
    folded = fold_username(typed)
    assert folded is not None
    assert unacceptable_username(folded) is not None


@pytest.mark.parametrize(
    "typed",
    ["testa", "1029384756", "testa+tax@people.example", "a\u00efssata", "\u0254\u025b\u014b", "o-l_d.1"],
)
def test_ordinary_names_may_be_taken(typed: str) -> None:
    """Letters of the Latin script, accents included, digits and the signs of an e-mail address."""
    folded = fold_username(typed)
    assert folded is not None
    assert unacceptable_username(folded) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("testa", "t\u00e9sta"),
        ("person0", "persono"),
        ("person1", "personl"),
        ("barn", "bam"),
        ("vvoman", "woman"),
        ("\u015farki", "\u0219arki"),
        ("s\u00f8ren", "soren"),
    ],
)
def test_names_that_look_the_same_share_a_skeleton(one: str, other: str) -> None:
    """AC-130: of two names that people could mistake for each other only one can be taken."""
    assert one != other
    assert skeleton(one) == skeleton(other)


def test_numbers_keep_apart() -> None:
    """Two numbers of which one digit differs never share a skeleton: register numbers are user names too."""
    assert len({skeleton(f"{number:04}") for number in range(10_000)}) == 10_000


@given(st.text())
def test_folding_is_stable(typed: str) -> None:
    """Folding what was folded changes nothing."""
    folded = fold_username(typed)
    assert folded is None or fold_username(folded) == folded


@given(st.text())
def test_an_acceptable_name_has_a_stable_skeleton(typed: str) -> None:
    """The skeleton of a name that may be taken is never empty and is its own skeleton."""
    folded = fold_username(typed)
    if folded is not None and unacceptable_username(folded) is None:
        assert skeleton(folded)
        assert skeleton(skeleton(folded)) == skeleton(folded)
