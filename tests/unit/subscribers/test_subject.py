import re
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.subscribers import Subjects
from tests.factories.clients import make_client
from tests.factories.keys import purpose_keys

SUBJECTS = Subjects(purpose_keys())


@dataclass(frozen=True)
class Party:
    """What of a client decides."""

    sector: str
    subject_type: str = "pairwise"


PERSON, OTHER = uuid.uuid4(), uuid.uuid4()


def test_one_sector_knows_a_person_by_one_name() -> None:
    """OIDC Core 8.1: clients of one sector see the same subject, at every time."""
    assert SUBJECTS.for_client(PERSON, Party("tax.example")) == SUBJECTS.for_client(PERSON, Party("tax.example"))


def test_sectors_share_nothing() -> None:
    """AC-055: another sector, and the public register, see unrelated subjects."""
    parties = [Party("tax.example"), Party("clinic.example"), Party("tax.example", "public")]
    assert len({SUBJECTS.for_client(PERSON, party) for party in parties}) == 3


def test_public_subjects_do_not_depend_on_the_sector() -> None:
    """Every public client sees one subject."""
    assert SUBJECTS.for_client(PERSON, Party("a.example", "public")) == SUBJECTS.for_client(PERSON, Party("", "public"))


def test_a_pairwise_client_needs_a_sector() -> None:
    """An empty sector would make a pairwise subject the public one: that is a bug, not an answer."""
    with pytest.raises(ValueError, match="sector"):
        SUBJECTS.for_client(PERSON, Party(""))


def test_a_registered_client_is_such_a_party() -> None:
    """The client of the hot paths fits; its default is pairwise by the host of its redirect URIs."""
    assert SUBJECTS.for_client(PERSON, make_client()) == SUBJECTS.for_client(PERSON, Party("permits.example"))


def test_a_session_is_called_differently_at_each_client() -> None:
    """AC-055: `sid` does not link a person across clients, not even inside a sector."""
    session = uuid.uuid4()
    names = {SUBJECTS.session_id(session, client_id) for client_id in ("tax", "clinic")}
    assert len(names | {SUBJECTS.for_client(session, Party("tax"))}) == 3


def test_subjects_need_the_key() -> None:
    """With another key every subject is another one: identifiers alone do not give it away."""
    assert Subjects(purpose_keys()).for_client(PERSON, Party("a")) != SUBJECTS.for_client(PERSON, Party("a"))


@given(st.uuids(), st.text(min_size=1))
def test_subjects_are_short_ascii(person: uuid.UUID, sector: str) -> None:
    """OIDC Core 2: at most 255 ASCII characters; ours are 43 of base64url."""
    subject = SUBJECTS.for_client(person, Party(sector))
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", subject)


@given(st.lists(st.tuples(st.uuids(), st.sampled_from(["a", "b", "a|b", "c"])), unique=True, min_size=2))
def test_no_two_subjects_are_equal(pairs: list[tuple[uuid.UUID, str]]) -> None:
    """AC-086: a subject belongs to one person in one sector, and to nobody after them."""
    subjects = {SUBJECTS.for_client(person, Party(sector)) for person, sector in pairs}
    assert len(subjects) == len(pairs)
