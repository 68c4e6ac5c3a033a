"""What the supervisor runs, and one such thing while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from embedded.errors import StartError
from embedded.output import Output
from embedded.process import Child, Command

__all__ = ["Part", "Running"]

_SHOWN_TAIL = 12


class Part(Protocol):
    """Something to run: a store, the web server, a demo service."""

    @property
    def name(self) -> str:
        """Short, in front of its lines."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    def prepare(self) -> Command | None:
        """Make folders and files; where that takes a program (creating a database), return it."""
        ...

    def progress(self) -> str:
        """The line shown when it starts."""
        ...

    def command(self) -> Command:
        """The server itself."""
        ...

    def problem(self) -> str | None:
        """None once it does real work (a login, a stored object), else what is missing; never blocks long."""
        ...

    def shows(self, line: str) -> bool:
        """Whether a line of its log is worth the terminal."""
        ...

    def clean_up(self) -> None:
        """Remove what the ended server leaves lying around."""
        ...


@dataclass(slots=True)
class Running:
    """A part with its process: first the one that prepares it, then (`started`) the server itself."""

    part: Part
    child: Child
    started: bool
    ready: bool = False

    def failure(self, output: Output, what: str) -> StartError:
        """Show the last lines of the ended process and put its end into words."""
        self.child.flush()
        self.show_tail(output)
        if any("No space left on device" in line for line in self.child.tail):
            return StartError(f"{self.part.title} {what}: the disk is full. Make room and try again")
        return StartError(f"{self.part.title} {what} ({self.child.ended()}); its last lines are above")

    def show_tail(self, output: Output) -> None:
        """Show those of the last lines that were kept out of the terminal."""
        for line in list(self.child.tail)[-_SHOWN_TAIL:]:
            if not self.part.shows(line):
                output.relay(self.part.name, line)
