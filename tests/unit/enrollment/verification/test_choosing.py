"""By which engine somebody is compared: always one, the one that counts unless it lacks what is shown."""

from uuid import UUID

from enrollment.capture import Position
from enrollment.verification.choosing import choice
from enrollment.verification.enrolled import Held

INDEX, THUMB = Position.RIGHT_INDEX, Position.LEFT_THUMB
OLD, NEW = "old", "new"


def held(position: Position, number: int, engine: str, *, impression: int = 1, left: bool = False) -> Held:
    """A sample that was entered by the old engine; the object of an engine says which."""
    objects = {OLD: UUID(int=number), NEW: UUID(int=number + 100)}
    return Held(
        position, impression, objects[engine], 70, "T", None, engine, (OLD, objects[OLD]), UUID(int=number), left
    )


def objects(templates: list[Held]) -> tuple[str, list[int]]:
    """The engine that was chosen, and which objects."""
    chosen = choice(templates)
    return chosen.engine, [object_id.int for _, object_id in chosen.templates]


def test_what_counts_is_chosen() -> None:
    """The old engine has as much."""
    templates = [held(INDEX, 1, NEW), held(THUMB, 2, NEW)]
    assert objects(templates) == (NEW, [101, 102])
    assert choice(templates).samples == (UUID(int=1), UUID(int=2))
    assert objects([held(INDEX, 1, OLD), held(THUMB, 2, OLD)]) == (OLD, [1, 2])


def test_one_impression_less_is_no_reason_to_go_back() -> None:
    """Another impression of the position is enough."""
    assert objects([held(INDEX, 1, NEW), held(INDEX, 2, OLD, impression=2, left=True)]) == (NEW, [101])


def test_former_engine_where_the_one_that_counts_lacks_a_finger() -> None:
    """Never some of each: what the old engine made of both is taken."""
    assert objects([held(INDEX, 1, NEW), held(THUMB, 2, OLD, left=True)]) == (OLD, [1, 2])
    assert objects([held(INDEX, 1, OLD, left=True)]) == (OLD, [1])


def test_who_was_entered_by_the_new_engine_is_compared_by_it_after_a_back_out() -> None:
    """The former has no template of theirs."""
    entered = Held(INDEX, 1, UUID(int=7), 70, "T", None, NEW, (NEW, UUID(int=7)), UUID(int=1), left=True)
    assert objects([entered]) == (NEW, [7])
