"""How far an evaluation is, on standard error."""

from __future__ import annotations

import sys

from biometrics.evaluation.assembly import Watch
from biometrics.evaluation.run import Progress

__all__ = ["progress_on_stderr"]


def progress_on_stderr(*, wanted: bool = False) -> Watch:
    """A line for each stage, overwritten as it goes on where standard error is a terminal.

    Elsewhere, if `wanted`, a line when a stage ends; otherwise nothing.
    """
    if sys.stderr.isatty():
        return Watch(_moving("extracted", "samples"), _moving("compared", "pairs"))
    if wanted:
        return Watch(_at_the_end("extracted", "samples"), _at_the_end("compared", "pairs"))
    return Watch()


def _moving(what: str, of: str) -> Progress:
    def tell(done: int, whole: int) -> None:
        sys.stderr.write(f"\r{what} {done} of {whole} {of}" + ("\n" if done == whole else ""))
        sys.stderr.flush()

    return tell


def _at_the_end(what: str, of: str) -> Progress:
    def tell(done: int, whole: int) -> None:
        if done == whole:
            sys.stderr.write(f"{what} {whole} {of}\n")

    return tell
