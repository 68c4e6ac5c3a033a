from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from enrollment.cases.models import ApplicationRow, EventRow
from enrollment.register.models import IdentifierRow, PersonRow, PersonVersionRow
from tests.factories.registers import register

pytestmark = pytest.mark.integration


def test_a_register_is_taken_over(wangov: Any, tmp_path: Path) -> None:
    """Whoever has nothing wrong gets a number at level 1; a duplicate waits; a second time nothing changes."""
    made = register(5, 60)
    file = tmp_path / "register.csv"
    file.write_text(made.text(), encoding="utf-8")
    assert wangov.run("division", "load", "--json").status == 0
    tried = wangov.run("register", "import", str(file), "--dry-run", "--json")
    assert tried.status == 0, tried.output
    assert tried.document["rows"] == len(made.rows)
    with wangov.session() as session:
        assert session.scalar(select(func.count()).select_from(PersonRow)) == 0
    said = wangov.run("register", "import", str(file), "--json")
    assert said.status == 0, said.output
    document = said.document
    found = {one["row"]: one["of_row"] for one in document["duplicates"]}
    assert {name: document[name] for name in tried.document} == tried.document
    assert (document["issued"], document["referred"]) == (len(made.rows) - len(found), len(found))
    with wangov.session() as session:
        assert session.scalar(select(func.count()).where(PersonRow.ial == 1)) == document["issued"]
        states = dict(session.execute(select(ApplicationRow.state, func.count()).group_by(ApplicationRow.state)).all())
        assert states == {"bound": document["issued"], "adjudication": len(found)}
        before = session.scalar(select(func.count()).select_from(EventRow))
        for kind in ("nin", "legacy"):
            assert session.scalar(select(func.count()).where(IdentifierRow.type == kind)) == document["issued"]
        assert session.scalar(select(func.count()).select_from(PersonVersionRow)) == document["issued"]
    again = wangov.run("register", "import", str(file), "--json")
    assert again.document == document
    with wangov.session() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == before


def test_a_mapping_on_the_line_or_in_a_file(wangov: Any, tmp_path: Path) -> None:
    """JSON as it stands, or the name of a file with it; a slip in either is told, and nothing is read."""
    file, told = tmp_path / "register.csv", tmp_path / "map.json"
    file.write_text("A;B;C;D\nTolkebo;Sani;2;03/28/1980\n", encoding="utf-8")
    mapping = '{"columns": {"A": "surname", "B": "given_names", "C": "sex", "D": "dob"}, "sex": {"2": "F"}}'
    right = mapping.replace('"dob"', '"date_of_birth"')
    told.write_text(right, encoding="utf-8")
    for good in (right, f" {right}", str(told)):
        said = wangov.run("register", "import", str(file), "--map", good, "--dry-run", "--json")
        assert said.status == 0, said.output
        assert said.document == {"rows": 1, "accepted": 1, "problems": [], "duplicates": []}
    for bad in (mapping, "{", "[]", str(tmp_path), str(tmp_path / "nowhere.json")):
        said = wangov.run("register", "import", str(file), "--map", bad, "--json")
        assert (said.status, said.document["error"]) == (1, "mapping"), bad
