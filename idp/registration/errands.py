"""What a worker does for somebody who opens an account: only the message tells whether the address has one."""

from __future__ import annotations

from dataclasses import dataclass

from idp.authenticators.one_time_code import CodePurpose, OneTimeCodes
from idp.errors import Refusal
from idp.notices import Contact, Notice, Notices
from idp.registration.applications import Applications, State
from idp.registration.steps import has_account
from idp.subscribers.directory import Directory

__all__ = ["INVITE", "RegistrationErrands"]

# The job, by name.
INVITE = "registration.invite"


@dataclass(frozen=True, slots=True)
class RegistrationErrands:
    """Runs errands over one database session; the caller commits."""

    directory: Directory
    applications: Applications
    codes: OneTimeCodes
    notices: Notices

    def invite(self, name: str) -> None:
        """Send a code; or, to an address that has an account, that it has one. Bears repeating."""
        application = self.applications.named(name)
        if application is None or application.state is not State.CODE:
            return
        channel, contact, locale = application.channel, application.contact, application.locale
        if has_account(self.directory, application):
            self.notices.write(Contact(channel, contact), Notice.ALREADY_REGISTERED, {}, locale=locale)
        else:
            sent = self.codes.send(CodePurpose.REGISTRATION, name, channel, contact, None, locale)
            if not isinstance(sent, Refusal) or self.codes.under_way(CodePurpose.REGISTRATION, name) is not None:
                return
        self.codes.pretend(CodePurpose.REGISTRATION, name, channel, name)
