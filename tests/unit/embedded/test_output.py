import io

from embedded.output import Output


def test_lines_carry_their_names() -> None:
    """Progress stands for itself, a server's line behind its name."""
    stream = io.StringIO()
    output = Output(stream)
    output.say("Starting ...")
    output.relay("web", "listening")
    assert stream.getvalue() == "Starting ...\nweb        | listening\n"


def test_a_log_line_cannot_drive_the_terminal() -> None:
    """Escape sequences and other control characters in a relayed line are made visible."""
    stream = io.StringIO()
    Output(stream).relay("web", "a\x1b[2Jb\x07c\td\u202ee\rf")
    assert stream.getvalue() == "web        | a?[2Jb?c\td?e?f\n"


def test_a_closed_reader_is_noticed_once() -> None:
    """`make run | head`: nothing is raised, and the supervisor can see it."""

    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    output = Output(Closed())
    output.say("anybody?")
    output.relay("web", "hello?")
    assert output.closed
