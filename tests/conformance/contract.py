"""The names and values that the contract fixes, as data for the tests."""

from __future__ import annotations

from dataclasses import dataclass

from .identity import Provider

EX_CONFIG = 78
REQUEST_ID = r"[A-Za-z0-9._-]{8,128}"
USERS = "/api/v1/users"
# A path that no service has: a request for it passes all of the middleware and meets no route.
NOWHERE = "/api/v1/nowhere-a1b2c3"

SECURITY_HEADERS = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class Variable:
    """An environment variable of the contract and values that must be refused at start.

    Attributes:
        auth: the providers that have it, where only some do.
    """

    name: str
    bad: tuple[str, ...]
    required: bool = False
    auth: tuple[Provider, ...] = ()


SERVER_VARIABLES = (
    Variable("ENVIRONMENT", ("prod", ""), required=True),
    Variable("PORT", ("http", "0", "65536")),
    Variable("LOG_LEVEL", ("loud", "7")),
    Variable("ALLOWED_HOSTS", ("*",)),  # the suite starts services as production
    Variable("CORS_ORIGINS", ("*", "app.example.com", "https://app.example.com/path")),
    Variable("TRUSTED_PROXIES", ("10.0.0.0/99", "proxy.example.com")),
    Variable("RATE_LIMIT_PER_MINUTE", ("many", "0", "1000001")),
    Variable("REQUEST_TIMEOUT_SECONDS", ("soon", "0", "inf", "nan")),
    Variable("REQUEST_MAX_BYTES", ("1MB", "-1", "1.5")),
    Variable("SHUTDOWN_DELAY_SECONDS", ("later", "-1", "inf")),
    Variable("SHUTDOWN_GRACE_SECONDS", ("long", "-1", "inf")),
)
# Each holds a password, in a place where a parser's own message would repeat it.
SECRET = "s3cret-c4nary"
DATABASE_VARIABLES = (
    Variable(
        "DATABASE_URL",
        (f"mysql://app:{SECRET}@127.0.0.1:3306/app", f"://app:{SECRET}", f"postgresql://app:{SECRET}@[::1/app"),
        required=True,
    ),
    Variable("DATABASE_POOL_SIZE", ("ten", "0", "501")),
    Variable("DATABASE_POOL_TIMEOUT_SECONDS", ("never", "-1")),
)
AUTH_VARIABLES = (
    Variable("AUTH_ISSUER", ("id.example.com", "ftp://id.example.com"), required=True, auth=("oidc", "auth0", "clerk")),
    Variable("AUTH_AUDIENCE", ("",), required=True, auth=("oidc", "auth0")),
    Variable("AUTH_AUTHORIZED_PARTIES", ("",), required=True, auth=("clerk",)),
    Variable("FIREBASE_PROJECT_ID", ("",), required=True, auth=("firebase",)),
    Variable("AUTH_JWKS_URL", ("id.example.com/jwks.json",), auth=("oidc", "firebase")),
)
EVERY_VARIABLE = SERVER_VARIABLES + DATABASE_VARIABLES + AUTH_VARIABLES
VARIABLE_NAMES = frozenset(variable.name for variable in EVERY_VARIABLE) | {"HOST", "AUTH_ROLES_CLAIM"}


def variables(database: str, auth: str) -> tuple[Variable, ...]:
    """Return the variables of a service whose descriptor names this kind of database and this provider."""
    of_database = () if database == "none" else DATABASE_VARIABLES
    return SERVER_VARIABLES + of_database + tuple(variable for variable in AUTH_VARIABLES if auth in variable.auth)
