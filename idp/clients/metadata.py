"""What a relying party says about itself: metadata of RFC 7591 and OpenID Connect Registration, and our own.

The model holds types and sizes; `idp.clients.rules` holds what an installation allows. Members we do not know
are ignored (RFC 7591 section 2), and what was registered is what the answer repeats. The words that people read,
`client_name` and `purpose`, may come in further languages: `client_name#fr` (section 2.2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from idp.errors import Code, Refusal
from idp.keys.jose import Algorithm

__all__ = [
    "AuthMethod",
    "ClientMetadata",
    "GrantType",
    "Name",
    "ResponseMode",
    "ScopeName",
    "SubjectType",
    "read_metadata",
]

MAX_MEMBERS = 100
MAX_LANGUAGES = 30
DEFAULT_SCOPE = "openid profile email address phone offline_access"
_JOINERS = frozenset("\u200c\u200d")  # several scripts need them inside words
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
_SCOPES = re.compile(rf"(?:{_SCOPE.pattern}(?: {_SCOPE.pattern})*)?")
_CLAIM = re.compile(r"[a-z][a-z0-9_]{0,49}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_IN_LANGUAGES = ("client_name", "purpose")
_SECTOR = re.compile(r"[A-Za-z0-9._:/~\-]{1,200}")


class GrantType(StrEnum):
    """How a client may come to a token (RFC 6749)."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"
    CLIENT_CREDENTIALS = "client_credentials"


