"""The rooms of the registration centre over the session of a request, a command or a job; their caller commits."""

from __future__ import annotations

from flask import current_app

from enrollment.adjudication import Adjudication
from enrollment.capture import ChildExaminer, Examiner
from enrollment.capture.captures import Captures
from enrollment.capture.desk import CaptureDesk
from enrollment.capture.documents import Documents
from enrollment.capture.extraction import Extraction
from enrollment.capture.mixups import Mixups
from enrollment.capture.overview import Overview
from enrollment.cases import Attempt, Case, Cases, Guard, Joints
from enrollment.cases import cases as assembled
from enrollment.cases.kinship import Kinship
from enrollment.centres import Centres, Divisions, Founding, Postings, Staff, Stations
from enrollment.errors import Code, Refusal
from enrollment.issuance.colleagues import Colleagues
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.storage import ObjectStore, Vault
from enrollment.web.adjudication_rooms import adjudication_checks, adjudication_over
from enrollment.web.claiming_rooms import claim_proven
from enrollment.web.engine_rooms import BESIDE, in_use
from enrollment.web.issuing_rooms import issuing_checks
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = [
    "ABIS_SOURCE",
    "BESIDE",
    "EXAMINER",
    "FACES",
    "OBJECTS",
    "Relatives",
    "adjudication",
    "capture_desk",
    "cases",
    "centres",
    "colleagues",
    "divisions",
    "examiner",
    "extraction",
    "founding",
    "members",
    "postings",
    "stations",
    "vault",
]

# Where the composition root puts the object store, and where the examiner of this process is kept.
OBJECTS = "wangov_objects"
FACES = "wangov_gallery_faces"
# What makes the client that fetches records of at most so many bytes.
ABIS_SOURCE = "wangov_abis_source"
EXAMINER = "wangov_examiner"


def cases() -> Cases:
    """Applications, joined to divisions, to kinship in the register and to the conditions of the rooms above."""
    shared = services()
    checks = {
        **issuing_checks(),
        **adjudication_checks(colleagues()),
        Guard.FINGERS_APART: _fingers_apart,
        Guard.CLAIM_PROVEN: claim_proven,
    }
    joints = Joints(Relatives(), divisions(), checks, colleagues())
    return assembled(db.session(), shared.sealer, shared.clock, shared.entropy, trail(), joints)


def adjudication() -> Adjudication:
    """What adjudicators decide, and how it comes before them."""
    return adjudication_over(cases(), colleagues())


def vault() -> Vault | None:
    """Sealed objects; None where this installation has no object store."""
    store: ObjectStore | None = current_app.extensions.get(OBJECTS)
    shared = services()
    return None if store is None else Vault(db.session(), store, shared.sealer, shared.clock, shared.entropy)


def capture_desk() -> CaptureDesk | None:
    """Captures of applications; None without an object store."""
    held = vault()
    if held is None:
        return None
    shared = services()
    over = (db.session(), held, examiner(), shared.purpose_keys, shared.clock, shared.entropy)
    return CaptureDesk(cases(), Captures(*over), Documents(*over), _mixups(held), Overview(db.session()))


def extraction() -> Extraction | None:
    """Templates of samples; None without an object store."""
    held, shared = vault(), services()
    maker = in_use(examiner())
    return None if held is None else Extraction(db.session(), held, maker, shared.clock, shared.entropy)


def centres() -> Centres:
    """Registration centres."""
    shared = services()
    return Centres(db.session(), shared.clock, shared.entropy, trail())


def divisions() -> Divisions:
    """Divisions of the country."""
    return Divisions(db.session(), trail())


def founding() -> Founding:
    """The first two of the staff."""
    shared = services()
    return Founding(
        db.session(), shared.purpose_keys, shared.clock, shared.entropy, trail(), are_one=colleagues().are_one
    )


def postings() -> Postings:
    """Who works where."""
    shared = services()
    return Postings(db.session(), shared.clock, shared.entropy, trail(), are_one=colleagues().are_one)


def stations() -> Stations:
    """Capture stations."""
    shared = services()
    return Stations(db.session(), shared.clock, shared.entropy, trail())


def members() -> Staff:
    """Members of staff, their roles and postings."""
    return Staff(db.session(), services().clock, trail())


def colleagues() -> Colleagues:
    """Whose second pair of eyes somebody of the staff is."""
    return Colleagues(ProvenAccounts(db.session(), services().clock), members(), services().clock)


class Relatives(Kinship):
    """Fulfils `Kin` of every room: whose record of the register is whose own, or of whose household."""

    def __init__(self) -> None:
        super().__init__(db.session())


def _fingers_apart(case: Case, _: Attempt) -> Refusal | None:
    """Fingers are what they are called; where there are none, there is nothing to compare."""
    held = vault()
    if held is None:
        kept = Overview(db.session()).kept(case.aid, best=True)
        return Refusal(Code.ENR_GUARD, Guard.FINGERS_APART.value) if kept else None
    return _mixups(held).refusal(case.aid)


def _mixups(held: Vault) -> Mixups:
    shared = services()
    return Mixups(db.session(), held, examiner(), shared.clock, shared.entropy)


def examiner() -> Examiner:
    """One for the process: it looks at pictures in a process of its own, which starts when it is first asked."""
    held: Examiner = current_app.extensions.setdefault(EXAMINER, ChildExaminer())
    return held
