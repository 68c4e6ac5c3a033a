"""The registrar's pages of an older register: the file, its columns, the check, the taking, and every no on the way."""

import csv
import io
import uuid

import pytest
from sqlalchemy import func, select

from enrollment.adjudication.desk import Ballot, Voted
from enrollment.adjudication.models import AdjudicationRow
from enrollment.adjudication.votes import Choice, Sheet, Vote
from enrollment.centres import Actor, Role
from enrollment.cli.importing_tasks import check_file, look_after, take_rows
from enrollment.cli.issuing import issuing
from enrollment.issuance import Written
from enrollment.legacy.models import ImportBatchRow, ImportPieceRow, ImportRowRow
from enrollment.register.models import IdentifierRow, PersonRow
from enrollment.web.rooms import adjudication, members
from idp.web.extensions import db, services
from tests.factories.floor import Floor, Member
from tests.factories.registers import Register, register
from tests.factories.sheets import packed

pytestmark = pytest.mark.integration

PLANTED = "@SUM(1+9)"


@pytest.fixture
def registrar(floor: Floor) -> Member:
    """Somebody who may."""
    return floor.member(Role.REGISTRAR, posted=False)


def made(seed: int) -> Register:
    """A small register with a formula in the first row."""
    found = register(seed, 20, share=0.2)
    for row in found.rows:
        row[0] = f"R{seed}-{row[0][4:]}"
    found.rows.append(list(found.rows[0]))
    found.rows[-1][:2] = [f"R{seed}-99999999", PLANTED]
    return found


def brought(member: Member, content: bytes) -> str:
    """The address of the import that a file became."""
    answer = member.upload("/staff/imports", content, name="register")
    assert answer.status_code == 303, answer.text
    return str(answer.location).removeprefix("http://localhost")


def confirmed(member: Member, address: str) -> None:
    """The columns are what the page says that they seem to be."""
    columns = {f"column_{place}": name for place, name in enumerate(_COLUMNS, 1)}
    assert member.send(f"{address}/columns", **columns).status_code == 303


_COLUMNS = ("legacy_no", "surname", "given_names", "sex", "date_of_birth", "district", "chiefdom", "town", "phone",
            "mother_name")  # fmt: skip


def worked(floor: Floor, address: str) -> None:
    """The worker read the file."""
    with floor.site.app.app_context():
        check_file(address.rsplit("/", 1)[1])


def people(floor: Floor) -> int:
    """How many are in the register."""
    with floor.site.app.app_context():
        return db.session.scalar(select(func.count()).select_from(PersonRow)) or 0


def test_a_file_is_taken_over(floor: Floor, registrar: Member) -> None:
    """Brought, its columns confirmed, checked, taken: nothing is in the register before the last step."""
    before, file = people(floor), made(51)
    address = brought(registrar, file.text(";").encode("utf-16"))
    page = registrar.client.get(address)
    assert page.text.count(" selected") == 10
    assert "utf-16" in page.text
    confirmed(registrar, address)
    waiting = registrar.client.get(address)
    assert waiting.headers["Refresh"] == "5"
    worked(floor, address)
    found = registrar.client.get(address)
    assert f"Take {len(file.rows) - 1} people over" in found.text
    assert "E_NAME_CHARS" in found.text
    assert PLANTED not in found.text
    assert people(floor) == before
    assert registrar.send(f"{address}/take").status_code == 303
    assert "rows done" in registrar.client.get(address).text
    with floor.site.app.app_context():
        take_rows(address.rsplit("/", 1)[1])
        assert db.session.scalar(select(func.count()).select_from(ImportPieceRow)) == 0
    done = registrar.client.get(address)
    assert "Taken over" in done.text
    given = len(file.rows) - 1 - len(file.duplicates)
    assert people(floor) == before + given
    # The same file with the same columns is the import that it was.
    again = brought(registrar, file.text(";").encode("utf-16"))
    answer = registrar.send(f"{again}/columns", **{f"column_{n}": name for n, name in enumerate(_COLUMNS, 1)})
    assert str(answer.location).endswith(address)


def test_the_report_holds_no_formula(floor: Floor, registrar: Member) -> None:
    """Row by row, with what was written and may have been meant; each fetching is audited."""
    address = brought(registrar, made(52).text().encode())
    confirmed(registrar, address)
    worked(floor, address)
    answer = registrar.client.get(f"{address}/report.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    [line] = [line for line in lines if line["code"] == "E_NAME_CHARS"]
    assert line["written"] == f"'{PLANTED}"
    assert line["column"] == "surname"
    assert {line["code"] for line in lines} == {"E_NAME_CHARS", "W_DUPLICATE"}
    assert floor.audited("import.read")[-1]["what"] == "report"


def test_columns_must_be_told(registrar: Member) -> None:
    """Missing and named twice: the page says which, and nothing is read."""
    address = brought(registrar, made(53).text().encode())
    answer = registrar.send(f"{address}/columns", column_1="surname", column_2="surname", column_3="sex")
    assert answer.status_code == 400
    for words in ("Two columns are said to be: Surname", "No column is said to be: Given names"):
        assert words in answer.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Choose a file."),
        (b"\r\n\r\n", "There is nothing in the file."),
        (b"PK\x03\x04 no archive", "The file is no table."),
        (packed(b"<a/>" + b" " * 30_000_000), "too large for this page"),
    ],
    ids=["none", "empty", "no table", "bomb"],
)
def test_what_is_no_register(registrar: Member, content: bytes, words: str) -> None:
    """Refused on the page, in words, and nothing is kept."""
    answer = registrar.upload("/staff/imports", content, name="register")
    assert answer.status_code == 400
    assert words in answer.text


