import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from enrollment.centres import OPERATOR, Actor, Centre, CentreStatus, RevokedFor, Role, Station, StationKey
from enrollment.centres.division_files import SHIPPED, Level, Problem, Word
from enrollment.centres.divisions import Loaded, Unloadable
from enrollment.centres.stations import CODE_ALPHABET
from enrollment.errors import Code, Refusal
from tests.factories.centres import DISTRICT, Country, station_key

pytestmark = pytest.mark.integration


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def jwk(key: ec.EllipticCurvePrivateKey | None = None) -> dict[str, str]:
    """The public half of a station's key."""
    return StationKey.of((key or station_key()).public_key()).jwk


def test_shipped_divisions(country: Country) -> None:
    """The set that is shipped has five regions and sixteen districts; loading it again changes nothing."""
    assert country.divisions.load(OPERATOR, SHIPPED.read_bytes()) == Loaded(21, 21, 0)
    assert country.divisions.load(OPERATOR, SHIPPED.read_bytes()) == Loaded(21, 0, 0)
    assert len(country.divisions.all(Level.REGION)) == 5
    assert len(country.divisions.all(Level.DISTRICT)) == 16
    assert sum(len(country.divisions.all(parent=one.code)) for one in country.divisions.all(Level.REGION)) == 16


def test_divisions_are_found_as_people_say_them(country: Country) -> None:
    """A seat, another spelling, small letters, or the beginning of a word find the district."""
    country.divisions.load(OPERATOR, SHIPPED.read_bytes())
    for typed, code in {
        "freetown": "SL-W-URB",
        "PORTLOKO": "SL-NW-POR",
        "port-loko": "SL-NW-POR",
        "makeni": "SL-N-BOM",
        "bo": "SL-S-BO",
        "loko": "SL-NW-POR",
    }.items():
        assert country.divisions.search(typed, Level.DISTRICT)[0].code == code, typed
    assert country.divisions.search("nowhere") == []
    assert country.divisions.search(" ") == []


def test_chiefdoms_are_added_and_renamed(country: Country) -> None:
    """A further file adds to what is there; a changed name and further aliases are taken over."""
    country.divisions.load(OPERATOR, SHIPPED.read_bytes())
    header = "code,level,name,parent,aliases\n"
    one = f"{header}SL-S-BO-01,chiefdom,Madeup,{DISTRICT},\n"
    assert country.divisions.load(OPERATOR, one.encode()) == Loaded(1, 1, 0)
    other = f"{header}SL-S-BO-01,chiefdom,Inventedu,{DISTRICT},Madeup|Madopu\n"
    assert country.divisions.load(OPERATOR, other.encode()) == Loaded(1, 0, 1)
    found = country.divisions.find("SL-S-BO-01")
    assert found is not None
    assert (found.name, found.aliases) == ("Inventedu", ("Madeup", "Madopu"))
    assert len(country.divisions.all()) == 22


def test_bad_file_changes_nothing(country: Country) -> None:
    """One bad row, and nothing of the file is stored; the row and what is wrong with it are told."""
    country.divisions.load(OPERATOR, SHIPPED.read_bytes())
    text = f"code,level,name,parent,aliases\nSL-S-BO-01,chiefdom,Madeup,{DISTRICT},\nSL-S-BO-02,chiefdom,Other,SL-S,\n"
    outcome = country.divisions.load(OPERATOR, text.encode())
    assert outcome == Unloadable((Problem(2, Word.PARENT),))
    assert not country.divisions.known("SL-S-BO-01")
    assert country.divisions.known(DISTRICT)


def test_who_keeps_places(country: Country) -> None:
    """AC-097: only an admin adds divisions, centres and stations; everybody else's try is refused and written down."""
    centre = country.centre()
    for role in Role:
        actor = country.worker(role, centre=centre)
        outcomes = [
            country.divisions.load(actor, SHIPPED.read_bytes()),
            country.centres.add(actor, "NEW1", "A centre", DISTRICT),
            country.centres.set_status(actor, centre.id, CentreStatus.CLOSED),
            country.centres.set_status(actor, centre.id, CentreStatus.OPEN),
            country.stations.add(actor, centre.id, "A station", jwk()),
        ]
        expected = None if role is Role.ADMIN else Code.ENR_ROLE
        assert [code_of(outcome) for outcome in outcomes] == [expected] * 5, role
    assert len(country.refused()) == 5 * (len(Role) - 1)


@pytest.mark.parametrize(
    ("code", "name", "division", "expected"),
    [
        ("A", "Name", DISTRICT, Code.ENR_SCHEMA),
        ("bo01", "Name", DISTRICT, Code.ENR_SCHEMA),
        ("BO01\n", "Name", DISTRICT, Code.ENR_SCHEMA),
        ("BO01", " ", DISTRICT, Code.ENR_SCHEMA),
        ("BO01", "Na\x00me", DISTRICT, Code.ENR_SCHEMA),
        ("BO01", "N" * 121, DISTRICT, Code.ENR_SCHEMA),
        ("BO01", "Name", "SL-X", Code.ENR_UNKNOWN),
        ("BO01", "  A   name ", DISTRICT, None),
    ],
)
def test_what_a_centre_can_be_called(country: Country, code: str, name: str, division: str, expected: Code) -> None:
    """Codes are capital letters and digits, names printable and short, the division is one that there is."""
    country.divisions.load(OPERATOR, SHIPPED.read_bytes())
    outcome = country.centres.add(OPERATOR, code, name, division)
    assert code_of(outcome) is expected
    if isinstance(outcome, Centre):
        assert country.centres.find(outcome.id) == outcome
        assert outcome.name == "A name"


