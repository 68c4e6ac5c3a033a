"""Structured logs: one JSON object per line on stderr, escaped, with the request id, and redacted.

Redaction is a net under the rule that nobody logs a secret: members with a telling name, and texts that look like one
of our tokens, are replaced before a line is written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from idp.telemetry import request_id

__all__ = ["configure_logging", "redact"]

_SECRET_NAMES = re.compile(
    r"password|secret|token|code|cookie|authorization|assertion|verifier|challenge|nin|email|phone|name$|birth",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(r"\b(?:w[crsbdntl]_[A-Za-z0-9_-]{43,}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)")
_SAFE_NAMES = frozenset({"error_code", "status_code", "code_name", "refusal_code"})
_MAX_TEXT = 2000


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what must not be in a log; a structlog processor."""
    for name, value in event.items():
        if name != "event" and name not in _SAFE_NAMES and _SECRET_NAMES.search(name):
            event[name] = "[redacted]"
        elif isinstance(value, str):
            event[name] = _SECRET_TEXT.sub("[redacted]", value[:_MAX_TEXT])
    return event


def _with_request_id(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.setdefault("request_id", request_id.get())
    return event


def configure_logging(level: str) -> None:
    """Send structlog's and the standard library's lines through one chain. Safe to call again."""
    chain: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request_id,
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
