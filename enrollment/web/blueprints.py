"""Every blueprint of the registration centre. No web process imports this: `floors` knows the views by their names."""

from __future__ import annotations

from flask import Flask

from enrollment.web.abis import abis
from enrollment.web.adjudicators import adjudicators
from enrollment.web.booking import booking
from enrollment.web.cards import card_pages
from enrollment.web.citizen import citizen
from enrollment.web.counter import counter
from enrollment.web.importing import importing
from enrollment.web.managing import managing
from enrollment.web.people import people
from enrollment.web.records import records
from enrollment.web.registrars import registrars
from enrollment.web.staff import staff
from enrollment.web.statistics import statistics

__all__ = ["BLUEPRINTS", "table"]

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


def table() -> str:
    """A line for each address: rule, methods, endpoint, module and name of its view, apart by tabs; for `views.txt`."""
    app = Flask(__name__, static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    lines = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"{rule.rule}\t{methods}\t{rule.endpoint}\t{view.__module__}\t{view.__name__}")
    return "\n".join(sorted(lines)) + "\n"
