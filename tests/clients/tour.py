"""A person who walks from site to site: redirects are followed everywhere, the provider's pages are answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin

import requests

from tests.protocol.driver import Arrival, Browser, Page, Person, arrived

__all__ = ["Tour"]

_HOPS = 30


@dataclass(slots=True)
class Tour:
    """One person with one browser. `arrivals` are the provider's answers that the browser carried to sites."""

    browser: Browser
    person: Person
    decision: str = "allow"
    tick: Iterable[str] | None = None
    arrivals: list[Arrival] = field(default_factory=list)

    def visit(self, url: str, data: Iterable[tuple[str, str]] | None = None) -> requests.Response:
        """Go to a site's address (or post to it) and on to wherever it sends; the site's last answer."""
        answer = self._at(url, data)
        for _ in range(_HOPS):
            if "Location" not in answer.headers:
                return answer
            target = urljoin(answer.url, answer.headers["Location"])
            answer = self._through_provider(target) if self._is_provider(target) else self._at(target)
        raise AssertionError(f"more than {_HOPS} redirects, last to {answer.url}")

    def stopped(self, url: str) -> Page:
        """Go to a site's address that sends to the provider; the page at which the provider keeps the person."""
        step = self.browser.open(self._at(url).headers["Location"])
        assert isinstance(step, Page), step
        return step

    def _through_provider(self, target: str) -> requests.Response:
        step = self.browser.open(target)
        arrival = arrived(self.person.go_on(self.browser, step, decision=self.decision, tick=self.tick))
        self.arrivals.append(arrival)
        posted = arrival.pairs if arrival.mode == "form_post" else None
        return self._at(arrival.location, posted)

    def _at(self, url: str, data: Iterable[tuple[str, str]] | None = None) -> requests.Response:
        assert not self._is_provider(url), url
        return self.browser.raw("GET" if data is None else "POST", url, data=None if data is None else list(data))

    def _is_provider(self, url: str) -> bool:
        return url.startswith(f"{self.browser.issuer}/")
