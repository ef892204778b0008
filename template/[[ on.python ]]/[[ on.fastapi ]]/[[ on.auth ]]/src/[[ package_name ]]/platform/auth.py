"""Who calls, and what they may do: bearer tokens of the issuer, permissions by role."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes
from fastapi.security.utils import get_authorization_scheme_param
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import GuestProtocol, Key
from joserfc.jws import JWSRegistry
from starlette.exceptions import HTTPException

from . import identity
from .claims import Claims
from .jwks import KeyStore, UnknownKeyError
from .settings import Settings

MAX_TOKEN_CHARACTERS = 16384

Roles = Mapping[str, Collection[str]]
"""The permissions of each role."""

log = structlog.get_logger(__name__)


class InvalidTokenError(Exception):
    """A token that is not to be believed; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the subject of the token, and what its grants permit."""

    subject: str
    permissions: frozenset[str]


class Authenticator:
    """Believes the tokens that the issuer signed for this service."""

    def __init__(self, settings: Settings, roles: Roles, keys: KeyStore) -> None:
        self._settings = settings
        self._roles = roles
        self._known = frozenset(name for names in roles.values() for name in names)
        self._keys = keys
        # Header parameters that we do not know are ignored, as RFC 7515 says, unless critical.
        self._registry = JWSRegistry(algorithms=identity.ALGORITHMS, strict_check_header=False)
        self._rules = identity.claim_rules(settings)

    async def authenticate(self, token: str) -> Principal:
        """The caller whom the token names.

        Raises InvalidTokenError, and UnavailableError if there are no keys to check it with.
        """
        claims = await self._verified(token)
        grants = identity.grants(claims, self._settings)
        permissions = set(grants.permissions & self._known)
        for role in grants.roles:
            permissions.update(self._roles.get(role, ()))
        return Principal(claims["sub"], frozenset(permissions))

    async def _verified(self, token: str) -> Claims:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise InvalidTokenError("too long")
        await self._keys.ensure()
        try:
            return self._decoded(token)
        except UnknownKeyError:
            await self._keys.look_again()
        try:
            return self._decoded(token)
        except UnknownKeyError:
            raise InvalidTokenError("signed with a key that the issuer does not publish") from None

    def _decoded(self, token: str) -> Claims:
        try:
            claims = jwt.decode(token, self._key, registry=self._registry).claims
            self._rules.validate(claims)
        except ExpiredTokenError:
            raise InvalidTokenError("expired") from None
        # A malformed token trips the library in more ways than its own errors.
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidTokenError(str(error)) from None
        return claims

    def _key(self, token: GuestProtocol) -> Key:
        kid = token.headers().get("kid")
        if kid is None:
            raise InvalidTokenError("names no key")
        return self._keys.find(kid)


def authenticate_with(app: FastAPI, settings: Settings, roles: Roles) -> None:
    """Let the routes of `app` require permissions, which `roles` give."""
    app.state.authenticator = Authenticator(
        settings, roles, KeyStore(lambda: identity.fetch_keys(settings))
    )


_scheme = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="token",
    description="An access token of the issuer.",
    auto_error=False,
)


def _unauthorized(detail: str, challenge: str) -> HTTPException:
    return HTTPException(401, detail, {"www-authenticate": challenge})


# Without the scheme among its own dependencies, FastAPI resolves it once for a request, whatever
# the number of permissions required.
async def _authenticated(request: Request) -> Principal:
    scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer" or not token:
        raise _unauthorized("The request has no bearer token.", "Bearer")
    authenticator: Authenticator = request.app.state.authenticator
    try:
        return await authenticator.authenticate(token)
    except InvalidTokenError as error:
        log.info("token refused", reason=str(error))
        raise _unauthorized("The token is not valid.", 'Bearer error="invalid_token"') from error


async def _permitted(
    required: SecurityScopes,
    caller: Annotated[Principal, Depends(_authenticated)],
    _: Annotated[object, Depends(_scheme)],
) -> Principal:
    missing = sorted(set(required.scopes) - caller.permissions)
    if missing:
        log.info("permission missing", permissions=missing)
        challenge = f'Bearer error="insufficient_scope", scope="{required.scope_str}"'
        detail = f"The caller lacks: {', '.join(missing)}."
        raise HTTPException(403, detail, {"www-authenticate": challenge})
    return caller


def requires(*permissions: str) -> Any:
    """A dependency of routes: 401 without a valid token, 403 without all of the permissions."""
    return Security(_permitted, scopes=permissions)


CallerDep = Annotated[Principal, requires()]
"""The caller, who needs a valid token and nothing else."""
