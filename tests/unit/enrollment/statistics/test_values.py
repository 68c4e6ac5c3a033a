"""Months, ages, charts and files of the dashboards."""

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.statistics import AGES, Month, Row, Table, month_of
from enrollment.statistics.measures import age_band
from enrollment.statistics.months import months_until
from enrollment.statistics.tables import apart, counted, means, shares, told, told_shares
from enrollment.web.statistics.charts import chart_of
from enrollment.web.statistics.files import as_csv

TODAY = dt.date(2030, 1, 15)


def test_months_follow_each_other_without_a_gap_or_overlap() -> None:
    """The day after the last of one is the first of the next; the newest comes first."""
    months = months_until(TODAY)
    assert (months[0].text, months[-1].text, len(months)) == ("2030-01", "2029-01", 13)
    assert [older.after for older in months[1:]] == [month.first for month in months[:-1]]


@pytest.mark.parametrize("typed", ["", "2031-01", "2028-12", "2029-13", "x", "2029-1", "\u0662\u0660\u0662\u0669-01"])
def test_a_month_that_is_not_offered_is_this_one(typed: str) -> None:
    """Whatever stands in the address."""
    assert month_of(typed, TODAY).text == "2030-01"


def test_a_month_is_over_a_day_after_its_last() -> None:
    """Late entries have a day to arrive."""
    december = month_of("2029-12", TODAY)
    assert not december.over(dt.date(2030, 1, 1))
    assert december.over(dt.date(2030, 1, 2))
    assert not month_of("", TODAY).over(TODAY)


@pytest.mark.parametrize(
    ("year", "band"),
    [(2030, "0-4"), (2026, "0-4"), (2025, "5-14"), (2015, "15-24"), (1990, "40-59"), (1970, "60+"), (1885, "60+")],
)
def test_age_bands(year: int, band: str) -> None:
    """By the year of birth alone."""
    assert age_band(year, TODAY) == band
    assert band in AGES


@pytest.mark.parametrize("year", [None, 2031, 1700])
def test_an_age_that_cannot_be_is_not_known(year: int | None) -> None:
    """Rather than in a group that it does not belong to."""
    assert age_band(year, TODAY) == ""


def test_tables_hide_a_mean_of_few_and_a_share_that_tells() -> None:
    """A mean with its count, told in tens; a share with part or rest that are few, and what would tell it."""
    assert means("waits", "wait", "h", {"a": (9, 90.0), "b": (10, 90.0), "c": (14, 28.0), "d": (45, 45.0)}).rows == (
        Row("a", None, None, hidden=True),
        Row("b", 10, 9.0),
        Row("c", 10, 2.0),
        Row("d", 50, 1.0),
    )
    assert told_shares(
        "x", "exception", {"a": (20, 80), "b": (None, 95), "c": (95, None), "d": (0, 100)}, 100
    ).rows == (
        Row("a", 100, 20.0),
        Row("b", 100, None, hidden=True),
        Row("c", 100, None, hidden=True),
        Row("d", 100, 0.0),
    )
    assert told_shares("x", "exception", {"a": (20, 80)}, None).rows == (Row("a", None, None, hidden=True),)
    assert told_shares("x", "exception", {"a": (0, 0)}, 0).rows == (Row("a", 0),)
    assert told("steps", "step", {"a": None, "b": 30}) == apart("steps", "step", {"a": 3, "b": 30})
    rows = shares("x", "sex", {"a": 20, "b": 3, "c": 40}, {"a": 100, "b": 100, "c": 50}).rows
    assert [(row.count, row.figure, row.hidden) for row in rows] == [
        (100, None, True),
        (100, None, True),
        (50, 80.0, False),
    ]
    assert apart("steps", "step", {"a": 3, "b": 30}).rows == (Row("a", None, hidden=True), Row("b", 30))
    assert counted("issued", "sex", {"a": 0, "b": 0}).empty


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 10**7), min_size=1, max_size=20))
def test_every_bar_stays_on_its_axis(counts: dict[str, int]) -> None:
    """No bar is longer than the axis or shorter than nothing, and none stands on another."""
    chart = chart_of(counted("x", "step", counts))
    assert all(0 <= bar.width <= chart.ticks[-1][0] - chart.left + 0.1 for bar in chart.bars)
    assert len({bar.y for bar in chart.bars}) == len(counts)
    assert all(bar.words == "" for bar in chart.bars if bar.hidden)


def test_a_file_says_what_is_hidden() -> None:
    """The same rows as the page, one line each; a figure of few is hidden with its count."""
    tables = [
        counted("issued_sex", "sex", {"female": 3, "male": 30, "": 40}),
        means("waits", "wait", "h", {"=review": (12, 25.0), "register": (2, 1.0)}),
        Table("none", "step", "", ()),
    ]
    rows = list(csv.reader(io.StringIO(as_csv(Month(2029, 12), tables))))
    assert rows[1:] == [
        ["2029-12", "issued_sex", "female", "hidden", "", ""],
        ["2029-12", "issued_sex", "male", "hidden", "", ""],
        ["2029-12", "issued_sex", "not_known", "40", "", ""],
        ["2029-12", "waits", "'=review", "10", "2.1", "h"],
        ["2029-12", "waits", "register", "hidden", "hidden", "h"],
    ]
