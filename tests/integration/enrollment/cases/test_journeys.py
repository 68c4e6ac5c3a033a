import pytest
from sqlalchemy.orm import Session

from enrollment.cases import State
from idp.keys import PurposeKeys
from tests.factories.cases import Counter
from tests.factories.keys import purpose_keys

pytestmark = pytest.mark.integration

KEYS: PurposeKeys = purpose_keys()


@pytest.fixture
def counter(session: Session) -> Counter:
    """Services over a transaction that is rolled back."""
    return Counter(session, KEYS)


def test_somebody_is_enrolled(counter: Counter) -> None:
    """An officer captures, a supervisor approves, workers search and issue; the history has every step once."""
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.BOUND)
    events = counter.events(aid)
    assert [event.n for event in events] == list(range(1, 11))
    assert events[-1].to_state == State.BOUND.value
    assert counter.case(aid).state is State.BOUND
