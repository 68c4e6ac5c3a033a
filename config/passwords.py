"""Settings of passwords: which ones are refused because guessers know them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from idp.authenticators.common_passwords import is_most_common
from idp.authenticators.deny_list import DenyListError, deny_list

__all__ = ["PasswordSettings"]


def _usable(file: Path | None) -> Path | None:
    if file is not None:
        try:
            deny_list(file)
        except DenyListError as error:
            raise ValueError(str(error)) from None
    return file


class PasswordSettings(BaseSettings):
    """The part of the settings that is about passwords."""

    password_deny_list: Annotated[Path | None, AfterValidator(_usable)] = Field(
        default=None,
        description="File of passwords that are refused, in place of the 30 000 that come along: UTF-8, one a line. "
        "More than 4 MB must be folded and sorted by bytes (`LC_ALL=C sort -u`).",
    )

    def listed_password(self) -> Callable[[str], bool]:
        """What tells of a folded password whether guessers know it."""
        return is_most_common if self.password_deny_list is None else deny_list(self.password_deny_list)