def test_an_import_is_given_up(floor: Floor, registrar: Member) -> None:
    """File, rows and their keys are gone; it cannot be taken any more."""
    address = brought(registrar, made(54).text().encode())
    confirmed(registrar, address)
    worked(floor, address)
    assert registrar.send(f"{address}/discard").status_code == 303
    batch = uuid.UUID(address.rsplit("/", 1)[1])
    with floor.site.app.app_context():
        rows = select(func.count()).where(ImportRowRow.batch_id == batch)
        assert db.session.scalar(rows) == 0
    assert registrar.client.get(address).status_code == 404
    assert registrar.send(f"{address}/take").status_code == 409


def test_steps_out_of_order(floor: Floor, registrar: Member) -> None:
    """Nothing is taken before it was checked, and nothing is given up once it is being taken."""
    address = brought(registrar, made(55).text().encode())
    assert registrar.send(f"{address}/take").status_code == 409
    confirmed(registrar, address)
    assert registrar.send(f"{address}/discard").status_code == 409
    worked(floor, address)
    assert registrar.send(f"{address}/columns", column_1="surname").status_code == 409
    assert registrar.send(f"{address}/take").status_code == 303
    assert registrar.send(f"{address}/discard").status_code == 409
    unknown = f"/staff/imports/{uuid.uuid4()}"
    assert registrar.client.get(unknown).status_code == 404
    assert registrar.client.get(f"{unknown}/report.csv").status_code == 404
    assert registrar.send(f"{unknown}/take").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.REGISTRAR, Role.INTRODUCER}])
def test_nobody_else_may(floor: Floor, role: Role) -> None:
    """Every other role is turned away from pages, report and steps."""
    member = floor.member(role)
    address = f"/staff/imports/{uuid.uuid4()}"
    for path in ("/staff/imports", address, f"{address}/report.csv"):
        assert member.client.get(path).status_code == 403
    for path in (f"{address}/columns", f"{address}/take", f"{address}/discard"):
        assert member.send(path).status_code == 403


def test_a_lost_job_is_asked_for_again(floor: Floor, registrar: Member) -> None:
    """An import at which no worker is goes on after ten minutes."""
    address = brought(registrar, made(56).text().encode())
    confirmed(registrar, address)
    batch = uuid.UUID(address.rsplit("/", 1)[1])
    with floor.site.app.app_context():
        assert look_after() == 0
        held = db.session.get(ImportBatchRow, batch)
        assert held is not None
        held.changed_at = held.changed_at.replace(year=held.changed_at.year - 1)
        db.session.commit()
        assert look_after() == 1


def test_two_people_decide_about_a_duplicate(floor: Floor, registrar: Member) -> None:
    """A row that may be somebody who is there comes before adjudicators; let pass, it gets number and old number."""
    file = made(57)
    address = brought(registrar, file.text().encode())
    confirmed(registrar, address)
    worked(floor, address)
    registrar.send(f"{address}/take")
    batch = uuid.UUID(address.rsplit("/", 1)[1])
    with floor.site.app.app_context():
        take_rows(str(batch))
        referred = db.session.scalars(
            select(ImportRowRow.aid).where(ImportRowRow.batch_id == batch, ImportRowRow.state == "referred")
        ).all()
        assert len(referred) == len(file.duplicates) > 0
        rooms = adjudication()
        while rooms.opening.open_new():
            db.session.commit()
        known = db.session.scalars(select(AdjudicationRow.id).where(AdjudicationRow.aid.in_(referred))).all()
    for voter in (floor.member(Role.ADJUDICATOR), floor.member(Role.ADJUDICATOR)):
        for case in known:
            assert voter.client.get(f"/adjudicate/{case}").status_code == 200
            with floor.site.app.app_context():
                voted(voter, case)
    with floor.site.app.app_context():
        for aid in referred:
            assert aid is not None
            assert isinstance(issuing().run(aid), Written)
        db.session.commit()
        assert look_after() == len(referred)
        states = select(ImportRowRow.state).where(ImportRowRow.batch_id == batch, ImportRowRow.aid.in_(referred))
        assert set(db.session.scalars(states)) == {"issued"}
        owners = select(ImportRowRow.person_id).where(ImportRowRow.aid.in_(referred))
        kept = select(func.count()).where(IdentifierRow.type == "legacy", IdentifierRow.person_id.in_(owners))
        assert db.session.scalar(kept) == len(referred)


def voted(voter: Member, case: uuid.UUID) -> None:
    """Somebody else than whoever was found."""
    now, desk = services().clock.now(), adjudication().desk
    actor = members().actor(voter.id, now)
    assert isinstance(actor, Actor)
    sheet = desk.open(actor, case)
    assert isinstance(sheet, Sheet), sheet
    votes = {one.rank: Vote(Choice.DIFFERENT) for one in sheet.candidates}
    cast = desk.vote(Ballot(actor, case, votes, str(services().entropy.uuid()), now))
    assert isinstance(cast, Voted), cast
    db.session.commit()