class AuthMethod(StrEnum):
    """How a client proves who it is at the machine endpoints; fixed by registration."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    NONE = "none"


class ResponseMode(StrEnum):
    """How the authorization response travels."""

    QUERY = "query"
    FORM_POST = "form_post"


class SubjectType(StrEnum):
    """Whether a person has one name everywhere or one per sector (OpenID Connect Core section 8)."""

    PAIRWISE = "pairwise"
    PUBLIC = "public"


def _words(text: str) -> str:
    for character in text:
        if character not in _JOINERS and unicodedata.category(character) in {
            "Cc",
            "Cf",
            "Cs",
            "Co",
            "Cn",
            "Zl",
            "Zp",
        }:
            raise ValueError("must be plain text without control or direction characters")
    return text


def _matching(pattern: re.Pattern[str], fault: str) -> AfterValidator:
    def check(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise ValueError(fault)
        return text

    return AfterValidator(check)


def _once(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(items))


_Words = AfterValidator(_words)
_Once = AfterValidator(_once)
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _Words]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), _Words]
Address = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Addresses = Annotated[tuple[Address, ...], Field(max_length=50), _Once]
ScopeName = Annotated[str, _matching(_SCOPE, "must be a scope's name")]
ClaimName = Annotated[str, _matching(_CLAIM, "must be a claim's name")]
Sector = Annotated[str, _matching(_SECTOR, "must be a short name of letters, digits and . _ : / ~ -")]
LanguageTag = Annotated[str, _matching(_LANGUAGE, "must end in a language tag")]
Acr = Literal["nid:1", "nid:2", "nid:3"]


class ClientMetadata(BaseModel):
    """The registered metadata of one client; its addresses are checked by the rules.

    Our own members: `allowed_cors_origins`, `response_modes`, `access_token_signing_alg`, `resources`
    (audiences it may ask for), `require_pkce`, `claims_in_id_token`, `min_acr`, `sector` (clients of one
    sector see one `sub`), `purpose` (why it asks, in words for the consent screen) and `essential_claims`
    (without which its service cannot work). `names` and `purposes` are `client_name` and `purpose` by language tag.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    client_name: Name | None = None
    redirect_uris: Addresses = ()
    post_logout_redirect_uris: Addresses = ()
    grant_types: Annotated[tuple[GrantType, ...], Field(min_length=1, max_length=10), _Once] = (
        GrantType.AUTHORIZATION_CODE,
    )
    response_types: Annotated[tuple[Literal["code"], ...], Field(max_length=10), _Once] = ("code",)
    scope: Annotated[
        str,
        StringConstraints(max_length=1000),
        _matching(_SCOPES, "must be scope names with one space between"),
    ] = DEFAULT_SCOPE
    token_endpoint_auth_method: AuthMethod = AuthMethod.BASIC
    application_type: Literal["web", "native"] = "web"
    contacts: Annotated[tuple[Name, ...], Field(max_length=20), _Once] = ()
    client_uri: Address | None = None
    logo_uri: Address | None = None
    policy_uri: Address | None = None
    tos_uri: Address | None = None
    subject_type: SubjectType = SubjectType.PAIRWISE
    id_token_signed_response_alg: Algorithm = Algorithm.RS256
    default_max_age: Annotated[StrictInt, Field(ge=0, le=31_536_000)] | None = None
    require_auth_time: StrictBool = False
    default_acr_values: Annotated[tuple[Name, ...], Field(max_length=10), _Once] = ()
    initiate_login_uri: Address | None = None

    allowed_cors_origins: Addresses = ()
    response_modes: Annotated[tuple[ResponseMode, ...], Field(min_length=1, max_length=5), _Once] = (
        ResponseMode.QUERY,
        ResponseMode.FORM_POST,
    )
    access_token_signing_alg: Algorithm = Algorithm.ES256
    resources: Addresses = ()
    require_pkce: StrictBool = True
    claims_in_id_token: StrictBool = False
    min_acr: Acr | None = None
    sector: Sector | None = None
    purpose: Sentence | None = None
    essential_claims: Annotated[tuple[ClaimName, ...], Field(max_length=50), _Once] = ()

    names: Annotated[dict[LanguageTag, Name], Field(max_length=MAX_LANGUAGES, alias="client_name#")] = {}
    purposes: Annotated[dict[LanguageTag, Sentence], Field(max_length=MAX_LANGUAGES, alias="purpose#")] = {}

    @model_validator(mode="before")
    @classmethod
    def _by_language(cls, document: Any) -> Any:
        """Gather the members whose name ends in `#` and a tag; nobody can send a gathered one."""
        if not isinstance(document, Mapping):
            return document
        gathered: dict[str, Any] = {f"{member}#": {} for member in _IN_LANGUAGES}
        for name, value in document.items():
            member, marked, tag = name.partition("#")
            if marked and member in _IN_LANGUAGES:
                gathered[f"{member}#"][tag] = value
            else:
                gathered[name] = value
        return gathered

    @property
    def uses_code(self) -> bool:
        """True when the client sends people to the authorization endpoint."""
        return GrantType.AUTHORIZATION_CODE in self.grant_types

    @property
    def public(self) -> bool:
        """True when the client can keep no secret (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method is AuthMethod.NONE

    def as_document(self) -> dict[str, Any]:
        """The metadata as JSON members, absent ones left out: what is stored and what an answer repeats."""
        document = self.model_dump(mode="json", exclude_none=True, exclude={"names", "purposes"})
        for member, words in zip(_IN_LANGUAGES, (self.names, self.purposes), strict=True):
            document |= {f"{member}#{tag}": text for tag, text in words.items()}
        return document


def read_metadata(document: Mapping[str, Any]) -> ClientMetadata | Refusal:
    """Metadata from a JSON object; null members count as absent (RFC 7592 2.2), unknown ones are ignored.

    A client that does not use the code flow has no response types and no scopes unless it names them.
    The refusal's detail names the member and never repeats its value.
    """
    if len(document) > MAX_MEMBERS:
        return Refusal(Code.CLIENT_METADATA, f"more than {MAX_MEMBERS} members")
    given = {name: value for name, value in document.items() if value is not None}
    grants = given.get("grant_types", [GrantType.AUTHORIZATION_CODE.value])
    if isinstance(grants, list) and GrantType.AUTHORIZATION_CODE.value not in grants:
        given = {"response_types": [], "scope": "", **given}
    try:
        return ClientMetadata.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    member = ".".join(str(part) for part in fault["loc"]).replace("#.", "#") or "metadata"
    code = Code.CLIENT_REDIRECT_URI if fault["loc"][:1] == ("redirect_uris",) else Code.CLIENT_METADATA
    return Refusal(code, f"{member}: {fault['msg'].removeprefix('Value error, ')}")
