"""Every address the provider answers: listed, guarded, and harmless to visit."""

import ast
import inspect
from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from enrollment.web.blueprints import table
from enrollment.web.floors import VIEWS
from idp.web.guards import FILE_FORMS, TOKEN_POSTS
from tests.architecture.application import GOLDEN, built, route_table
from tests.architecture.tree import modules, parsed

# Posts that other sites' pages send us by specification. Neither acts on a cookie alone: the first shows what
# comes next, the second asks first unless it carries a hint for this very session.
FOREIGN_POSTS = {"authorize.endpoint", "logout.endpoint"}

# GETs that may write, by specification; every other GET changes nothing.
WRITING_GETS = {
    "authorize.endpoint": "issues a code to a client that is already agreed to (OpenID Connect Core 3.1.2)",
    "authorize.resume": "the same, once the person has signed in or decided",
    "logout.endpoint": "ends the session that a valid hint names (RP-Initiated Logout 2)",
    "account.details_for": "writes into a person's history that somebody who helps them looked",
    "account.services_for": "the same",
    "account.correct_for": "the same",
}


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """The application, with no store to reach."""
    with built() as application:
        yield application


def _address(app: Flask, rule: Rule) -> str:
    samples = {"uuid": UUID(int=0), "int": 1, "UUIDConverter": UUID(int=0), "IntegerConverter": 1}
    values = {
        name: min(converter.items)
        if isinstance(converter, AnyConverter)
        else samples.get(type(converter).__name__, "x")
        for name, converter in rule._converters.items()
    }
    _, address = rule.build(values) or (None, None)
    assert address is not None, rule
    return str(address)


def _posting(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())]


def test_route_table_is_as_written(app: Flask) -> None:
    """A new, changed or lost address shows in the golden file, where a reviewer sees it."""
    assert route_table(app) == GOLDEN.read_text(encoding="utf-8"), "run: python -m tests.architecture.reference"


def test_only_get_and_post(app: Flask) -> None:
    """Pages know GET and POST only."""
    methods = {method for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    assert methods <= {"GET", "HEAD", "OPTIONS", "POST"}


def test_every_form_needs_its_token(app: Flask) -> None:
    """A POST without our form token is refused before anything else; the exceptions are a closed list."""
    client = app.test_client()
    unguarded = set()
    for rule in _posting(app):
        kind = "multipart/form-data" if rule.endpoint in FILE_FORMS else None
        answer = client.post(_address(app, rule), data={"decision": "allow"}, content_type=kind)
        if answer.status_code != 400 or "Location" in answer.headers:
            unguarded.add(rule.endpoint)
    assert unguarded <= FOREIGN_POSTS | set(TOKEN_POSTS)


def test_exceptions_from_the_form_token_exist(app: Flask) -> None:
    """The closed list of exceptions names only addresses that are there."""
    assert {rule.endpoint for rule in _posting(app)} >= FOREIGN_POSTS | set(TOKEN_POSTS)


def test_refused_form_is_a_page_with_a_way_on(app: Flask) -> None:
    """Who meets that refusal reads plain words and can go on."""
    guarded = [rule for rule in _posting(app) if rule.endpoint not in FOREIGN_POSTS | set(TOKEN_POSTS)]
    for rule in guarded:
        kind = "multipart/form-data" if rule.endpoint in FILE_FORMS else None
        page = app.test_client().post(_address(app, rule), data={}, content_type=kind)
        assert page.mimetype == "text/html", rule
        assert "href=" in page.text.partition("<main")[2], rule


Function = tuple[str, str]  # module, name
# Notes when a session was last used, or that its time is over: whoever asks who is signed in does that.
BOOKKEEPING: Function = ("idp.web.guards", "current_session")


def _calls() -> dict[Function, set[Function]]:
    """Function of the web floor -> those of the web floor that it names; committing is the function ("", "commit")."""
    graph: dict[Function, set[Function]] = {}
    for path in modules("idp"):
        if path.parts[:2] == ("idp", "web"):
            module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            tree = parsed(path)
            own = {node.name: (module, node.name) for node in tree.body if isinstance(node, ast.FunctionDef)}
            imported = {
                alias.asname or alias.name: (node.module, alias.name)
                for node in tree.body
                if isinstance(node, ast.ImportFrom) and node.module
                for alias in node.names
            }
            for node in tree.body:
                if isinstance(node, ast.FunctionDef):
                    graph[module, node.name] = set(_named(node, {**imported, **own}))
    return graph


def _named(function: ast.FunctionDef, known: dict[str, Function]) -> Iterator[Function]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in known:
            yield known[node.id]
        elif isinstance(node, ast.Attribute):
            if node.attr in {"commit", "committer", "proceeding"}:
                yield "", "commit"
            if isinstance(node.value, ast.Name) and node.value.id in known:
                yield ".".join(known[node.value.id]), node.attr


def _reaches_commit(start: Function, graph: dict[Function, set[Function]]) -> bool:
    seen, waiting = {BOOKKEEPING}, [start]
    while waiting:
        function = waiting.pop()
        if function not in seen:
            seen.add(function)
            waiting.extend(graph.get(function, ()))
    return ("", "commit") in seen


def test_views_of_the_registration_centre_are_those_of_its_blueprints() -> None:
    """`python -m tests.architecture.reference` writes them."""
    assert VIEWS.read_text(encoding="utf-8") == table()


def test_visiting_changes_nothing(app: Flask) -> None:
    """No view that answers GET commits, except those that a specification makes do so."""
    graph = _calls()
    writing = set()
    for rule in app.url_map.iter_rules():
        view = inspect.unwrap(app.view_functions[rule.endpoint])
        if "GET" in (rule.methods or set()) and _reaches_commit((view.__module__, view.__name__), graph):
            writing.add(rule.endpoint)
    assert writing == set(WRITING_GETS)


def test_showing_and_changing_are_apart(app: Flask) -> None:
    """No view answers both GET and POST, except where a specification asks for both."""
    both = {rule.endpoint for rule in _posting(app) if "GET" in (rule.methods or set())}
    assert both <= FOREIGN_POSTS
