"""The page of abuse cases says what the tests do: no case is forgotten, none is called tested that is not."""

from __future__ import annotations

from tests.architecture.abuse import NUMBERS, PAGE, Case, Mention, cases, mentions, page, state_problems


def test_page_is_what_the_tests_say() -> None:
    """docs/abuse-cases.md is up to date: run `python -m tests.architecture.reference` after naming a case."""
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.architecture.reference"


def test_every_named_case_exists() -> None:
    """A docstring names no case that there is not, nor one with too few or too many digits."""
    known = {f"AC-{number:03}" for number in NUMBERS}
    assert not [f"{mention}: {identifier}" for identifier, mention in mentions() if identifier not in known]


def test_every_case_has_one_state_that_holds() -> None:
    """All 134 once; whatever is not out of reach has a test."""
    assert state_problems(cases()) == []


def test_states_that_cannot_be_are_found() -> None:
    """No test, none on a running server, two states, left out: problems. A bare case with such a test is none."""
    found = cases()
    found["AC-001"] = Case("AC-001", "s", "t")
    found["AC-002"] = Case("AC-002", "s", "t", missing="m", feature="f")
    found["AC-003"] = Case("AC-003", "s", "t", tests=[Mention("tests/unit/x.py", "test_x")])
    found["AC-004"] = Case("AC-004", "s", "t", tests=[Mention("tests/abuse/x.py", "test_x")])
    del found["AC-134"]
    problems = state_problems(found)
    assert len(problems) == 4
    assert "AC-134" in problems[0]
    assert "AC-001 is called tested" in problems[1]
    assert "AC-002 has two states" in problems[2]
    assert "AC-003 is called tested, but no test on a running server" in problems[3]


def test_titles_are_short() -> None:
    """A title says in a few words what is tried, without the table's own signs."""
    for case in cases().values():
        text = f"{case.title}{case.state}"
        assert 10 <= len(case.title) <= 80, case.identifier
        assert "|" not in text
        assert "\n" not in text
