import subprocess
import sys
import time

import pytest

from idp.authenticators.password_advice import ADVICE, advice
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
    ],
)
def test_what_makes_a_password_weak_is_told(password: str, told: str) -> None:
    """As one code for which the page has words."""
    assert advice(password, ["testaperson"]) == told


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
