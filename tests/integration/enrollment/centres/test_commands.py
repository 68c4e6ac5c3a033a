"""`./wangov division|centre|station|posting|founding`: a country set up from an empty database."""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from enrollment.centres import StationKey
from tests.factories.centres import Country, station_key
from tests.protocol.console import Console
from tests.stack import Stack

pytestmark = pytest.mark.integration


class Terminal:
    """The operator's command line over a database of its own."""

    def __init__(self, console: Console, database_url: str) -> None:
        self._console = console
        self.database_url = database_url

    def done(self, *arguments: str, document: object = None, text: str | None = None) -> Any:
        """The answer of a command that must succeed."""
        code, answer = self._console.run(*arguments, document=document, text=text)
        assert code == 0, answer
        return answer

    def refused(self, *arguments: str, document: object = None, text: str | None = None) -> str:
        """Why a command was refused."""
        return self.refusal(*arguments, document=document, text=text)["error"]

    def refusal(self, *arguments: str, document: object = None, text: str | None = None) -> dict[str, str]:
        """The same with what is said about it."""
        code, answer = self._console.run(*arguments, document=document, text=text)
        assert code == 1, answer
        return dict(answer)

    def member(self) -> str:
        """A new member of staff, by the command."""
        name = f"staff-{uuid.uuid4().hex[:12]}"
        made = self.done("staff", "create", document={"username": name, "name": "Testa Madeup"})
        return str(made["id"])

    def give_passkey(self, person: str) -> None:
        """As the page behind the activation link would."""
        engine = create_engine(self.database_url.replace("postgresql://", "postgresql+psycopg://", 1))
        with Session(engine) as session:
            Country(session).passkey(uuid.UUID(person))
            session.commit()
        engine.dispose()


@pytest.fixture(scope="module")
def terminal(stack: Stack, worker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One for all tests of this module."""
    name = f"commands_{worker}"
    address = stack.live_clone(name)
    environment = stack.settings(database_url=address, issuer="http://localhost", redis_prefix=name)
    console = Console({**environment, "WANGOV_DATA": str(tmp_path_factory.mktemp(name))})
    terminal = Terminal(console, address)
    terminal.done("division", "load")
    terminal.done("centre", "add", "BO01", "A made-up centre", "--division", "SL-S-BO")
    yield terminal
    console.close()
    stack.drop(name)


def test_divisions(terminal: Terminal, tmp_path: Path) -> None:
    """The shipped set is loaded without a file, a file adds to it, a bad one says which row."""
    assert terminal.done("division", "load") == {"rows": 21, "added": 0, "changed": 0}
    assert len(terminal.done("division", "list", "--level", "district")) == 16
    assert [one["code"] for one in terminal.done("division", "list", "--search", "freetown")] == ["SL-W-URB"]
    file = tmp_path / "chiefdoms.csv"
    file.write_text("code,level,name,parent,aliases\nSL-S-BO-9,chiefdom,Madeup,SL-S-BO,\n", encoding="utf-8")
    assert terminal.done("division", "load", str(file)) == {"rows": 1, "added": 1, "changed": 0}
    file.write_text("code,level,name,parent,aliases\nSL-S-BO-8,chiefdom,Madeup,SL-S-BO,\n", encoding="utf-8")
    assert terminal.refused("division", "load", str(file)) == "ENR-SCHEMA"
    assert len(terminal.done("division", "list", "--level", "chiefdom")) == 1


def test_centres(terminal: Terminal) -> None:
    """A centre is added, listed, closed and opened; a second of the same code and an unknown one are refused."""
    assert terminal.refused("centre", "add", "BO01", "Again", "--division", "SL-S-BO") == "ENR-EXISTS"
    unknown = terminal.refusal("centre", "add", "XX01", "Nowhere", "--division", "XX")
    assert unknown["error"] == "ENR-UNKNOWN"
    assert "./wangov division list --search" in unknown["error_description"]
    assert terminal.done("centre", "close", "BO01")["status"] == "closed"
    assert terminal.refused("centre", "close", "BO01") == "ENR-STATE"
    assert terminal.done("centre", "open", "BO01")["status"] == "open"
    assert [(one["code"], one["status"]) for one in terminal.done("centre", "list")] == [("BO01", "open")]
    assert terminal.refused("centre", "close", "XX01") == "ENR-UNKNOWN"


def test_stations(terminal: Terminal) -> None:
    """A station is added under its public key, listed, and revoked for good; nothing else is a key."""
    jwk = StationKey.of(station_key().public_key()).jwk
    made = terminal.done("station", "add", "BO01", "Left table", document=jwk)
    assert (made["status"], made["last_seq"], len(made["code"])) == ("active", 0, 4)
    assert terminal.refused("station", "add", "BO01", "Right table", document=jwk) == "ENR-EXISTS"
    assert terminal.refused("station", "add", "BO01", "Right table", document={"kty": "EC"}) == "ENR-SCHEMA"
    revoked = terminal.done("station", "revoke", made["code"], "--reason", "stolen")
    assert (revoked["status"], revoked["reason"]) == ("revoked", "stolen")
    assert terminal.refused("station", "revoke", made["code"], "--reason", "stolen") == "ENR-STATE"
    assert terminal.refused("station", "revoke", "0000", "--reason", "lost") == "ENR-UNKNOWN"
    assert made["code"] in [one["code"] for one in terminal.done("station", "list", "BO01")]


def test_postings(terminal: Terminal) -> None:
    """Somebody is posted for some days, seen in the list of each, and recalled."""
    person = terminal.member()
    first = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    last = first + dt.timedelta(days=1)
    days = ("--from", first.isoformat(), "--to", last.isoformat())
    made = terminal.done("posting", "add", person, "BO01", *days)
    assert (made["first_day"], made["last_day"], made["ended"]) == (first.isoformat(), last.isoformat(), False)
    assert terminal.refused("posting", "add", person, "BO01", *days) == "ENR-EXISTS"
    assert [one["id"] for one in terminal.done("posting", "list", "BO01", "--day", last.isoformat())] == [made["id"]]
    assert terminal.refused("posting", "add", person, "BO01", "--station", "0000") == "ENR-UNKNOWN"
    assert terminal.done("posting", "end", made["id"])["ended"]
    assert terminal.refused("posting", "end", made["id"]) == "ENR-STATE"
    assert terminal.done("posting", "list", "BO01", "--day", last.isoformat()) == []


def test_founding(terminal: Terminal) -> None:
    """The ceremony from two accounts to two people with roles, which cannot be begun a second time."""
    first, second = terminal.member(), terminal.member()
    assert terminal.refused("founding", "start", first, first) == "ENR-FOUREYES"
    assert terminal.refused("founding", "stop") == "ENR-STATE"
    codes = {one["subscriber_id"]: one["code"] for one in terminal.done("founding", "start", first, second)}
    assert terminal.refused("founding", "redeem", first, text=codes[first]) == "ENR-GUARD"
    for person in (first, second):
        terminal.give_passkey(person)
    assert terminal.refused("founding", "redeem", first, text=codes[second]) == "ENR-CHECKSUM"
    assert terminal.done("founding", "redeem", first, text=f"{codes[first]}\n")["redeemed"] == [first]
    assert terminal.done("founding", "status")["state"] == "open"
    done = terminal.done("founding", "redeem", second, text=codes[second])
    assert (done["state"], done["founders"]) == ("complete", [first, second])
    assert done["authority_until"] is not None
    assert terminal.refused("founding", "start", first, second) == "ENR-STATE"
