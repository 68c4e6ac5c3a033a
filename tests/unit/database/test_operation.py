"""Operations as values: what may be stored, who may share a batch, and whose row is whose."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from idp.database.operation import Operation, Row, Statement, Unit, array, choose, distribute, group

STATEMENTS = {name: Statement(name, f"select {name}") for name in "abc"}


def _unit(*operations: Operation) -> Unit:
    return Unit(operations)


@pytest.mark.parametrize(
    "value", ["a\x00b", "\x00", "\\\x00", "\ud800", "x\udfff", float("nan"), float("inf"), {"deep": ["\x00"]}]
)
def test_what_postgresql_cannot_store_fails_before_it_is_queued(value: object) -> None:
    """NUL, lone surrogates and numbers that are not finite fail their own request, not a batch."""
    with pytest.raises(ValueError, match=r"NUL|surrogates|JSON compliant"):
        Operation(STATEMENTS["a"], {"value": value})


def test_the_text_of_a_refused_value_is_not_repeated() -> None:
    """The error names the statement alone."""
    with pytest.raises(ValueError, match="NUL in an item of a") as caught:
        Operation(STATEMENTS["a"], {"value": "secret-marker\x00"})
    assert "secret-marker" not in str(caught.value)


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")) | st.text(
    st.sampled_from("\\u0"), max_size=12
)


@given(_texts)
@example("\\u0000")
@example("\\\\u0000 and \\u0000")
def test_every_other_text_is_taken_as_it_is(text: str) -> None:
    """Backslashes and the letters of an escape are text like any other."""
    assert json.loads(Operation(STATEMENTS["a"], {"text": text}).text) == {"text": text}


_operations = st.builds(
    lambda name, key: Operation(STATEMENTS[name], {"n": 1}, key),
    st.sampled_from("abc"),
    st.none() | st.sampled_from("xyz"),
)
_units = st.lists(st.lists(_operations, max_size=3), max_size=12).map(
    lambda lists: [_unit(*operations) for operations in lists]
)


@given(_units)
def test_a_batch_never_holds_a_key_twice_and_nobody_overtakes(units: list[Unit]) -> None:
    """Units of one key go one after the other, in the order they came; the first of all is never held back."""
    batch, held = choose(units)
    keys = [key for unit in batch for key in unit.keys]
    assert len(keys) == len(set(keys))
    assert sorted(map(id, batch + held)) == sorted(map(id, units))
    assert not units or batch[0] is units[0]
    for waiting in held:
        before = units[: units.index(waiting)]
        assert any(unit.keys & waiting.keys for unit in before)
    for going in batch:
        earlier = units[: units.index(going)]
        assert not any(unit.keys & going.keys for unit in earlier)


def test_shared_keys_order_rows_and_keep_nobody_waiting() -> None:
    """Operations that only read under a key may share a batch with each other, in the order of their keys."""
    units = [_unit(Operation(STATEMENTS["a"], {"key": key}, key, shared=True)) for key in "yxy"]
    batch, held = choose(units)
    assert (batch, held) == (units, [])
    (_, entries) = group(batch)["a"]
    assert [operation.key for _, _, operation in entries] == ["x", "y", "y"]


@given(_units)
def test_every_operation_gets_its_own_row(units: list[Unit]) -> None:
    """However operations are grouped and sorted, the row of an ordinality reaches the operation it stands for."""
    groups = group(units)
    assert list(groups) == sorted(groups)
    fetched: dict[str, list[Row]] = {}
    for name, (_, entries) in groups.items():
        assert len(json.loads(array(entries))) == len(entries)
        keys = [entry[2].key or "" for entry in entries]
        assert keys == sorted(keys)
        fetched[name] = [(number, id(entry[2])) for number, entry in enumerate(entries, 1)]
    for unit, rows in zip(units, distribute(units, groups, fetched), strict=True):
        assert rows == [(id(operation),) for operation in unit.operations]


def test_an_operation_without_a_row_gets_none() -> None:
    """A statement that matched nothing says so by silence."""
    unit = _unit(Operation(STATEMENTS["a"], {}), Operation(STATEMENTS["a"], {}))
    groups = group([unit])
    assert distribute([unit], groups, {"a": [(2, "row")]}) == [[None, ("row",)]]
