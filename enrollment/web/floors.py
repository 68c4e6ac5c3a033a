"""The registration centre on the application: its blueprints in their order, and what they find at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from enrollment.gallery import EpochKey
from enrollment.storage import ObjectStore
from enrollment.web.abis import abis
from enrollment.web.adjudicators import adjudicators
from enrollment.web.booking import booking
from enrollment.web.cards import card_pages
from enrollment.web.citizen import citizen
from enrollment.web.citizen.recorded import register_part
from enrollment.web.counter import counter
from enrollment.web.importing import importing
from enrollment.web.managing import managing
from enrollment.web.people import people
from enrollment.web.records import records
from enrollment.web.registrars import registrars
from enrollment.web.rooms import ABIS_SOURCE, BESIDE, FACES, OBJECTS
from enrollment.web.staff import staff
from enrollment.web.statistics import statistics
from idp.web.selfservice_rooms import COPY_PARTS

if TYPE_CHECKING:
    from biometrics.identification.face_rows import FacePlace
    from idp.outbound import GuardedClient

__all__ = ["BLUEPRINTS", "Places", "install"]

BLUEPRINTS = (
    staff,
    adjudicators,
    managing,
    counter,
    people,
    records,
    registrars,
    statistics,
    importing,
    citizen,
    booking,
    card_pages,
    abis,
)


@dataclass(frozen=True, slots=True)
class Places:
    """What the composition root knows and a request or a job asks for: stores, indexes, and who fetches records."""

    objects: ObjectStore | None
    faces: Callable[[EpochKey], FacePlace | None]
    beside: Mapping[str, Path]
    source: Callable[[int], GuardedClient]


def install(app: Flask, places: Places) -> None:
    """Register every blueprint, and hand over what they need."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.extensions[COPY_PARTS] = {"register": register_part}
    if places.objects is not None:
        app.extensions[OBJECTS] = places.objects
    app.extensions |= {FACES: places.faces, BESIDE: places.beside, ABIS_SOURCE: places.source}
