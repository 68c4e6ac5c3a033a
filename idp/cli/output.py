"""How commands read their document, print their answer and end.

With `--json` an expected refusal is `{"error", "error_description"}` on standard output, without it one line
on standard error; the exit status is 1 in both cases.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from sqlalchemy.exc import DBAPIError

from idp.errors import Code, Refusal, StoreUnavailableError
from idp.keys.sealing import KeysMissingError, SealBrokenError
from idp.web.extensions import services

__all__ = ["announce", "fail", "json_option", "read_document", "say"]

MAX_DOCUMENT_BYTES = 1_000_000
_REGISTERED = {  # RFC 7591 section 3.2.2
    Code.CLIENT_REDIRECT_URI: "invalid_redirect_uri",
    Code.CLIENT_METADATA: "invalid_client_metadata",
    Code.CLIENT_EXISTS: "invalid_client_metadata",
}

P = ParamSpec("P")
R = TypeVar("R")


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `--json` (argument `as_json`), and a plain end where a store or the keys fail it."""

    @functools.wraps(command)
    def guarded(*arguments: P.args, **options: P.kwargs) -> R:
        as_json = bool(options["as_json"])
        try:
            return command(*arguments, **options)
        except KeysMissingError:
            _end("keys_missing", "this installation has no keys yet: run `./wangov keys init`", as_json=as_json)
        except SealBrokenError:
            _end("root_key", "the root key is not the one that this installation was made with", as_json=as_json)
        except DBAPIError as error:
            _end("database", f"the database refused: {type(error.orig).__name__}", as_json=as_json)
        except StoreUnavailableError as error:
            _end("unavailable", str(error), as_json=as_json)

    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(guarded)


def read_document(*, as_json: bool) -> dict[str, Any]:
    """The JSON object on standard input; ends the command when there is none."""
    stream = sys.stdin.buffer
    if stream.isatty():
        click.echo("Reading a JSON document from the terminal; end it with Ctrl-D.", err=True)
    raw = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(raw) > MAX_DOCUMENT_BYTES:
        _end("invalid_request", f"standard input is longer than {MAX_DOCUMENT_BYTES} bytes", as_json=as_json)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        _end("invalid_request", "standard input is not a JSON document", as_json=as_json)
    if not isinstance(document, dict):
        _end("invalid_request", "standard input is not a JSON object", as_json=as_json)
    return document


def say(
    document: Mapping[str, Any] | list[dict[str, Any]], *, as_json: bool, lines: Iterable[str] | None = None
) -> None:
    """Print the answer: as JSON, or `lines`, or each member on a line."""
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if lines is None:
        entries: list[Mapping[str, Any]] = [*document] if isinstance(document, list) else [document]
        lines = [f"{name}: {_plain(value)}" for entry in entries for name, value in entry.items()]
    for line in lines:
        click.echo(line)


def fail(refusal: Refusal, *, as_json: bool) -> NoReturn:
    """End with a refusal: its registered OAuth error where there is one, else its code."""
    _end(_REGISTERED.get(refusal.code, refusal.code.value), refusal.detail or refusal.code.value, as_json=as_json)


def announce(generation: str) -> None:
    """Tell running servers, after the commit, that what they cached under `generation` is old.

    When they cannot be told the change stands all the same, and they see it within a minute.
    """
    try:
        services().ephemeral.advance(generation)
    except StoreUnavailableError:
        click.echo("Saved. Running servers could not be told and will notice within a minute.", err=True)


def _end(error: str, description: str, *, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"error": error, "error_description": description}, ensure_ascii=False))
    else:
        click.echo(f"{error}: {description}", err=True)
    sys.exit(1)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | dict) else str(value)
