from typing import Any

import pytest
from sqlalchemy import func, select

from enrollment.register.models import IdentifierRow, PersonRow
from enrollment.register.numbers import has_refused_run
from enrollment.register.verhoeff import is_valid
from idp.subscribers.models import SubscriberRow

pytestmark = pytest.mark.integration


def test_numbers_are_issued(wangov: Any) -> None:
    """As many as asked for, all different and well formed, each with a person and an account; one document."""
    said = wangov.run("numbers", "issue", "30", "--batch", "20", "--json")
    assert said.status == 0, said.output
    printed = said.document
    assert printed["count"] == len(set(printed["numbers"])) == 30
    assert all(is_valid(number) and not has_refused_run(number) for number in printed["numbers"])
    assert printed["per_second"] > 0
    with wangov.session() as session:
        for kind in (PersonRow, IdentifierRow, SubscriberRow):
            assert session.scalar(select(func.count()).select_from(kind)) == 30


@pytest.mark.parametrize("environment", ["development", "staging"])
def test_only_where_people_may_be_made_up(install: Any, environment: str) -> None:
    """Refused where somebody may take the people for real ones."""
    said = install(WANGOV_ENVIRONMENT=environment).run("numbers", "issue", "1", "--json")
    assert (said.status == 0) is (environment == "staging")
    assert environment == "staging" or said.document["error"] == "subscriber.state"


def test_a_count_is_a_count(wangov: Any) -> None:
    """Nothing, fewer than nothing, and what is no number are refused as usage."""
    for count in ("0", "-1", "many", "1000001"):
        assert wangov.run("numbers", "issue", count, "--json").status == 2
