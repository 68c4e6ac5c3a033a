from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from config.settings import Environment, Settings
from idp.outbox import Channel
from idp.outbox.senders.files import FileSender
from idp.outbox.senders.gateway import GatewaySender
from idp.outbox.senders.smtp import SmtpSender
from tests.factories.moments import StillClock

SERVER = {"mail_server": "mail.example", "mail_from": "no-reply@id.example"}
GATEWAY = {"sms_gateway": "https://sms.example/send"}


def read(**settings: Any) -> Settings:
    """Settings with stores, of a test installation."""
    stores = {"database_url": SecretStr("postgresql://u:p@h/n"), "redis_url": SecretStr("redis://h")}
    return Settings(**{**stores, "environment": "test", **settings})


def senders(settings: Settings) -> dict[Channel, type]:
    """What kind of sender each channel has."""
    found = settings.senders(settings.environment.value, Path("/nowhere"), StillClock())
    return {channel: type(sender) for channel, sender in found.items()}


@pytest.mark.parametrize("environment", ["development", "test"])
def test_messages_become_files_where_nobody_is_served_for_real(environment: str) -> None:
    """Without a server both channels have files; a server that is set is used."""
    assert senders(read(environment=environment)) == dict.fromkeys(Channel, FileSender)
    both = senders(read(environment=environment, **SERVER, **GATEWAY))
    assert both == {Channel.EMAIL: SmtpSender, Channel.SMS: GatewaySender}


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_messages_never_become_files_elsewhere(environment: str) -> None:
    """A code in a file would be a code for whoever reads files."""
    assert senders(read(environment=environment, issuer="https://id.example")) == {}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"mail_server": "mail.example"}, "MAIL_FROM"),
        ({**SERVER, "mail_from": "a@b.example\r\nBcc: c@d.example"}, "MAIL_FROM"),
        ({**SERVER, "mail_security": "none"}, "MAIL_SECURITY"),
        ({**SERVER, "mail_sender_name": "WanGov\nBcc: c@d.example"}, "MAIL_SENDER_NAME"),
        ({"sms_gateway": "http://sms.example/"}, "SMS_GATEWAY"),
        ({"sms_gateway": "ftp://sms.example/", "outbound_allow_loopback": True}, "SMS_GATEWAY"),
        ({"outbound_allow_loopback": True, "environment": Environment.DEVELOPMENT}, "OUTBOUND_ALLOW_LOOPBACK"),
    ],
)
def test_what_would_be_unsafe_stops_the_start(settings: dict[str, Any], problem: str) -> None:
    """The message names the setting and none of the values."""
    with pytest.raises(ValidationError, match=f"WANGOV_{problem}") as raised:
        read(**settings)
    assert "c@d.example" not in str(raised.value.errors(include_input=False))


@pytest.mark.parametrize(
    "settings",
    [
        {"mail_security": "ssl"},
        {"mail_timeout_seconds": 0},
        {"mail_timeout_seconds": 41},
        {"sms_sender": "a sender that is too long"},
        {"sms_sender": "x\r\ny"},
        {"sms_home_region": "sl"},
        {"sms_budget_home": -1},
        {"worker_jobs": 0},
    ],
)
def test_value_out_of_range_stops_the_start(settings: dict[str, Any]) -> None:
    """Nothing else can be meant."""
    with pytest.raises(ValidationError):
        read(**settings)


def test_password_and_token_are_not_shown() -> None:
    """Neither stands in what settings look like in a log."""
    shown = repr(read(**SERVER, **GATEWAY, mail_password="hidden one", sms_token="hidden two"))
    assert "hidden" not in shown
