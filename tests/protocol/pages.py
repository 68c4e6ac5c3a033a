"""Reading the provider's pages as a browser does: forms with what they hold, links, the heading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

__all__ = ["Arrival", "Form", "Page", "read_page"]


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it sends by itself, which fields and buttons it offers."""

    action: str
    method: str
    held: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that the provider showed."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str
    forms: list[Form]
    links: dict[str, str]
    heading: str
    language: str

    def form(self, name: str) -> Form:
        """The first form with a field or button of this name."""
        for form in self.forms:
            if name in form.names or any(name == button for button, _ in form.buttons):
                return form
        raise AssertionError(f"no form with {name} on {self.url} ({self.status}): {self.heading}")

    def offers(self, name: str) -> bool:
        """True when a form of the page has a field or button of this name."""
        return any(name in form.names or name in dict(form.buttons) for form in self.forms)


@dataclass(frozen=True, slots=True)
class Arrival:
    """The person was sent away from the provider: to which address, by which means, with which parameters."""

    location: str
    address: str
    mode: str
    parameters: dict[str, str]
    pairs: list[tuple[str, str]]
    status: int


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.heading = ""
        self.language = ""
        self._form: Form | None = None
        self._link: str | None = None
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(urljoin(self.base, given.get("action", "")), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag in {"input", "button"} and self._form is not None and given.get("name"):
            self._control(tag, given, self._form)
        elif tag == "a" and "href" in given:
            self._link = urljoin(self.base, given["href"])
        elif tag == "html":
            self.language = given.get("lang", "")
        self._in_heading = self._in_heading or tag == "h1"

    def _control(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, value = given["name"], given.get("value", "")
        if tag == "button":
            form.buttons.append((name, value))
            return
        form.names.add(name)
        if given.get("type") in {"checkbox", "radio"}:
            form.choices[value] = "checked" in given
            if "checked" in given:
                form.held.append((name, value))
        else:
            form.held.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "a":
            self._link = None
        elif tag == "h1":
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._link and data.strip():
            self.links[" ".join(data.split())] = self._link
        if self._in_heading:
            self.heading += data


def read_page(url: str, status: int, headers: Mapping[str, str], text: str) -> Page:
    """Take a page apart."""
    reader = _Reader(url)
    reader.feed(text)
    return Page(url, status, headers, text, reader.forms, reader.links, reader.heading.strip(), reader.language)
