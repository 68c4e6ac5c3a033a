"""The composition root: reads the settings, builds the services, joins the two web floors.

Web servers call `create_server_app()`, the `./wangov` command `create_app()`; there is no module-level app, and nothing
connects to a store before the first request, so that a forking server forks clean.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from config.logging import configure_logging
from config.settings import Environment, Settings, SettingsError, load_settings
from config.stores import POINT_LOOKUPS, conninfo, engine_for, engine_options, engine_url, objects_of
from config.values import clock_of, lifetimes_of, root_key_file_of
from enrollment.web.floors import Places, numbers_of
from enrollment.web.floors import install as install_enrolment
from enrollment.web.verification_rooms import RequestVerifier
from idp.authenticators.passkey_challenges import Challenges
from idp.authenticators.password import PasswordHasher
from idp.authenticators.throttling import AddressLimit, AddressPolicy, Throttle
from idp.authorization.checks import RequestChecker
from idp.authorization.client_credentials_grant import ClientCredentialsGrant
from idp.authorization.code_grant import CodeGrant
from idp.authorization.metadata import metadata
from idp.authorization.proceeding import Proceeding
from idp.authorization.refresh_grant import RefreshGrant
from idp.authorization.server import AuthorizationServer, Deps
from idp.clients.authentication import ClientAuthentication
from idp.clients.loader import DatabaseLoader
from idp.clients.registry import ClientRegistry
from idp.clients.rules import RegistrationPolicy
from idp.clock import SystemClock
from idp.database import GroupCommitter
from idp.entropy import Entropy
from idp.ephemeral import Ephemeral
from idp.errors import StoreUnavailableError
from idp.keys import FileRootKey, Keyring, PurposeKeys, Sealer
from idp.keys.rotation import SigningKeys, load_purpose_keys
from idp.keys.source import Keyrings
from idp.protocol.dispatch import ProtocolFront
from idp.protocol.documents import discovery_endpoint, jwks_endpoint
from idp.protocol.events import events_endpoint
from idp.protocol.introspection import introspection_endpoint
from idp.protocol.message import Endpoint
from idp.protocol.revocation import revocation_endpoint
from idp.protocol.silent import SilentAuthorization
from idp.protocol.token import token_endpoint
from idp.protocol.userinfo import userinfo_endpoint
from idp.sessions import SessionPolicy
from idp.signin.transaction import Transactions
from idp.subscribers.subject import Subjects
from idp.web import cookies, floor, headers
from idp.web.addresses import ClientAddress
from idp.web.extensions import db
from idp.web.services import Options, Services, WorkerMeans

__all__ = ["create_app", "create_server_app", "operator_command"]

ROOT = Path(__file__).parent


def create_app() -> Flask:
    """The application with the operator's commands and migrations; raises as `create_server_app`."""
    from flask_migrate import Migrate  # noqa: PLC0415 - megabytes that no web worker needs

    from enrollment import cli as enrollment_cli  # noqa: PLC0415 - as above
    from enrollment.cli.deduplicating import FOLDER  # noqa: PLC0415 - as above
    from idp import cli  # noqa: PLC0415 - as above

    app = create_server_app()
    Migrate(app, db, directory=str(ROOT / "migrations"))
    cli.register(app)
    enrollment_cli.register(app)
    app.extensions[FOLDER] = app.extensions["wangov"].options.data / "gallery"
    return app


def operator_command() -> click.Group:
    """The command `./wangov`. Help needs no settings; they are read when a command runs."""
    from flask.cli import ScriptInfo  # noqa: PLC0415 - as below
    from flask_migrate.cli import db as migrations  # noqa: PLC0415 - megabytes that no web worker needs

    from enrollment.cli import GROUPS as OF_ENROLMENT  # noqa: PLC0415 - as above
    from idp.cli import GROUPS  # noqa: PLC0415 - as above

    def application() -> Flask:
        try:
            return create_app()
        except SettingsError as error:
            sys.exit(f"wangov: {error}")

    schema = click.Group("db", help="Bring the database schema up to date.")
    for name in ("check", "current", "upgrade"):
        schema.add_command(migrations.commands[name])
    command = click.Group(
        help="The operator commands of WanGov ID.", context_settings={"obj": ScriptInfo(create_app=application)}
    )
    for group in (*GROUPS, *OF_ENROLMENT, schema):
        command.add_command(group)
    return command


