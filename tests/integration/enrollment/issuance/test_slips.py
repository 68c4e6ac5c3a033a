import re
import uuid

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from enrollment.errors import Code, Refusal
from enrollment.issuance import Slip
from enrollment.issuance.models import ActivationSlipRow
from enrollment.issuance.slips import LIFE, TRIES
from tests.factories.register import Office, a_case, an_aid, code_of, raced

pytestmark = pytest.mark.integration
REFUSED = Refusal(Code.ENR_UNKNOWN, "slip")
WRONG = "AAAA-AAAA-AAAA"


def a_slip(office: Office) -> tuple[Slip, uuid.UUID]:
    """A slip, and the account that it is for."""
    issued = office.issued(a_case())
    assert issued.slip is not None
    return issued.slip, issued.subscriber_id


def test_a_slip_is_good_once(office: Office) -> None:
    """The code leads to its account, typed in any case and grouping, and then never again."""
    slip, account = a_slip(office)
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", slip.code)
    assert office.slips.spend(slip.aid, slip.code.lower().replace("-", " ")) == account
    assert office.slips.spend(slip.aid, slip.code) == REFUSED
    assert office.events("slip.") == ["slip.refused", "slip.spent"]


def test_of_fifty_holders_one_spends_it(own_database: Engine) -> None:
    """Typed fifty times at once, it is spent once, and counts one try (AC-099)."""
    with Session(own_database) as session:
        office = Office(session)
        slip, account = a_slip(office)
        session.commit()
    outcomes = raced(own_database, office, lambda own: own.slips.spend(slip.aid, slip.code))
    assert [outcome for outcome in outcomes if outcome != REFUSED] == [account]
    with Session(own_database) as session:
        assert session.scalar(select(ActivationSlipRow.tries)) == 1


def test_fifty_guesses_at_once_are_five(own_database: Engine) -> None:
    """Parallel guesses are counted one by one: afterwards the right code is worthless, too."""
    with Session(own_database) as session:
        office = Office(session)
        slip, _ = a_slip(office)
        session.commit()
    outcomes = raced(own_database, office, lambda own: own.slips.spend(slip.aid, WRONG))
    assert outcomes == [REFUSED] * 50
    with Session(own_database) as session:
        assert session.scalar(select(ActivationSlipRow.tries)) == TRIES
        assert Office(session, keys=office.keys).slips.spend(slip.aid, slip.code) == REFUSED


def test_the_last_try_counts(office: Office) -> None:
    """Four wrong codes leave one try, and what is no code at all is a try like any other."""
    slip, account = a_slip(office)
    for typed in (WRONG, "", "x" * 100, "\x00"):
        assert office.slips.spend(slip.aid, typed) == REFUSED
    assert office.slips.spend(slip.aid, slip.code) == account


def test_a_slip_ends_at_its_moment(office: Office) -> None:
    """Good until the last second, checked when it is used (AC-134)."""
    slip, account = a_slip(office)
    other, _ = a_slip(office)
    office.clock.advance(seconds=LIFE.total_seconds() - 1)
    assert office.slips.spend(slip.aid, slip.code) == account
    office.clock.advance(seconds=1)
    assert office.slips.spend(other.aid, other.code) == REFUSED


def test_whatever_is_wrong_the_answer_is_one(office: Office) -> None:
    """Nobody learns from the answer whether a case exists, or what became of its slip (AC-063)."""
    slip, _ = a_slip(office)
    other, _ = a_slip(office)
    office.slips.spend(other.aid, other.code)
    tried = [(an_aid(), slip.code), (slip.aid, other.code), (other.aid, other.code), (slip.aid, "")]
    assert {office.slips.spend(aid, typed) for aid, typed in tried} == {REFUSED}


def test_a_new_slip_replaces_the_old_one(office: Office) -> None:
    """Lost, or out of tries: a centre prints another, and only the last one is good."""
    slip, account = a_slip(office)
    for _ in range(TRIES):
        office.slips.spend(slip.aid, WRONG)
    again = office.slips.print_again(slip.aid, account, actor="officer")
    assert isinstance(again, Slip)
    assert office.slips.spend(slip.aid, slip.code) == REFUSED
    assert office.slips.spend(slip.aid, again.code) == account
    assert office.events("slip.made") == ["slip.made"]


def test_no_slip_is_printed_for_a_claimed_account(office: Office) -> None:
    """Paper never leads into an account that is in use: that is what recovery is for."""
    slip, account = a_slip(office)
    office.slips.spend(slip.aid, slip.code)
    assert code_of(office.slips.print_again(slip.aid, account, actor="officer")) is Code.ENR_STATE


def test_of_fifty_prints_one_is_good(own_database: Engine) -> None:
    """Printed by fifty officers at once, one slip opens the account."""
    with Session(own_database) as session:
        office = Office(session)
        slip, account = a_slip(office)
        session.commit()
    printed = raced(own_database, office, lambda own: own.slips.print_again(slip.aid, account, actor="officer"))
    with Session(own_database) as session:
        good = select(ActivationSlipRow).where(
            ActivationSlipRow.spent_at.is_(None), ActivationSlipRow.replaced_at.is_(None)
        )
        assert len(session.scalars(good).all()) == 1
    assert len([slip for slip in printed if isinstance(slip, Slip)]) == 50


def test_a_copy_of_the_table_names_no_code(office: Office) -> None:
    """The same code on two slips is kept as two digests, and under another key as a third."""
    slip, account = a_slip(office)
    digests = {
        Office(office.session, keys=keys).slips._digest(aid, slip.code)
        for keys, aid in ((office.keys, slip.aid), (office.keys, an_aid()), (None, slip.aid))
    }
    assert len(digests) == 3
    assert office.session.scalar(select(ActivationSlipRow.digest)) in digests
    assert account is not None
