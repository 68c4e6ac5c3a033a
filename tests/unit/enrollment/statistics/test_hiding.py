"""Small counts are hidden, and cannot be had by subtraction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.statistics.hiding import FEWEST, shown_counts, shown_grid, shown_share

COLUMNS = st.dictionaries(st.sampled_from("abcdefgh"), st.one_of(st.integers(0, 15), st.integers(0, 3000)), min_size=1)


@pytest.mark.parametrize(
    ("counts", "shown", "total"),
    [
        ({"a": 12, "b": 30}, {"a": 12, "b": 30}, 42),
        ({"a": 0, "b": 30}, {"a": 0, "b": 30}, 30),
        ({"a": 3, "b": 30}, {"a": None, "b": None}, 33),
        ({"a": 3, "b": 30, "c": 20}, {"a": None, "b": 30, "c": None}, 53),
        ({"a": 3, "b": 4, "c": 20, "d": 30}, {"a": None, "b": None, "c": None, "d": 30}, 57),
        ({"a": 9, "b": 9, "c": 20}, {"a": None, "b": None, "c": 20}, 38),
        ({"a": 3, "b": 0}, {"a": None, "b": None}, None),
        ({"a": 9}, {"a": None}, None),
        ({"a": 10}, {"a": 10}, 10),
        ({"a": 0}, {"a": 0}, 0),
    ],
)
def test_what_is_hidden(counts: dict[str, int], shown: dict[str, int | None], total: int | None) -> None:
    """Below ten, and the smallest other one where the sum would tell it."""
    assert shown_counts(counts) == (shown, total)


@given(COLUMNS)
def test_nothing_hidden_can_be_subtracted(counts: dict[str, int]) -> None:
    """No small count is shown; with the sum, what is hidden is two groups or more, of ten people or more together."""
    shown, total = shown_counts(counts)
    assert all(count is None or count == 0 or count >= FEWEST for count in shown.values())
    assert all(count is None or count == counts[name] for name, count in shown.items())
    hidden = [name for name, count in shown.items() if count is None]
    if hidden and total is not None:
        rest = total - sum(count for count in shown.values() if count is not None)
        assert len(hidden) >= 2
        assert rest >= FEWEST
    if total is not None:
        assert total == sum(counts.values())


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_tells_no_small_count(part: int, rest: int) -> None:
    """A share is shown where part and rest both are nobody, or ten at least."""
    share = shown_share(part, part + rest)
    if share is not None:
        assert part in {0, *range(10, 61)}
        assert rest in {0, *range(10, 61)}
        assert share == part / (part + rest)


def test_where_there_is_nothing_there_is_no_share() -> None:
    """Nothing is divided by nothing."""
    assert shown_share(0, 0) is None
    assert shown_share(0, 10) == 0


@given(
    st.lists(st.tuples(*[st.one_of(st.integers(0, 15), st.integers(0, 3000))] * 4), min_size=1, max_size=6),
    st.booleans(),
)
def test_nothing_hidden_of_a_place_is_the_country_less_the_others(rows: list[tuple[int, ...]], summed: bool) -> None:
    """Along every line whose sum is shown: none hidden, or two at least and ten people together; no small count."""
    counts = {str(place): dict(zip("abcd", row, strict=True)) for place, row in enumerate(rows)}
    grid = shown_grid(counts, summed_places=summed)
    assert all(count is None or count == 0 or count >= FEWEST for row in grid.cells.values() for count in row.values())
    lines = [([(place, name) for place in counts], grid.names[name]) for name in "abcd"]
    if summed:
        lines += [([(place, name) for name in "abcd"], grid.places[place]) for place in counts]
    for cells, total in lines:
        assert total is None or total == sum(counts[place][name] for place, name in cells)
        hidden = [counts[place][name] for place, name in cells if grid.cells[place][name] is None]
        if hidden and total is not None:
            assert len(hidden) >= 2
            assert sum(hidden) >= FEWEST
    shown = {(place, name): count for place, row in grid.cells.items() for name, count in row.items()}
    assert all(count is None or count == counts[place][name] for (place, name), count in shown.items())


def test_a_cover_that_bares_another_line_is_covered_too() -> None:
    """Four places; one small count takes a second of its column, and each of these one of its own place."""
    counts = {place: {"a": 20, "b": 40, "c": 60} for place in "wxyz"}
    counts["w"]["a"] = 3
    grid = shown_grid(counts)
    hidden = {(place, name) for place, row in grid.cells.items() for name, count in row.items() if count is None}
    assert hidden == {("w", "a"), ("x", "a"), ("w", "b"), ("x", "b")}
    assert (grid.names, grid.places["w"]) == ({"a": 63, "b": 160, "c": 240}, 103)
    apart = shown_grid(counts, summed_places=False)
    assert [apart.of(place)["a"] for place in "wxyz"] == [None, None, 20, 20]
    assert apart.of(None) == {"a": 63, "b": 160, "c": 240}
    assert apart.of("w")["b"] == 40


def test_a_single_place_is_the_country() -> None:
    """What is hidden of it is hidden of all; where nothing is counted nothing is hidden."""
    grid = shown_grid({"x": {"a": 3, "b": 40, "c": 50}})
    assert (grid.of(None), grid.of("x")) == ({"a": None, "b": None, "c": 50}, {"a": None, "b": None, "c": 50})
    assert shown_grid({"x": {"a": 0, "b": 0}}).of(None) == {"a": 0, "b": 0}
    assert shown_grid({}).of(None) == {}
