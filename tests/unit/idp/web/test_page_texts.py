"""No text for people stands in a page outside of the catalogue."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.architecture.tree import ROOT

_TEMPLATES = ROOT / "templates"
_TAG = re.compile(r"<[^<>]*>")
_HIDDEN = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)
# What a macro writes into the tag of another.
_ATTRIBUTE = re.compile(r'\b(?:aria|data)-[a-z]+="[^"]*"')
_SPOKEN = re.compile(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"')
_WORD = re.compile(r"[^\W\d_]{2,}")
# What is the same in every language: names and forms of notation.
_ALIKE = re.compile(r"\0(?:/[a-z-]+)+|https?://\S+|\b(?:WanGov|ID|PDF|JSON|QR|MB|Ctrl|Shift|nbsp|amp)\b|&#?\w+;")


def bare(source: str) -> list[str]:
    """The words of a page that are neither markup nor out of the catalogue."""
    tokens = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source)
    text = "".join(value if kind == "data" else "\0" if kind.endswith("_begin") else "" for _, kind, value in tokens)
    text = _HIDDEN.sub("", text)
    spoken = [_ALIKE.sub("", said) for said in _SPOKEN.findall(text)]
    return [
        word
        for part in (*spoken, _ALIKE.sub("", _ATTRIBUTE.sub("", _TAG.sub(" ", text))))
        for word in _WORD.findall(part)
    ]


def pages() -> list[Path]:
    """Every page and every message."""
    found = [*_TEMPLATES.rglob("*.html"), *_TEMPLATES.rglob("*.txt")]
    return sorted(found)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(_TEMPLATES)))
def test_every_word_of_a_page_is_in_the_catalogue(page: Path) -> None:
    """An untranslated string fails here, in text and in what screen readers say."""
    assert bare(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(_TEMPLATES)))
def test_a_colon_belongs_to_its_text(page: Path) -> None:
    """Languages differ in the space before it, so no page sets one behind a text of the catalogue."""
    assert re.findall(r'_\("[^"]*"\) \}\}:', page.read_text(encoding="utf-8")) == []


def test_the_check_sees_a_bare_word() -> None:
    """In text, in an attribute, and beside an expression."""
    assert bare("<p>Hello {{ name }}</p>") == ["Hello"]
    assert bare('<img alt="A picture" src="x">') == ["picture"]
    assert bare('{% if x %}<b class="note">{{ _("fine") }}</b>{% else %}not fine{% endif %}') == ["not", "fine"]
    assert bare('<a href="/help">{{ _("Help") }}</a>') == []
