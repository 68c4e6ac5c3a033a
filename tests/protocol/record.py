"""Moving about the account pages, with scripts off."""

from tests.protocol.driver import Browser, Page, Person, shown

__all__ = ["opened", "pressed"]


def opened(person: Person, browser: Browser, path: str) -> Page:
    """An account page, through whatever sign-in it takes."""
    page = shown(person.go_on(browser, browser.open(path)))
    assert page.url.endswith(path), (page.url, page.heading)
    return page


def pressed(browser: Browser, page: Page, action: str, **values: str) -> Page:
    """The answer to the page's form whose address ends so."""
    form = next(form for form in page.forms if form.action.endswith(action))
    held = [(name, value) for name, value in form.held if name not in values]
    return shown(browser.open(form.action, [*held, *values.items()], headers={"Referer": page.url}))