def create_server_app() -> Flask:
    """The application as a Flask object whose WSGI entry is the protocol front.

    Raises `config.settings.SettingsError` when the configuration cannot be used.
    """
    settings = load_settings()
    configure_logging(settings.log_level)
    app = Flask("wangov", root_path=str(ROOT), template_folder="templates", static_folder="idp/web/static")
    app.config.update(_flask_config(settings))
    # Merging would answer //x with a redirect built from the caller's Host.
    app.url_map.merge_slashes = False
    db.init_app(app)
    services = build_services(settings)
    app.extensions["wangov"] = services
    floor.install(app, services, languages=settings.language_list)
    places = Places(objects_of(settings), settings.face_place, settings.engine_folders, settings.abis_source)
    install_enrolment(app, places)
    policy = headers.policy_for(settings.issuer)
    app.wsgi_app = ProtocolFront(  # type: ignore[method-assign]  # Flask documents this as the place for a front
        _endpoints(services),
        app.wsgi_app,
        services.committer,
        origin_known=services.registry.origin_known,
        client_address=services.client_address,
        new_request_id=services.entropy.identifier,
        extra_headers=headers.transport_headers(policy),
        own_host=settings.host,
        silent=SilentAuthorization(
            services.checker,
            services.proceeding,
            cookie=cookies.session_name(secure=settings.secure),
            issuer=settings.issuer,
            headers=headers.redirect_headers(policy),
        ),
    )
    return app


def build_services(settings: Settings) -> Services:
    """Every shared service, wired once."""
    clock = clock_of(settings)
    entropy = Entropy(clock)
    engine = engine_for(settings, pool=2)
    ephemeral = Ephemeral(
        settings.redis_url.get_secret_value(),
        prefix=settings.redis_prefix,
        timeout_seconds=settings.redis_timeout_seconds,
    )
    committer = GroupCommitter(
        conninfo(settings, *POINT_LOOKUPS),
        max_waiting=settings.commit_waiting,
        wait_seconds=settings.database_timeout_seconds,
    )
    root_key = FileRootKey.from_file(root_key_file_of(settings), entropy.bytes)

    def opened_keys() -> dict[Any, bytes]:
        try:
            with Session(engine) as session:
                return load_purpose_keys(session, root_key)
        except PoolTimeoutError as error:
            message = "the purpose keys could not be read"
            raise StoreUnavailableError(message) from error

    purpose_keys = PurposeKeys(opened_keys)
    sealer = Sealer(purpose_keys, entropy.bytes)

    def load_keyring() -> Keyring:
        try:
            with Session(engine) as session:
                return SigningKeys(session, sealer, clock).keyring()
        except (DBAPIError, PoolTimeoutError) as error:
            message = "the signing keys could not be read"
            raise StoreUnavailableError(message) from error

    keyrings = Keyrings(load_keyring, ephemeral, clock, time.monotonic)
    registry = ClientRegistry(DatabaseLoader(engine), ephemeral, monotonic=time.monotonic)
    subjects = Subjects(purpose_keys)
    address_limit = AddressLimit(ephemeral, purpose_keys, AddressPolicy(tries=settings.address_tries))
    deps = Deps(
        issuer=settings.issuer,
        clock=clock,
        entropy=entropy,
        keyring=keyrings.current,
        purpose_keys=purpose_keys,
        sealer=sealer,
        subjects=subjects,
        lifetimes=lifetimes_of(settings),
        authentication=ClientAuthentication(registry, ephemeral),
        address_limit=address_limit,
    )
    server = AuthorizationServer(deps)
    server.offer(CodeGrant, RefreshGrant, ClientCredentialsGrant)
    return Services(
        options=_options(settings),
        clock=clock,
        entropy=entropy,
        committer=committer,
        ephemeral=ephemeral,
        root_key=root_key,
        purpose_keys=purpose_keys,
        sealer=sealer,
        keyring=keyrings.current,
        registry=registry,
        registration_policy=RegistrationPolicy.for_environment(settings.environment.value),
        subjects=subjects,
        hasher=PasswordHasher(entropy.bytes, at_once=settings.password_workers, waiting=settings.password_waiting),
        throttle=Throttle(committer, purpose_keys, clock),
        address_limit=address_limit,
        passkey_rules=settings.passkey_rules(settings.issuer),
        passkey_challenges=Challenges(ephemeral, entropy),
        session_policy=SessionPolicy(
            idle=timedelta(seconds=settings.session_idle_seconds),
            absolute=timedelta(seconds=settings.session_absolute_seconds),
            staff_idle=timedelta(seconds=settings.staff_session_idle_seconds),
        ),
        transactions=Transactions(ephemeral, clock, entropy),
        checker=RequestChecker(registry, keyrings.current, settings.issuer, settings.level_of_scopes),
        proceeding=Proceeding(deps, committer),
        server=server,
        deps=deps,
        client_address=ClientAddress(settings.trusted_proxies),
        worker=WorkerMeans(
            conninfo(settings),
            lambda: settings.senders(settings.environment.value, settings.data, clock),
            settings.worker_jobs,
        ),
        listed_password=settings.listed_password(),
        biometric_verifier=RequestVerifier(),
        numbers_of=numbers_of,
    )


