"""The one way in which starting fails: a sentence for the person at the terminal."""

from __future__ import annotations

__all__ = ["StartError", "StopRequestedError"]


class StartError(Exception):
    """Something needed to start is missing, taken or broken.

    The text is one or two plain sentences with the next step; printed as it stands, without a traceback;
    it holds no secret.
    """


class StopRequestedError(Exception):
    """The person asked to stop (Ctrl-C, SIGTERM) while parts were still starting."""
