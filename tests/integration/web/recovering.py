"""A site with its worker, and people with two proven contact points who want back into their accounts."""

import itertools
import re
from typing import Any

from sqlalchemy import select

from idp.subscribers.models import SubscriberRow
from idp.web.code_rooms import recovery_codes
from idp.web.extensions import db
from tests.factories.errands import Office
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person, Site

NEW = "four wet umbrellas sing to nobody"
DAY = 24 * 3600.0
_numbers = itertools.count(1)
_FRESH = re.compile(r'value="[^"]{20,}"|nonce="[^"]*"|w[a-z]_[\w-]+|[0-9a-f]{32}')


class Bureau(Office):
    """A site with its worker, and people who have two proven contact points."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.app)
        self.site = site

    def person(self, *, totp: bool = False, **claims: Any) -> Person:
        """Somebody; `phone_number=None` and the like leave a claim out."""
        number = next(_numbers)
        proven = {
            "email": f"testa{number}@people.example",
            "email_verified": True,
            "phone_number": f"+232761{number:05}",
            "phone_number_verified": True,
        }
        given = {name: value for name, value in (proven | claims).items() if value is not None}
        return self.site.person(totp=totp, **given)

    def paper(self, person: Person) -> list[str]:
        """A sheet of printed codes."""
        with self.app.app_context():
            codes = recovery_codes().make(person.id)
            db.session.commit()
        return codes

    def column(self, person: Person, column: Any) -> Any:
        """A column of the person's account."""
        with self.app.app_context():
            return db.session.scalar(select(column).where(SubscriberRow.id == person.id))

    def begin(self, person: Person, visitor: Visitor | None = None) -> Visitor:
        """A browser that has said which account it wants back."""
        visitor = visitor or self.site.visitor()
        visitor.get("/recover/password")
        visitor.submit("/recover/password", identifier=person.username)
        return visitor

    def prove_first(self, visitor: Visitor, way: str) -> None:
        """The first proof, by message."""
        self.letters()
        visitor.submit("/choose", way=way)
        visitor.submit(f"/{way}", code=self.code(way))

    def prove_next(self, visitor: Visitor, way: str) -> None:
        """A further one, by message."""
        self.letters()
        visitor.submit("/choose", way=way)
        visitor.submit(f"/{way}", code=self.code(way))

    def can_sign_in(self, person: Person, password: str) -> bool:
        """Whether a new browser gets in with this password alone."""
        visitor = self.site.visitor()
        visitor.get("/signin")
        visitor.submit("/password", identifier=person.username, password=password)
        return visitor.path == "/account"


def plain(text: str) -> str:
    """A page without what is fresh in every answer."""
    return _FRESH.sub("", text)
