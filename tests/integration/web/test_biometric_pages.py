import io
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import request, request_finished

from idp.authenticators.biometric_locks import Modality
from idp.signin import Move, Transaction, Wish
from idp.web.biometric_rooms import biometric_locks
from idp.web.code_rooms import recovery_codes, totp
from idp.web.extensions import db
from idp.web.guards import FILE_FORMS, MAX_FORM_BYTES
from tests.factories.biometrics import Bodies
from tests.factories.mail import letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, OpenSite, Person, Site

pytestmark = pytest.mark.integration

BOUNDARY = "made-up-boundary"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture(scope="module")
def bodies() -> Bodies:
    """The verifier of the application."""
    return Bodies()


@pytest.fixture(scope="module")
def site(open_site: OpenSite, bodies: Bodies) -> Iterator[Site]:
    """An application that has one."""
    with open_site() as site:
        site.app.extensions["wangov"] = replace(site.services, biometric_verifier=bodies)
        yield site


@pytest.fixture
def person(site: Site, bodies: Bodies) -> Person:
    """Somebody whose face and fingers are enrolled."""
    person = site.person(totp=True)
    bodies.enrolled_people[person.id] = frozenset(Modality)
    return person


def at_face_page(site: Site, person: Person, amr: str = "otp") -> Visitor:
    """A browser at the second page of a sign-in in which a code was given, and level 2 is wanted."""
    visitor = site.visitor()
    visitor.get("/signin")
    browser = visitor.cookie("wangov_browser")
    assert browser is not None
    transactions = site.services.transactions
    opened = transactions.open(None, browser, wish=Wish(wanted=2))
    moved = transactions.advance(opened, Move.FIRST_FACTOR, subscriber_id=person.id, amr=(amr,))
    assert isinstance(moved, Transaction)
    visitor.get(f"/signin/{moved.id}")
    return visitor


def send(visitor: Visitor, sample: bytes, way: str = "face", **other: str) -> int:
    """Send the page's form with this file; the status."""
    form = visitor.form(f"/{way}")
    fields = {**dict(_HIDDEN.findall(form)), **other}
    target = re.search(r'action="([^"]+)"', form)
    assert target is not None
    visitor.page = visitor.client.post(
        target[1],
        data=multipart(fields, sample),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        environ_base={"REMOTE_ADDR": visitor.address},
    )
    return visitor.page.status_code


