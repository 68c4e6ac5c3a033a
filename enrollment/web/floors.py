"""The registration centre on the application: the addresses of its pages, and what these find at it.

The pages are many and a web process that never shows one should not hold them: the module of a view is imported when
its first request comes. Which view answers where stands in `views.txt`, made from the blueprints and held against them
by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask
from werkzeug.wrappers import Response

from enrollment.web.rooms import ABIS_SOURCE, BESIDE, FACES, OBJECTS
from idp.web.selfservice_rooms import COPY_PARTS

if TYPE_CHECKING:
    from biometrics.identification.face_rows import FacePlace
    from enrollment.gallery import EpochKey
    from enrollment.storage import ObjectStore
    from idp.outbound import GuardedClient

__all__ = ["VIEWS", "Places", "install", "numbers_of"]

VIEWS = Path(__file__).with_name("views.txt")


@dataclass(frozen=True, slots=True)
class Places:
    """What the composition root knows and a request or a job asks for: stores, indexes, and who fetches records."""

    objects: ObjectStore | None
    faces: Callable[[EpochKey], FacePlace | None]
    beside: Mapping[str, Path]
    source: Callable[[int], GuardedClient]


def install(app: Flask, places: Places) -> None:
    """Let every address of `VIEWS` be answered, and hand over what the views need."""
    views: dict[str, Callable[..., Response]] = {}
    for line in VIEWS.read_text(encoding="utf-8").splitlines():
        rule, methods, endpoint, module, name = line.split("\t")
        view = views.setdefault(endpoint, _view(module, name))
        app.add_url_rule(rule, endpoint, view, methods=methods.split(","))
    app.extensions[COPY_PARTS] = {"register": _register_part}
    if places.objects is not None:
        app.extensions[OBJECTS] = places.objects
    app.extensions |= {FACES: places.faces, BESIDE: places.beside, ABIS_SOURCE: places.source}


def _view(module: str, name: str) -> Callable[..., Response]:
    """A view that is imported when it is first asked; it goes by the name of what it stands for."""

    def view(**arguments: Any) -> Response:
        answer: Response = getattr(import_module(module), name)(**arguments)
        return answer

    view.__module__, view.__name__ = module, name
    return view


def numbers_of(subscriber_id: UUID) -> tuple[str, ...]:
    """The national number of whoever holds this account, over the session of the request; none where nobody does."""
    from enrollment.web.centre_rooms import identifiers, proven_accounts  # noqa: PLC0415 - few people set a password

    person_id = proven_accounts().owner_of(subscriber_id)
    number = None if person_id is None else identifiers().nin_of(person_id)
    return () if number is None else (number,)


def _register_part(subscriber_id: UUID) -> dict[str, Any] | None:
    from enrollment.web.citizen.recorded import register_part  # noqa: PLC0415 - few people ask for a copy

    return register_part(subscriber_id)
