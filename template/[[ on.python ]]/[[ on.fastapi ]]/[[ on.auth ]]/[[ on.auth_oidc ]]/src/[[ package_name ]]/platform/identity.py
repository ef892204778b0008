"""How tokens of an OpenID Connect issuer are checked and read."""

from typing import Any

from joserfc.jwt import JWTClaimsRegistry

from .claims import LEEWAY_SECONDS, REQUIRED, Claims, Grants, names_at
from .discovery import discovered_keys_url
from .jwks import fetch_json
from .settings import Settings

ALGORITHMS = ("RS256", "PS256", "ES256")


def claim_rules(settings: Settings) -> JWTClaimsRegistry:
    """What the claims of a token must be."""
    return JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": settings.auth_issuer},
        aud={"essential": True, "value": settings.auth_audience},
        sub=REQUIRED,
        exp=REQUIRED,
    )


async def fetch_keys(settings: Settings) -> dict[str, Any]:
    """The issuer's JWK set."""
    url = settings.auth_jwks_url or await discovered_keys_url(settings.auth_issuer)
    return await fetch_json(url)


def grants(claims: Claims, settings: Settings) -> Grants:
    """What the issuer grants: roles, in the claim that AUTH_ROLES_CLAIM names."""
    return Grants(names_at(claims, settings.auth_roles_claim))
