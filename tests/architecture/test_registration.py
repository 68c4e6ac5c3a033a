"""docs/registration.md against the code: a reference that nobody checks is soon wrong."""

import re
from typing import Any

import pytest

from idp.clients.metadata import ClientMetadata
from tests.architecture.tree import ROOT

TEXT = (ROOT / "docs" / "registration.md").read_text(encoding="utf-8")
CLIENT = TEXT[TEXT.index("## A client's members") : TEXT.index("## An API")]
# Names (several may share a row) and what is said of their default.
DEFAULTS = {
    name: default
    for names, default in re.findall(r"^\| (`.+?`) \| (.+?) \| ", CLIENT, re.MULTILINE)
    for name in re.findall(r"`([^`]+)`", names)
}
REGISTERED = ClientMetadata().as_document()


def words(value: Any) -> str:
    """A default as the document writes it, without its punctuation."""
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value) if isinstance(value, list) else str(value)


def test_every_member_of_client_metadata_is_described() -> None:
    """None is missing, and none is described that does not exist."""
    members = {(field.alias or name).rstrip("#") for name, field in ClientMetadata.model_fields.items()}
    assert set(DEFAULTS) == members


@pytest.mark.parametrize("name", [name for name, value in REGISTERED.items() if value != []])
def test_defaults_are_those_of_the_code(name: str) -> None:
    """What is said to be the default is what a client gets that names nothing."""
    assert re.sub(r'[`\[\]",]', "", DEFAULTS[name]) == words(REGISTERED[name])
