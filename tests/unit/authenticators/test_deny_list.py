import random
from pathlib import Path

import pytest

from idp.authenticators.deny_list import MAX_UNSORTED, DenyListError, deny_list, folded
from idp.authenticators.password_rules import weakness


@pytest.fixture(scope="module")
def entries() -> list[str]:
    """More than 4 MB of made-up passwords, folded, of many lengths and scripts."""
    chance = random.Random(5)  # noqa: S311 - sample text
    letters = "abcdefghij0123456789 \u025b\u0254\u014b!"
    made = {"".join(chance.choices(letters, k=chance.randint(1, 30))) for _ in range(260_000)}
    return sorted(made, key=lambda text: text.encode())


@pytest.fixture(scope="module")
def large(entries: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those, one a line."""
    file = tmp_path_factory.mktemp("lists") / "large.txt"
    file.write_text("\n".join(entries) + "\n", encoding="utf-8")
    assert file.stat().st_size > MAX_UNSORTED
    return file


def test_a_large_list_is_searched_where_it_lies(large: Path, entries: list[str]) -> None:
    """Every thousandth entry, the first and the last are found; what is not in it is not, nor part of a line."""
    listed = deny_list(large)
    held = set(entries)
    assert all(listed(entry) for entry in (*entries[::1000], entries[0], entries[-1]))
    others = [entry + "q" for entry in entries[::1000]] + [entry[:-1] for entry in entries[::1000]]
    assert [listed(entry) for entry in others] == [entry in held for entry in others]
    assert not listed("")
    assert not listed(f"{entries[5]}\n{entries[6]}")


def test_a_large_list_without_a_last_line_end(large: Path, entries: list[str], tmp_path: Path) -> None:
    """The last entry counts either way."""
    file = tmp_path / "list.txt"
    file.write_bytes(large.read_bytes().rstrip(b"\n"))
    assert deny_list(file)(entries[-1])


def test_a_small_list_may_be_in_any_order_and_case(tmp_path: Path) -> None:
    """It is folded as it is read; Windows line ends do not matter."""
    file = tmp_path / "list.txt"
    file.write_bytes(b"Zebra Crossing\r\n\r\nblue KETTLE\r\n")
    listed = deny_list(file)
    assert listed(folded("zebra crossing"))
    assert listed(folded("Blue Kettle"))
    assert not listed("")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda lines: lines[::-1], "sorted"),
        (lambda lines: [line.upper() for line in lines], "sorted|folded"),
        (lambda lines: [line + b"\r" for line in lines], "plain line ends|sorted"),
        (lambda lines: [b"".join(lines)], "longer"),
        (lambda lines: [b"\xff" + line for line in lines], "UTF-8"),
    ],
)
def test_a_list_that_would_let_through_what_it_holds_is_refused(
    large: Path, tmp_path: Path, spoil: object, said: str
) -> None:
    """Not sorted, not folded, no lines, no UTF-8: the operator is told at the start."""
    assert callable(spoil)
    file = tmp_path / "list.txt"
    file.write_bytes(b"\n".join(spoil(large.read_bytes().split(b"\n")[:-1])))
    with pytest.raises(DenyListError, match=said):
        deny_list(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """With words that hold no path of the machine."""
    with pytest.raises(DenyListError) as caught:
        deny_list(tmp_path / "none.txt")
    assert str(tmp_path) not in str(caught.value)


def test_the_list_takes_the_place_of_our_own(tmp_path: Path) -> None:
    """What an operator lists is refused, what only ours lists is not; the habits of guessers still are."""
    file = tmp_path / "list.txt"
    file.write_text("paramount chief road", encoding="utf-8")
    listed = deny_list(file)
    assert weakness("Paramount Chief Road", listed=listed) == "common"
    assert weakness("Paramount Chief Road") is None
    assert weakness("password", listed=listed) == "common"
