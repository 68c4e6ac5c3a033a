import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.register.names import MAX_WORDS, alike, jaro_winkler, name_score, one_edit, words_of

LETTERS = st.text("abcdekmnosy", min_size=1, max_size=9)

# Spellings of one name that are met side by side in this country and its neighbours.
VARIANTS = """
Kamara Camara|Sesay Sessay|Sesay Sisay|Jalloh Jallow|Jalloh Jaloh|Turay Touray|Mansaray Mansary|Fatmata Fatimata
Fatmata Fatumata|Kadiatu Kadijatu|Kadiatu Khadiatu|Mohamed Mohammed|Mohamed Muhamed|Ibrahim Ibraheem
Abubakarr Abubakar|Isatu Isata|Aminata Amienata|Tarawally Tarawallie|Tarawally Tarawalie|Swaray Swarray
Bangura Bangoura|Sannoh Sano|Sillah Silla|Kalokoh Kaloko|Fofanah Fofana|Alie Ali|Marrah Mara|Hawa Hawah|Sheku Shekou
Alhassan Alhasan|Dumbuya Doumbouya|Kabbah Kabba|Musa Moussa|Sulaiman Suleiman|Samura Samoura|Sallieu Saliu
Thomus Thomas|Fawundu Fawudu|Mariama Mariam|Kpɔsɔwa Kposowa|Ɛbu Ebu|Conteh Coneth
"""
# What the rule does not find, so that nobody believes it does.
MISSED = "Abdulai Abdoulaye|Foday Fode|Jeneba Zainab|Momodu Mamadu"


def pairs_of(table: str) -> list[tuple[str, str]]:
    """Two names each."""
    rows = table.replace("\n", "|").split("|")
    return [(left, right) for left, right in (row.split() for row in rows if row.strip())]


@pytest.mark.parametrize(("left", "right"), pairs_of(VARIANTS))
def test_variants_are_alike(left: str, right: str) -> None:
    """After folding, two spellings of one name are one word or alike."""
    assert alike(words_of(left)[0], words_of(right)[0])


@pytest.mark.parametrize(("left", "right"), pairs_of(MISSED))
def test_what_is_missed_is_known(left: str, right: str) -> None:
    """Spellings too far apart for the rule; biometrics find these people, names do not."""
    assert not alike(words_of(left)[0], words_of(right)[0])


@pytest.mark.parametrize(
    ("left", "right"),
    [("abi", "abu"), ("ba", "bai"), ("dan", "deen"), ("kamara", "koroma"), ("sia", "k"), ("k", "k a")],
)
def test_other_names_are_not_alike(left: str, right: str) -> None:
    """Very short words must be the same; an initial is like no whole word."""
    assert not alike(left, words_of(right)[0] if " " not in right else "ka")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("KAMARA", ("kamara",)),
        ("Bu-Buakei", ("bu", "buakei")),
        ("N'Gowahun", ("ngowahun",)),
        ("Sannoh", ("sano",)),
        ("Bah", ("ba",)),
        ("Oh", ("oh",)),
        ("Ŋaima Ɔla", ("ngaima", "ola")),
        ("  Fatmata   M. ", ("fatmata", "m")),
        ("José é", ("jose", "e")),
        ("-", ()),
        ("", ()),
    ],
)
def test_words_are_folded(typed: str, words: tuple[str, ...]) -> None:
    """Case, accents, letters of our languages, doubled letters, a final h and joining marks make no difference."""
    assert words_of(typed) == words


def test_words_are_few_and_short() -> None:
    """No typed text makes more than six words of thirty letters: what is stored of a name is bounded."""
    long = words_of(" ".join(f"{letter}{'xy' * 40}" for letter in "abcdefghij"))
    assert len(long) == MAX_WORDS
    assert max(map(len, long)) == 30


def test_jaro_winkler_is_as_published() -> None:
    """The examples of Winkler's paper, to three places."""
    for left, right, value in (("martha", "marhta", 0.961), ("dwayne", "duane", 0.840), ("dixon", "dicksonx", 0.813)):
        assert round(jaro_winkler(left, right), 3) == value


@given(LETTERS, LETTERS)
def test_likeness_has_no_direction(left: str, right: str) -> None:
    """What is compared with what makes no difference, and everything is like itself."""
    assert alike(left, right) is alike(right, left)
    assert alike(left, left)
    assert jaro_winkler(left, right) == pytest.approx(jaro_winkler(right, left))
    assert 0 <= jaro_winkler(left, right) <= 1


@given(LETTERS, st.data())
def test_one_edit_is_found(word: str, data: st.DataObject) -> None:
    """A letter left out, put in or replaced, anywhere."""
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abz"))
    assert one_edit(word, word[:place] + word[place + 1 :])
    assert one_edit(word, word[:place] + letter + word[place:])
    assert one_edit(word, word[:place] + letter + word[place + 1 :])
    assert not one_edit(word, word + "zz")


@given(st.lists(LETTERS, max_size=4), st.lists(LETTERS, max_size=4))
def test_scores_have_bounds_and_no_direction(left: list[str], right: list[str]) -> None:
    """Between 0 and 1, the same both ways, and whole for a name and itself in another order."""
    one, other = words_of(*left), words_of(*right)
    assert 0 <= name_score(one, other) <= 1
    whole = [word for word in one if len(word) > 1]
    if len(set(whole)) == len(one) and one:
        assert name_score(one, tuple(reversed(one))) >= 0.95


@pytest.mark.parametrize(
    ("left", "right", "least", "most"),
    [
        ("Fatmata Momoh", "Momoh Fatmata", 1.0, 1.0),
        ("Fatmata M. Momoh", "Fatmata Momoh", 0.9, 0.99),
        ("F. Momoh", "Fatmata Momoh", 0.9, 0.95),
        ("Abu Bakarr Kamara", "Abubakarr Kamara", 0.95, 1.0),
        ("Bah Kadijatu", "Bah Kadiatu", 0.95, 0.99),
        ("Sia Coneth", "Sia Conteh", 0.95, 0.99),
        ("Kamara", "Mohamed Kamara", 0.0, 0.75),
        ("Mohamed Kamara", "Mohamed Sesay", 0.0, 0.5),
        ("F. M.", "Fatmata Momoh", 0.0, 0.0),
        ("", "Fatmata", 0.0, 0.0),
    ],
)
def test_whole_names(left: str, right: str, least: float, most: float) -> None:
    """Order is nothing, a left-out second name little, another name much; initials alone say nothing."""
    assert least <= name_score(words_of(left), words_of(right)) <= most
