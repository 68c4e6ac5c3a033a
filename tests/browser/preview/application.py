"""A small Flask application, for tests only, that shows every page without the rest of the product."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, redirect, render_template, request
from markupsafe import escape
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as BaseResponse

from idp.web import headers, language, naming, text_size
from tests.browser.preview.screen import Screen
from tests.browser.preview.screens import SCREENS

ROOT = Path(__file__).resolve().parents[3]
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 50 50"><path d="M0 0h50v50H0z" fill="#0b3c6f"/>'
    '<path d="M14 26l8 8 15-18" fill="none" stroke="#fff" stroke-width="6"/></svg>'
)


def compile_catalogues(target: Path) -> Path:
    """Compile the catalogues of the checkout into `target`, so that a test leaves the checkout as it was."""
    for source in (ROOT / "translations").glob("*/LC_MESSAGES/messages.po"):
        folder = target / source.parent.relative_to(ROOT / "translations")
        folder.mkdir(parents=True)
        with source.open("rb") as readable, (folder / "messages.mo").open("wb") as writable:
            write_mo(writable, read_po(readable, locale=source.parent.parent.name))
    return target


def create_preview(translations: Path, service: str) -> Flask:
    """The preview; `service` is the origin of a made-up relying party with a logo."""
    app = Flask(
        "preview",
        root_path=str(ROOT),
        template_folder="templates",
        static_folder="idp/web/static",
        static_url_path="/static",
    )
    counter = iter(range(1, 1_000_000))
    language.install(app, translations=translations, timezone="Africa/Freetown", secure_cookie=False)
    text_size.install(app, secure_cookie=False)
    headers.install(app, policy=headers.policy_for("http://localhost"), nonce=lambda: f"preview-{next(counter)}")
    naming.install(app)
    contact = ("Telephone 000, free of charge", "1 Made-up Street, Freetown", "Monday to Friday, 8:00 to 17:00")
    app.jinja_env.globals.update(csrf_token=lambda: "preview", help_contact=contact)

    @app.route("/preview/<name>", methods=["GET", "POST"])
    def preview(name: str) -> tuple[str, int]:
        language.switched()
        language.prefer(request.args.get("ui_locales"))
        return _render(SCREENS[name], service), SCREENS[name].status

    @app.get("/preview/form-post")
    def form_post() -> str:
        target = f"{service}/callback"
        headers.allow_form_redirect(target)
        answer = [("code", "made-up"), ("state", '"><b>kept</b>'), ("iss", request.host_url)]
        return render_template("authorize/form_post.html", client=None, redirect_uri=target, fields=answer)

    @app.get("/preview/sign-in-at/<allowed>")
    def sign_in(allowed: str) -> str:
        if allowed == "service":
            headers.allow_form_redirect(f"{service}/callback")
        return render_template("signin/password.html", action="/preview/post")

    @app.post("/preview/post")
    def post() -> BaseResponse:
        return redirect(f"{service}/callback", 303)

    for path in ("home", "help", "privacy", "accessibility"):
        app.add_url_rule(f"/{path}" if path != "home" else "/", path, lambda path=path: render_template(f"{path}.html"))
    return app


def _render(screen: Screen, service: str) -> str:
    context = dict(screen.context)
    if "offer" in context:
        headers.allow_own_requests()
    if "face" in context:
        headers.allow_camera()
    if screen.logo:
        logo = f"{service}/logo.svg"
        headers.allow_image(logo)
        context["client"] = {**context["client"], "logo_url": logo}
    return render_template(screen.page, **context)


def create_service() -> Flask:
    """A made-up relying party on an origin of its own."""
    app = Flask("service", static_folder=None)

    @app.get("/logo.svg")
    def logo() -> Response:
        return Response(LOGO, mimetype="image/svg+xml")

    @app.route("/callback", methods=["GET", "POST"])
    def callback() -> str:
        return f"<title>Arrived</title><p id=seen>{escape(request.form.get('state', ''))}"

    return app


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve `app` on a free loopback port; yields its origin."""
    with served_at(app, 0) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def served_at(app: Flask, port: int) -> Iterator[int]:
    """Serve `app` on this loopback port, 0 for a free one; yields the port."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
