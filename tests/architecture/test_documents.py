"""The documents say what the code does: settings, audit events, decisions, and links that lead somewhere."""

import re
from pathlib import Path

import pytest

from config.settings import Settings
from idp.audit.events import Event
from tests.architecture.reference import CONFIGURATION, section, settings_table
from tests.architecture.tree import ROOT, files, modules, text_of

DOCUMENTS = [path for path in files() if path.suffix == ".md"]


def test_every_setting_is_documented() -> None:
    """docs/configuration.md holds each setting with its default and description, as the code has them."""
    written = section(CONFIGURATION.read_text(encoding="utf-8"))
    assert written == settings_table(), "run: python -m tests.architecture.reference"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is(name: str) -> None:
    """A setting without a description cannot be documented."""
    description = Settings.model_fields[name].description
    assert description
    assert description.endswith((".", ")"))
    assert "|" not in description


def _documented_events() -> list[str]:
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", text, re.MULTILINE)


def test_every_audit_event_is_documented_once() -> None:
    """docs/events.md has exactly one row for each event of the catalogue."""
    assert sorted(_documented_events()) == sorted(event.value for event in Event)


def test_every_audit_event_is_written_somewhere() -> None:
    """The catalogue holds no event that nothing writes."""
    texts = [text_of(path) or "" for path in modules("idp", "enrollment") if path.name != "events.py"]
    unused = [
        event.name
        for event in Event
        if not any(re.search(rf"\bEvent\.{event.name}\b", text) or f"'{event.value}'" in text for text in texts)
    ]
    assert not unused


def test_every_decision_is_listed() -> None:
    """docs/adr/README.md links each decision, and numbers run without a gap."""
    names = sorted(path.name for path in DOCUMENTS if path.parts[:2] == ("docs", "adr") and path.name[0].isdigit())
    listed = re.findall(r"\]\(([0-9]{4}-[a-z0-9-]+\.md)\)", (ROOT / "docs/adr/README.md").read_text(encoding="utf-8"))
    assert listed == names
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    """A relative link names a file that is there."""
    document = path
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)", text_of(document) or "")
    assert not [target for target in targets if not (ROOT / document.parent / target).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_named_files_exist(path: Path) -> None:
    """A file that a document names in code style, with its folder, is there."""
    named = re.findall(
        r"`((?:config|docs|embedded|enrollment|examples|idp|migrations|requirements|templates|tests|translations|bench)"
        r"/[\w./-]+)`",
        text_of(path) or "",
    )
    assert not [name for name in named if not (ROOT / name.rstrip("/")).exists()]
