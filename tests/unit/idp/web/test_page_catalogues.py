from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[4]


def collected() -> set[Any]:
    """Each text of the pages that is marked for translation."""
    found = extract_from_dir(ROOT / "templates", method_map=[("**.html", "jinja2"), ("**.txt", "jinja2")])
    return {message for _, _, message, _, _ in found}


def test_template_of_catalogues_has_each_text_of_the_pages() -> None:
    """translations/messages.pot is what the pages say now."""
    header = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    listed = read_po(BytesIO(header + (ROOT / "translations/messages.pot").read_bytes()))
    assert {message.id for message in listed if message.id} == collected()


@pytest.mark.parametrize("catalogue", sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po")), ids=str)
def test_catalogue_is_complete(catalogue: Path) -> None:
    """Each text is translated, none is doubtful, and each keeps its placeholders."""
    with catalogue.open("rb") as source:
        translated = read_po(source, locale=catalogue.parent.parent.name)
    assert {message.id for message in translated if message.id} == collected()
    for message in translated:
        parts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        assert message.id == "" or all(parts), message.id
        assert not message.fuzzy, message.id
        assert list(message.check(translated)) == [], message.id


def test_krio_is_another_language() -> None:
    """At least nine messages of ten are not the English ones: no copy passes for a translation."""
    with (ROOT / "translations/kri/LC_MESSAGES/messages.po").open("rb") as source:
        messages = [message for message in read_po(source, locale="kri") if message.id]
    differing = [message for message in messages if message.string != message.id]
    assert len(differing) * 10 >= len(messages) * 9
