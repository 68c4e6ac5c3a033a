import subprocess
import sys
import time

import pytest

from idp.authenticators.password_advice import ADVICE, advice, guesses
from idp.authenticators.password_rules import GUESSES_ALONE, GUESSES_BESIDE
from tests.architecture.tree import ROOT


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("iloveyou", "known"),
        ("zxcvfr5tgbnhy", "keys"),
        ("hhhhhhhhhhhhhhhh", "repeated"),
        ("abcdefghijklmnop", "sequence"),
        ("17-05-1999", "date"),
        ("testaperson", "yours"),
        ("sierraleone1961", "local"),
    ],
)
def test_what_makes_a_password_weak_is_told(password: str, told: str) -> None:
    """As one code for which the page has words."""
    assert advice(password, ["testaperson"]) == told


@pytest.mark.parametrize(
    "password",
    ["sierra leone 2026", "password123456789", "1234 5678 9101 112", "wanwodsierraleone", "qwerty qwerty qwerty"],
)
def test_few_guesses_find_what_is_put_together_from_known_parts(password: str) -> None:
    """Spaces between the parts hide nothing."""
    assert guesses(password) < GUESSES_ALONE


@pytest.mark.parametrize("password", ["kettle on the blue hill", "four wet umbrellas", "quiet rain on tin roofs"])
def test_words_that_nobody_puts_together_take_many(password: str) -> None:
    """Three or four of them are enough."""
    assert guesses(password) >= GUESSES_ALONE


def test_less_is_enough_beside_a_second_factor() -> None:
    """A short password of chance alone."""
    assert GUESSES_BESIDE <= guesses("wet tin hat") < GUESSES_ALONE


def test_what_is_known_of_the_person_is_guessed_first() -> None:
    """Their words count as nothing."""
    assert guesses("zanzibrook quolia", ["zanzibrook", "quolia"]) < guesses("zanzibrook quolia") / 1000


def test_nothing_is_told_where_nothing_stands_out() -> None:
    """Chance has no pattern."""
    assert advice("v9#Xq!0wZt") is None


def test_every_code_has_words_on_the_page() -> None:
    """The closed list and the page are one."""
    page = (ROOT / "templates/account/password.html").read_text(encoding="utf-8")
    assert [code for code in set(ADVICE.values()) if f'"{code}": _(' not in page] == []


def test_a_long_text_takes_no_longer_than_a_short_one() -> None:
    """Only the beginning is read: 1 000 characters, the worst kind included, in less than half a second."""
    advice("warm up")
    started = time.thread_time()
    advice("aA1!" * 250, ["word " * 400])
    assert time.thread_time() - started < 0.5


def test_no_web_worker_loads_it_at_its_start() -> None:
    """Importing the page's module leaves the library outside."""
    program = "import sys, idp.web.account.password; sys.exit('zxcvbn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
