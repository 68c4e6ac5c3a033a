from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from config.settings import Settings


def read(**settings: Any) -> Settings:
    """Settings with stores."""
    stores = {"database_url": SecretStr("postgresql://u:p@h/n"), "redis_url": SecretStr("redis://h")}
    return Settings(**{**stores, **settings})


def test_scopes_and_their_levels() -> None:
    """Pairs, with or without spaces; nothing set means nothing is asked."""
    assert read().level_of_scopes == {}
    held = read(scope_levels=" phone=nid:1, address = nid:2,vault.open=nid:3 ")
    assert held.level_of_scopes == {"phone": 1, "address": 2, "vault.open": 3}


@pytest.mark.parametrize("text", ["phone", "phone=2", "phone=nid:4", "=nid:2", "phone=nid:1;address=nid:2"])
def test_what_is_no_level_stops_the_start(text: str) -> None:
    """A slip would leave a scope open to everybody."""
    with pytest.raises(ValidationError, match="pairs of scope and level"):
        read(scope_levels=text)


@pytest.mark.parametrize("level", [1, 4])
def test_a_synced_passkey_is_level_two_or_three(level: int) -> None:
    """Nothing else can be meant."""
    with pytest.raises(ValidationError):
        read(synced_passkey_level=level)
