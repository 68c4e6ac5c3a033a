"""The operator's commands of the enrolment side, run as `./wangov GROUP COMMAND`.

Public names: `GROUPS`, `register`.
"""

from typing import Protocol

import click

from enrollment.cli.evaluation import biometrics

__all__ = ["GROUPS", "register"]

GROUPS = (biometrics,)


class Application(Protocol):
    """What takes commands: a Flask application."""

    @property
    def cli(self) -> click.Group:
        """The group of all commands."""


def register(app: Application) -> None:
    """Offer every command group on `app`."""
    for group in GROUPS:
        app.cli.add_command(group)