def multipart(fields: dict[str, str], sample: bytes) -> bytes:
    """The form as a browser sends it; the test client would write a large one to a file."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    named = 'form-data; name="sample"; filename="a.jpg"'
    head = f"--{BOUNDARY}\r\nContent-Disposition: {named}\r\nContent-Type: image/jpeg\r\n\r\n"
    return "".join([*parts, head]).encode() + sample + f"\r\n--{BOUNDARY}--\r\n".encode()


def test_a_picture_signs_in(site: Site, person: Person) -> None:
    """Without scripts: a file and a button. What is told of the sign-in is level 2."""
    visitor = at_face_page(site, person)
    assert "Take a picture of your face" in visitor.title
    assert 'capture="user"' in visitor.page.text
    assert send(visitor, b"me 1") == 303
    assert visitor.get("/account").status_code == 200
    assert "biometric.checked" in site.events(person)
    assert "session.started" in site.events(person)


@pytest.mark.parametrize(
    ("sample", "status", "said"),
    [
        (b"you", 400, "This did not match."),
        (b"dark", 400, "The picture is too dark."),
        (b"", 400, "Take a picture, or choose a file."),
        (b"x" * 5_000_001, 413, "This file is larger than 5 MB"),
    ],
)
def test_what_does_not_match_is_told_in_words(
    site: Site, person: Person, sample: bytes, status: int, said: str
) -> None:
    """AC-104: no score on the page; the next form has a challenge of its own."""
    visitor = at_face_page(site, person)
    before = re.search(r'name="challenge" value="(\w+)"', visitor.page.text)
    assert send(visitor, sample) == status
    assert visitor.title.startswith("Error:")
    assert said in visitor.page.text
    after = re.search(r'name="challenge" value="(\w+)"', visitor.page.text)
    assert before is not None
    assert after is not None
    assert before[1] != after[1]
    if len(sample) < 100:
        assert send(visitor, b"me 1") == 303


def test_the_same_file_twice_is_refused(site: Site, person: Person) -> None:
    """AC-102: 409, and a word that says so."""
    assert send(at_face_page(site, person), b"me 1") == 303
    visitor = at_face_page(site, person)
    assert send(visitor, b"me 1") == 409
    assert "This very picture was sent before." in visitor.page.text


def test_back_and_again_is_refused(site: Site, person: Person) -> None:
    """A form that was sent is worth nothing a second time."""
    visitor = at_face_page(site, person)
    form = visitor.page
    assert send(visitor, b"you") == 400
    visitor.page = form
    assert send(visitor, b"me 2") == 400
    assert "That took too long, or was sent twice." in visitor.page.text


def test_after_a_password_alone_there_is_no_such_page(site: Site, person: Person) -> None:
    """AC-105: the page of the code is shown instead, and a file that is sent there anyway is not compared."""
    visitor = at_face_page(site, person, "pwd")
    assert "Take a picture" not in visitor.title
    token = dict(_HIDDEN.findall(visitor.page.text))["csrf_token"]
    address = visitor.path
    sent = visitor.client.post(
        f"{address}/face",
        data={"csrf_token": token, "challenge": "00", "sample": (io.BytesIO(b"me"), "face.jpg")},
        content_type="multipart/form-data",
    )
    assert sent.status_code == 303
    assert visitor.get("/account", follow=False).status_code == 303


def test_only_this_form_may_be_large_and_hold_files(site: Site, person: Person) -> None:
    """Everywhere else 64 kB and no files, but on pages of the staff; here one form of a little over 5 MB."""
    of_staff = ("staff.", "counter.", "importing.", "registrars.")
    assert {view for view in FILE_FORMS if not view.startswith(of_staff)} == {"signin.biometric"}
    visitor = at_face_page(site, person)
    assert send(visitor, b"x" * (FILE_FORMS["signin.biometric"] + 1)) == 413
    visitor = at_face_page(site, person)
    address = visitor.path
    large = visitor.client.post(f"{address}/code", data={"code": "1" * MAX_FORM_BYTES})
    assert large.status_code == 413
    files = visitor.client.post(
        f"{address}/code", data={"sample": (io.BytesIO(b"me"), "f")}, content_type="multipart/form-data"
    )
    assert files.status_code == 415
    assert visitor.client.post(f"{address}/face", data={"challenge": "00"}).status_code == 415
    assert send(visitor, b"me 9", challenge="0" * 70_000) == 413


def test_a_file_never_touches_a_disk(site: Site, person: Person) -> None:
    """However large, it stays in memory while it is compared."""
    seen: list[str] = []

    def look(_: object, **__: object) -> None:
        seen.extend(type(file.stream).__name__ for file in request.files.values())

    with request_finished.connected_to(look, site.app):
        send(at_face_page(site, person), b"you " + b"x" * 3_000_000)
    assert seen == ["BytesIO"]


def test_a_locked_face_is_not_asked(site: Site, person: Person) -> None:
    """Locking is one button; unlocking asks who it is, and then everything is as before."""
    visitor = site.visitor()
    visitor.get("/account/biometrics")
    site.sign_in(visitor, person)
    assert visitor.path == "/account/biometrics"
    visitor.submit("/face/lock")
    assert "It is locked" in visitor.page.text
    assert "Take a picture" not in at_face_page(site, person).title
    site.clock.advance(11 * 60)
    visitor.get("/account/biometrics/face/unlock")
    assert visitor.path.startswith("/signin/"), "a fresh proof is asked for"
    site.sign_in(visitor, person)
    assert visitor.title.startswith("Unlock your face?")
    visitor.submit("/face/unlock")
    assert "It is unlocked" in visitor.page.text
    assert "Take a picture" in at_face_page(site, person).title
    told = [event for event in site.events(person) if event.startswith("biometric")]
    assert told == ["biometric.locked", "biometric.unlocked"]


def test_what_is_not_enrolled_cannot_be_locked(site: Site) -> None:
    """Not found, as on an installation without a verifier; the page says that there is nothing."""
    person = site.person()
    visitor = site.visitor()
    visitor.get("/account/biometrics")
    site.sign_in(visitor, person)
    assert "Nothing of this kind can sign you in here" in visitor.page.text
    token = dict(_HIDDEN.findall(visitor.page.text) or [("csrf_token", "")]).get("csrf_token", "")
    assert visitor.post("/account/biometrics/face/lock", csrf_token=token).status_code in {400, 404}
    assert visitor.get("/account/biometrics/face/unlock").status_code == 404


def in_the_list(site: Site, person: Person) -> Visitor:
    """A browser that gave the password and looks at the other ways."""
    site.clock.advance(60)
    visitor = site.visitor()
    visitor.get("/signin")
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    visitor.get(f"{visitor.path}/ways")
    return visitor


def proofs(site: Site, person: Person) -> list[str]:
    """What the last session rests on."""
    body = site.audit(subscriber_id=person.id, event="session.started")[-1].body
    return list(body["amr"])


def test_a_face_is_found_in_the_list_and_comes_after_a_code(site: Site, person: Person) -> None:
    """Chosen, it lets the code be asked first; both are told to services."""
    visitor = in_the_list(site, person)
    assert "A picture with the camera of this device, after a code." in visitor.page.text
    visitor.submit("/choose", method="face")
    assert 'name="code"' in visitor.page.text
    visitor.submit("/code", code=site.code(person))
    assert "Take a picture of your face" in visitor.title
    assert send(visitor, b"me again 71") == 303
    visitor.get("/account")
    assert visitor.page.status_code == 200
    assert proofs(site, person) == ["pwd", "otp", "face", "mfa"]


def test_before_the_code_no_picture_is_compared(site: Site, person: Person, bodies: Bodies) -> None:
    """AC-105: to have chosen a face opens nothing; its form is answered with the page of the code."""
    visitor = in_the_list(site, person)
    visitor.submit("/choose", method="face")
    transaction = visitor.path
    token = visitor.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    compared = len(bodies.asked)
    visitor.page = visitor.client.post(
        f"{transaction}/face",
        data=multipart({"csrf_token": token, "challenge": "00"}, b"me 72"),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        environ_base={"REMOTE_ADDR": visitor.address},
    )
    assert visitor.page.status_code == 303
    visitor.get(transaction)
    assert 'name="code"' in visitor.page.text
    assert len(bodies.asked) == compared


def test_a_face_can_be_passed_over(site: Site, person: Person) -> None:
    """Whose camera does not work goes on with what the code was worth."""
    visitor = in_the_list(site, person)
    visitor.submit("/choose", method="finger")
    visitor.submit("/code", code=site.code(person))
    assert "Send your fingerprint" in visitor.title
    visitor.get(f"{visitor.path}/ways")
    assert "Your code was right" in visitor.page.text
    visitor.submit("/skip")
    assert visitor.path == "/account"
    assert proofs(site, person) == ["pwd", "otp", "mfa"]


def test_a_step_up_keeps_the_code_that_a_passed_over_face_follows(site: Site, bodies: Bodies) -> None:
    """In a session too the code counts, and the page that asked for it opens."""
    person = site.person(phone_number="+23276000055", phone_number_verified=True)
    bodies.enrolled_people[person.id] = frozenset(Modality)
    visitor = site.visitor()
    visitor.get("/account/methods/totp")
    visitor.submit("/password", identifier=person.username, password=PASSWORD)
    visitor.get(f"{visitor.path}/ways")
    visitor.submit("/choose", method="face")
    visitor.submit("/send")
    with site.app.app_context():
        code = [one for one in letters(site.services, db.session(), person.id) if one["notice"] == "code"][-1]["code"]
    visitor.submit("/sms", code=code)
    assert "Take a picture of your face" in visitor.title
    visitor.get(f"{visitor.path.removesuffix('/sms')}/ways")
    visitor.submit("/skip")
    assert visitor.path == "/account/methods/totp"
    assert proofs(site, person) == ["pwd", "sms", "mfa"]


@pytest.mark.parametrize("why", ["not enrolled", "locked", "no verifier", "nothing held"])
def test_a_face_that_could_not_be_used_is_not_listed(site: Site, person: Person, bodies: Bodies, why: str) -> None:
    """Only an unlocked one, where there is something to compare it with and a code to give before it."""
    if why == "not enrolled":
        bodies.enrolled_people.pop(person.id)
    if why == "locked":
        with site.app.app_context():
            biometric_locks().lock_all(person.id)
            db.session.commit()
    if why == "no verifier":
        site.app.extensions["wangov"] = replace(site.services, biometric_verifier=None)
    try:
        if why == "nothing held":
            with site.app.app_context():
                for generator in totp().held_by(person.id):
                    totp().remove(person.id, generator.id)
                recovery_codes().make(person.id)
                db.session.commit()
            visitor = site.visitor()
            visitor.get("/account/methods/totp")
            visitor.submit("/password", identifier=person.username, password=PASSWORD)
        else:
            visitor = in_the_list(site, person)
        assert 'name="method"' in visitor.page.text
        assert 'value="face"' not in visitor.page.text
        assert ("BIO-LOCKED" in visitor.page.text) is (why == "locked")
        assert visitor.submit("/choose", method="face").status_code == 400
    finally:
        site.app.extensions["wangov"] = replace(site.services, biometric_verifier=bodies)
