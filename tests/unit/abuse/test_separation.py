import numpy as np
import pytest

from tests.abuse.separation import Seen, area_of

HEADERS = ("content-type=text/html", "cache-control=no-store")


def answers(count: int, seed: int, *, slower: float = 0.0, size: int = 5000, words: str = "wrong") -> list[Seen]:
    """Answers that differ by chance, and by what is asked for."""
    generator = np.random.default_rng(seed)
    times = generator.lognormal(-3.5, 0.2, count) + slower
    sizes = size + generator.integers(0, 3, count)
    return [
        Seen(float(seconds), 400, int(length), HEADERS, ("the", words, "way"))
        for seconds, length in zip(times, sizes, strict=True)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_equal_answers_cannot_be_told_apart(seed: int) -> None:
    """Of two samples of one kind the area is near one half."""
    area = area_of(answers(600, 2 * seed), answers(600, 2 * seed + 1))
    assert 0.44 < area.value < 0.56


@pytest.mark.parametrize("difference", [{"slower": 0.01}, {"size": 5003}, {"words": "unknown"}])
def test_a_difference_is_found(difference: dict[str, float | int | str]) -> None:
    """A third of the time's spread, three bytes, or one other word give a kind away."""
    area = area_of(answers(400, 1), answers(400, 2, **difference))  # type: ignore[arg-type]  # one value each
    assert area.value > 0.6
    assert not area.tells_nothing


def test_the_interval_holds_the_value() -> None:
    """The interval is around the value, and narrower with more samples."""
    few, many = (area_of(answers(count, 1), answers(count, 2)) for count in (100, 1000))
    for area in (few, many):
        assert area.low < area.value < area.high
    assert many.high - many.low < few.high - few.low