def test_centre_code_is_taken_once(country: Country) -> None:
    """A second centre under a code is refused, and the first stays as it was."""
    first = country.centre("BO01")
    assert code_of(country.centres.add(OPERATOR, "BO01", "Another", DISTRICT)) is Code.ENR_EXISTS
    assert country.centres.with_code("BO01") == first
    assert country.centres.all(DISTRICT) == [first]
    assert code_of(country.centres.with_code("BO02")) is Code.ENR_UNKNOWN


def test_closed_centre(country: Country) -> None:
    """A closed centre gets no stations; closing it twice is refused, opening it again is not."""
    centre = country.centre()
    assert isinstance(country.centres.set_status(OPERATOR, centre.id, CentreStatus.CLOSED), Centre)
    assert code_of(country.centres.set_status(OPERATOR, centre.id, CentreStatus.CLOSED)) is Code.ENR_STATE
    assert code_of(country.stations.add(OPERATOR, centre.id, "A station", jwk())) is Code.ENR_STATE
    assert isinstance(country.centres.set_status(OPERATOR, centre.id, CentreStatus.OPEN), Centre)
    assert code_of(country.centres.set_status(OPERATOR, uuid.uuid4(), CentreStatus.OPEN)) is Code.ENR_UNKNOWN


def test_station_is_known_by_its_key(country: Country) -> None:
    """A station is found by the thumbprint of its key, checks what the key signed, and has a code of four signs."""
    key = station_key()
    station = country.station(country.centre(), key)
    assert country.stations.signing(station.key.key_id) == station
    assert country.stations.with_code(station.code) == station
    assert len(station.code) == 4
    assert set(station.code) <= set(CODE_ALPHABET)
    assert code_of(country.stations.signing("unknown")) is Code.ENR_DEVICE


def test_revoked_station_can_do_nothing(country: Country) -> None:
    """From its revocation on nothing signed or counted by a station is taken, and its key never comes back."""
    centre, key = country.centre(), station_key()
    station = country.station(centre, key)
    revoked = country.stations.revoke(OPERATOR, station.id, RevokedFor.STOLEN)
    assert isinstance(revoked, Station)
    assert (revoked.active, revoked.revoked_for) == (False, RevokedFor.STOLEN)
    assert code_of(country.stations.signing(station.key.key_id)) is Code.ENR_DEVICE
    assert code_of(country.stations.take_seq(station.id, 1)) is Code.ENR_DEVICE
    assert code_of(country.stations.revoke(OPERATOR, station.id, RevokedFor.LOST)) is Code.ENR_STATE
    assert code_of(country.stations.add(OPERATOR, centre.id, "Again", jwk(key))) is Code.ENR_EXISTS
    assert country.stations.of_centre(centre.id) == [revoked]


@pytest.mark.parametrize("place", ["own", "other", "none"])
def test_who_reports_a_stolen_station(country: Country, place: str) -> None:
    """Admins and security officers revoke any; a supervisor the own centre's, another's is not there for them (404)."""
    centre, other = country.centre(), country.centre()
    may = {Role.ADMIN, Role.SECURITY} | ({Role.SUPERVISOR} if place == "own" else set())
    for role in Role:
        station = country.station(centre)
        actor = country.worker(role, centre={"own": centre, "other": other, "none": None}[place])
        outcome = country.stations.revoke(actor, station.id, RevokedFor.STOLEN)
        expected = None if role in may else Code.ENR_UNKNOWN if role is Role.SUPERVISOR else Code.ENR_ROLE
        assert code_of(outcome) is expected, role
        assert (code_of(country.stations.signing(station.key.key_id)) is None) is (role not in may), role
    assert country.refused() == ["revoke_station"] * (len(Role) - len(may))


def test_unknown_and_foreign_station_are_one(country: Country) -> None:
    """A supervisor cannot tell another centre's station from one that never was."""
    centre, other = country.centre(), country.centre()
    supervisor = country.worker(Role.SUPERVISOR, centre=other)
    foreign = country.stations.revoke(supervisor, country.station(centre).id, RevokedFor.LOST)
    assert foreign == country.stations.revoke(supervisor, uuid.uuid4(), RevokedFor.LOST)


@pytest.mark.parametrize("bad", [{}, {"kty": "EC"}, {**jwk(), "crv": "P-384"}, {**jwk(), "d": "A" * 43}])
def test_station_needs_a_public_key(country: Country, bad: dict[str, str]) -> None:
    """Whatever is no public P-256 key makes no station, a private key least of all."""
    assert code_of(country.stations.add(OPERATOR, country.centre().id, "A station", bad)) is Code.ENR_SCHEMA


def test_packet_numbers_have_no_gap(country: Country) -> None:
    """The next number is taken, once; one left out and one that came before are refused and written down."""
    station = country.station(country.centre())
    assert country.stations.take_seq(station.id, 1) is None
    assert country.stations.take_seq(station.id, 2) is None
    for wrong in (2, 1, 4, 0, -1):
        assert code_of(country.stations.take_seq(station.id, wrong)) is Code.ENR_SEQ_GAP, wrong
    assert country.stations.take_seq(station.id, 3) is None
    assert code_of(country.stations.take_seq(uuid.uuid4(), 1)) is Code.ENR_DEVICE
    assert sorted(row.body["number"] for row in country.audited("station.gap")) == [-1, 0, 1, 2, 4]


def test_supervisor_with_another_role_is_not_bound_to_the_centre(country: Country) -> None:
    """Somebody who is a security officer, too, revokes everywhere."""
    centre, other = country.centre(), country.centre()
    actor = country.worker(Role.SUPERVISOR, Role.SECURITY, centre=other)
    assert isinstance(actor, Actor)
    assert isinstance(country.stations.revoke(actor, country.station(centre).id, RevokedFor.BROKEN), Station)
