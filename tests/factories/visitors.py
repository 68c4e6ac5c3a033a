"""A person's browser as far as pages need one: cookies, links, forms; no scripts, and no redirect unless told."""

import re
from html import unescape
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

__all__ = ["Visitor"]

_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_ACTION = re.compile(r'<form\b[^>]*\baction="([^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


class Visitor:
    """One browser at the application; `page` is what it shows."""

    def __init__(self, app: Flask, address: str = "192.0.2.20") -> None:
        self.client = app.test_client()
        self.address = address
        self.page: TestResponse

    @property
    def title(self) -> str:
        """The title of the page that is shown."""
        found = _TITLE.search(self.page.text)
        return unescape(found[1]) if found else ""

    @property
    def path(self) -> str:
        """The path of the page that is shown."""
        return self.page.request.path

    def get(self, address: str, *, follow: bool = True) -> TestResponse:
        """Open an address; another host's is where following ends."""
        self.page = self.client.get(address, environ_base={"REMOTE_ADDR": self.address})
        return self._follow() if follow else self.page

    def submit(self, action: str = "", *, follow: bool = True, **values: str | list[str]) -> TestResponse:
        """Send the page's form whose address ends in `action`, with its hidden fields."""
        form = self.form(action)
        target = _ACTION.search(form)
        fields = {name: unescape(value) for name, value in _HIDDEN.findall(form)}
        return self.post(unescape(target[1]) if target else self.path, follow=follow, **{**fields, **values})

    def post(self, address: str, *, follow: bool = True, **values: str | list[str]) -> TestResponse:
        """Send a form."""
        self.page = self.client.post(address, data=values, environ_base={"REMOTE_ADDR": self.address})
        return self._follow() if follow else self.page

    def form(self, action: str = "") -> str:
        """The page's form whose address ends in `action`."""
        forms = [
            form
            for form in _FORM.findall(self.page.text)
            if (found := _ACTION.search(form)) is None or found[1].endswith(action)
        ]
        assert forms, f"no form for {action!r} on {self.path}: {self.title}"
        return str(forms[0])

    def links(self) -> list[str]:
        """Where the main part of the page leads."""
        main = self.page.text.partition("<main")[2].partition("</main>")[0]
        return [unescape(link) for link in re.findall(r'href="([^"]+)"', main)]

    def cookie(self, name: str) -> str | None:
        """A cookie's value."""
        held = self.client.get_cookie(name)
        return None if held is None else str(held.value)

    def drop_cookies(self, *names: str) -> None:
        """Forget cookies."""
        for name in names:
            self.client.delete_cookie(name)

    def _follow(self) -> TestResponse:
        for _ in range(10):
            if self.page.status_code not in {301, 302, 303, 307, 308}:
                return self.page
            assert self.page.status_code == 303, self.page.status_code
            target = urlsplit(self.page.location)
            if target.netloc not in {"", "localhost", "localhost:8000"}:
                return self.page
            address = f"{target.path}?{target.query}" if target.query else target.path
            self.page = self.client.get(address, environ_base={"REMOTE_ADDR": self.address})
        raise AssertionError(f"redirects do not end: {self.page.location}")
