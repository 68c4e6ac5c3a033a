import random
import string

import pytest

from idp.authenticators.password_rules import ALONE, LONGEST, SHORTEST, weakness


@pytest.mark.parametrize(
    "password",
    [
        "kettle on the blue hill",
        "Tropical-Mango-42-rain",
        "gR7#vw!pQ2zL",
        "ma\u00f1ana llueve poco",
        "\u0645\u0637\u0631 \u0639\u0644\u0649 \u0627\u0644\u062c\u0628\u0644",
        " spaces count too ",
    ],
)
def test_good_passwords_are_taken(password: str) -> None:
    """Long ones of any script, with no rule about signs or digits."""
    assert weakness(password, ["testa.person", "Testa Madeup Person"]) is None


@pytest.mark.parametrize(
    "password",
    [
        "sierra leone 2026", "liverpool fc 2026", "correct horse battery staple", "happy birthday to you",
        "Happy Birthday to you 1", "salone mi na salone", "bo kenema makeni", "wan wod sierra leone",
        "Sierraleone1961", "sierra leone 1961", "manchester united 12", "God is good all the time!",
    ],
)  # fmt: skip
def test_sayings_and_words_of_the_country_alone_are_refused(password: str) -> None:
    """For what they are, not as somebody's name: whoever is called Sierra hears the same."""
    assert weakness(password, ["testa.person", "Sierra Madeup"], ALONE) == "common"


@pytest.mark.parametrize(
    "password", ["makeni frogs argue at dusk", "my padi paints seven doors", "the liverpool tram was late again"]
)
def test_a_known_word_among_others_is_no_harm(password: str) -> None:
    """Only words that everybody knows, and nothing else, are refused."""
    assert weakness(password, ["testa.person"], ALONE) is None


@pytest.mark.parametrize("password", ["", "a", "kq7#vwz", "\ufb01" + "x9", "q" * (SHORTEST - 1)])
def test_short_ones_are_refused(password: str) -> None:
    """Below eight characters after NFKC."""
    assert weakness(password) == "short"


def test_a_password_that_stands_alone_is_longer() -> None:
    """Fifteen characters where nothing else is asked (SP 800-63B-4 section 3.1.1.2)."""
    assert weakness("quiet rain out", shortest=ALONE) == "short"
    assert weakness("quiet rain outs", shortest=ALONE) is None
    assert weakness("quiet rain out") is None


def test_length_is_judged_after_folding_and_before() -> None:
    """256 characters are the most, as typed and as compared: a sign may stand for many letters."""
    text = "".join(random.Random(7).choices(string.ascii_letters, k=LONGEST))  # noqa: S311 - sample text
    assert weakness(text) is None
    assert weakness(text + "x") == "long"
    assert weakness("\ufdfa" * 40) == "long"


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password1", "P@ssw0rd", "p4ssw0rd!", "drowssap", "12345678", "87654321", "123123123",
        "qwertyuiop", "1qaz2wsx", "qazwsxedc", "1q2w3e4r", "a1b2c3d4", "abcdefgh", "abcd1234", "aaaaaaaa",
        "abababab", "iloveyou", "Iloveyou2", "sunshine", "sunshine1!", "football", "liverpool1", "michael1",
        "jennifer", "michelle19870312", "princess1", "letmein123", "welcome2030", "admin123", "trustno1",
        "superman", "batman123", "dragon12", "Freetown2026", "salone123", "godisgood", "jesus123", "19870312",
        "17-05-1999", "+23276123456", "00000000", "summer2029!", "monkey!!1", "loveloveme", "basketba",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
    ],
)  # fmt: skip
def test_common_ones_are_refused(password: str) -> None:
    """What everybody thinks of first: words with decoration, runs, repetitions, dates and numbers."""
    assert weakness(password) == "common"


@pytest.mark.parametrize(
    "password",
    ["testa rides a bike", "my-Madeup-secret", "NID 4471-9932 zz", "the wangov way", "W4ng0v-river-tea", "T3st4 rides"],
)
def test_what_stands_for_the_person_is_refused(password: str) -> None:
    """Names, user name, number and the service's own name, in look-alike digits too."""
    about = ["testa.person", "Testa Madeup Person", "44719932", "4471-9932"]
    assert weakness(password, about) == "personal"


def test_short_name_parts_do_not_count() -> None:
    """A name of two letters is in every second sentence."""
    assert weakness("bottle by the window", ["Bo Ey"]) is None


def test_random_passwords_are_hardly_ever_refused() -> None:
    """The rules hit habits, not chance: one random text in a hundred of eight signs, one in five hundred of twelve."""
    chance = random.Random(11)  # noqa: S311 - sample text
    for letters, length, bound in ((string.ascii_letters + string.digits, 8, 50), (string.ascii_letters, 12, 10)):
        made = ("".join(chance.choices(letters, k=length)) for _ in range(5000))
        assert sum(weakness(password) is not None for password in made) < bound
