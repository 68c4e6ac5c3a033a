"""Settings of what leaves the house: mail, text messages, and the worker that sends them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from idp.clock import Clock
from idp.outbox import Channel, SmsBudget
from idp.outbox.addresses import mail_address
from idp.outbox.sending import Sender

__all__ = ["MessageSettings"]

Timeout = Annotated[float, Field(gt=0, le=40)]
_NEAR = frozenset({"localhost", "127.0.0.1", "::1"})
# Where nobody is served for real: messages become files when no server is set.
_TRIED_OUT = frozenset({"development", "test"})


class MessageSettings(BaseSettings):
    """How people are written to."""

    mail_server: str = Field(
        default="",
        max_length=253,
        description="Host of the mail server. Empty: in development messages become files in `WANGOV_DATA`/outbox, "
        "elsewhere mail waits (held) until one is set.",
    )
    mail_port: int = Field(default=587, ge=1, le=65_535, description="Its port: 587 for starttls, 465 for tls.")
    mail_security: str = Field(
        default="starttls",
        pattern="^(starttls|tls|none)$",
        description="starttls, tls (from the first byte), or none: only for a server on this very machine.",
    )
    mail_user: str = Field(default="", max_length=200, description="User name for the mail server; empty: no log-in.")
    mail_password: SecretStr = Field(default=SecretStr(""), description="Password for the mail server.")
    mail_from: str = Field(default="", max_length=254, description="The address that mail comes from.")
    mail_sender_name: str = Field(
        default="WanGov ID", max_length=60, description="The name that people see as the sender of mail."
    )
    mail_ca_file: Path | None = Field(
        default=None, description="Certificate authority (PEM) of the mail server, where it is a private one."
    )
    mail_timeout_seconds: Timeout = Field(
        default=20, description="How long each step with the mail server may take; all together at most twice as long."
    )
    sms_gateway: str = Field(
        default="",
        max_length=2000,
        description="https address that text messages are posted to as JSON (to, from, text, reference). "
        "Empty: as for mail.",
    )
    sms_token: SecretStr = Field(default=SecretStr(""), description="Bearer token that the gateway asks for.")
    sms_sender: str = Field(
        default="WanGovID",
        pattern=r"^(?:[A-Za-z0-9 ]{1,11}|\+?[0-9]{3,15})$",
        description="What people see as the sender of text messages: up to 11 letters and digits, or a number.",
    )
    sms_ca_file: Path | None = Field(
        default=None, description="Certificate authority (PEM) of the gateway, where it is a private one."
    )
    sms_timeout_seconds: Timeout = Field(default=10, description="How long one exchange with the gateway may take.")
    sms_home_region: str = Field(
        default="SL",
        pattern="^[A-Z]{2}$",
        description="Country (two letters) that telephone numbers without a country code belong to.",
    )
    sms_budget_home: int = Field(
        default=20_000, ge=0, description="Text messages a day (UTC) to each network of the home country."
    )
    sms_budget_abroad: int = Field(
        default=200, ge=0, description="Text messages a day (UTC) to each network of any other country. 0: none."
    )
    worker_jobs: int = Field(
        default=3,
        ge=1,
        le=32,
        description="Jobs that one worker does at the same time; fewer than WANGOV_DATABASE_POOL.",
    )
    outbound_allow_loopback: bool = Field(
        default=False,
        description="Let requests of ours go to this very machine, by http too. Only in the test environment.",
    )

    @property
    def sms_budget(self) -> SmsBudget:
        """What text messages may cost."""
        return SmsBudget(self.sms_home_region, self.sms_budget_home, self.sms_budget_abroad)

    def message_problems(self, environment: str) -> list[str]:
        """What cannot be used together, in words for an operator; no value of a secret setting is in them."""
        problems = []
        if self.outbound_allow_loopback and environment != "test":
            problems.append("WANGOV_OUTBOUND_ALLOW_LOOPBACK is only for the test environment")
        if self.mail_server and mail_address(self.mail_from) is None:
            problems.append("WANGOV_MAIL_FROM must be the address that mail comes from")
        if self.mail_server and self.mail_security == "none" and self.mail_server not in _NEAR:
            problems.append("WANGOV_MAIL_SECURITY none is only for a mail server on this very machine")
        if not self.mail_sender_name.isprintable():
            problems.append("WANGOV_MAIL_SENDER_NAME must be one line")
        scheme = urlsplit(self.sms_gateway).scheme
        if self.sms_gateway and scheme != "https" and not (scheme == "http" and self.outbound_allow_loopback):
            problems.append("WANGOV_SMS_GATEWAY must be an https address")
        return problems

    def senders(self, environment: str, data: Path, clock: Clock) -> Mapping[Channel, Sender]:
        """Who sends on which channel. For the worker: loads what no web process needs."""
        from idp.outbound import GuardedClient  # noqa: PLC0415 - as above
        from idp.outbox.senders.files import FileSender  # noqa: PLC0415 - as above
        from idp.outbox.senders.gateway import Gateway, GatewaySender  # noqa: PLC0415 - as above
        from idp.outbox.senders.smtp import MailServer, Security, SmtpSender  # noqa: PLC0415 - as above

        found: dict[Channel, Sender] = {}
        if environment in _TRIED_OUT:
            found = dict.fromkeys(Channel, FileSender(data / "outbox", clock))
        if self.mail_server:
            found[Channel.EMAIL] = SmtpSender(
                MailServer(
                    host=self.mail_server,
                    port=self.mail_port,
                    security=Security(self.mail_security),
                    sender=self.mail_from,
                    sender_name=self.mail_sender_name,
                    user=self.mail_user,
                    password=self.mail_password.get_secret_value(),
                    ca_file=self.mail_ca_file,
                    seconds=self.mail_timeout_seconds,
                ),
                clock,
            )
        if self.sms_gateway:
            client = GuardedClient(
                seconds=self.sms_timeout_seconds,
                ca_file=self.sms_ca_file,
                allow_loopback=self.outbound_allow_loopback,
            )
            gateway = Gateway(self.sms_gateway, self.sms_sender, self.sms_token.get_secret_value())
            found[Channel.SMS] = GatewaySender(gateway, client)
        return found