def _endpoints(services: Services) -> dict[str, Endpoint]:
    issuer, languages = services.options.issuer, services.options.languages

    def describe() -> dict[str, Any]:
        algorithms = services.keyring().algorithms(services.clock.now())
        return metadata(issuer, id_token_algorithms=algorithms, languages=languages)

    def related_origins() -> dict[str, Any]:  # Web Authentication Level 3, section 5.11
        return {"origins": list(services.passkey_rules.party.origins)}

    def version() -> object:
        return tuple(services.keyring().algorithms(services.clock.now()))

    def keys() -> tuple[bytes, str]:
        ring = services.keyring()
        return ring.jwks, ring.jwks_etag

    return {
        "/oauth/token": token_endpoint(services.server),
        "/oauth/introspect": introspection_endpoint(services.server, services.registry),
        "/oauth/revoke": revocation_endpoint(services.server),
        "/oauth/events": events_endpoint(services.server),
        "/oauth/userinfo": userinfo_endpoint(services.server, services.registry, services.checker.scope_levels),
        "/oauth/jwks": jwks_endpoint(keys),
        "/.well-known/openid-configuration": discovery_endpoint("discovery", describe, version),
        "/.well-known/oauth-authorization-server": discovery_endpoint("discovery", describe, version),
        "/.well-known/webauthn": discovery_endpoint("webauthn", related_origins, lambda: None),
    }


def _options(settings: Settings) -> Options:
    return Options(
        issuer=settings.issuer,
        environment=settings.environment.value,
        secure=settings.secure,
        development=settings.environment is Environment.DEVELOPMENT,
        embedded=settings.embedded,
        allows_test_people=settings.allows_test_people,
        data=settings.data,
        languages=tuple(settings.language_list),
        metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else None,
        help_contact=settings.help_lines,
        sms_budget=settings.sms_budget,
        synced_passkey_level=settings.synced_passkey_level,
    )


def _flask_config(settings: Settings) -> dict[str, Any]:
    secret = settings.secret_key_file.read_text(encoding="ascii").strip() if settings.secret_key_file else None
    return {
        "SECRET_KEY": secret or Entropy(SystemClock()).bytes(32).hex(),
        "SQLALCHEMY_DATABASE_URI": engine_url(settings),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": settings.database_pool, **engine_options(settings)},
        "MAX_FORM_PARTS": 100,
        **dict.fromkeys(("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"), 65_536),
    }
