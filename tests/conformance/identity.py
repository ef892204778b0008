"""What the contract says of each provider of identity: the variables that name it, and the layout of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Provider = Literal["oidc", "auth0", "clerk", "firebase"]
Claims = dict[str, Any]

# Roles that every service with a sample slice has: one may do everything, the other only read.
WRITER = "admin"
READER = "reader"

AUDIENCE = "https://api.example.com"
ROLES_CLAIM = "https://example.com/roles"
ORIGIN = "https://app.example.com"
PROJECT = "example-project"


@dataclass(frozen=True)
class Layout:
    """One provider.

    Attributes:
        variables: what a service needs to trust the issuer at a URL.
        claims: what that issuer claims of a caller with some roles, beside subject and times.
        foreign: claims that make a token another service's.
        algorithms: those that it signs with, of RS256 and ES256.
    """

    variables: Callable[[str], dict[str, str]]
    claims: Callable[[str, Sequence[str]], Claims]
    foreign: tuple[Claims, ...]
    algorithms: tuple[Literal["RS256", "ES256"], ...] = ("RS256",)


LAYOUTS: Mapping[Provider, Layout] = {
    "oidc": Layout(
        lambda url: {"AUTH_ISSUER": url, "AUTH_AUDIENCE": AUDIENCE, "AUTH_ROLES_CLAIM": "realm_access.roles"},
        lambda url, roles: {"iss": url, "aud": [AUDIENCE, "account"], "realm_access": {"roles": list(roles)}},
        foreign=({"aud": "other"}, {"aud": None}),
        algorithms=("RS256", "ES256"),
    ),
    "auth0": Layout(
        lambda url: {"AUTH_ISSUER": f"{url}/", "AUTH_AUDIENCE": AUDIENCE, "AUTH_ROLES_CLAIM": ROLES_CLAIM},
        lambda url, roles: {"iss": f"{url}/", "aud": AUDIENCE, ROLES_CLAIM: list(roles)},
        foreign=({"aud": "other"}, {"aud": None}),
    ),
    "clerk": Layout(
        lambda url: {"AUTH_ISSUER": url, "AUTH_AUTHORIZED_PARTIES": ORIGIN},
        lambda url, roles: {
            "iss": url,
            "azp": ORIGIN,
            "sid": "sess_1",
            "v": 2,
            "o": {"id": "org_1", "slg": "example", "rol": "".join(roles[:1])},
        },
        foreign=({"azp": "https://evil.example"}, {"sid": None}, {"sts": "pending"}),
    ),
    "firebase": Layout(
        lambda url: {"FIREBASE_PROJECT_ID": PROJECT, "AUTH_JWKS_URL": f"{url}/jwks.json"},
        lambda _, roles: {
            "iss": f"https://securetoken.google.com/{PROJECT}",
            "aud": PROJECT,
            "auth_time": 1,
            "roles": list(roles),
        },
        foreign=({"aud": "other"}, {"aud": None}),
    ),
}
