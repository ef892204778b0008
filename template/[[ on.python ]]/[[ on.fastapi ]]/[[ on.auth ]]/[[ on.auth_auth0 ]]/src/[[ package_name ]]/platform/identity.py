"""How access tokens of Auth0 are checked and read."""

from typing import Any

from joserfc.jwt import JWTClaimsRegistry

from .claims import LEEWAY_SECONDS, REQUIRED, Claims, Grants, names_at
from .discovery import discovered_keys_url
from .jwks import fetch_json
from .settings import Settings

ALGORITHMS = ("RS256", "PS256")


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
    """The tenant's JWK set."""
    return await fetch_json(await discovered_keys_url(settings.auth_issuer))


def grants(claims: Claims, settings: Settings) -> Grants:
    """What Auth0 grants.

    Permissions, where "Add Permissions in the Access Token" is on for the API; and roles, where
    an Action of the tenant puts them into the claim that AUTH_ROLES_CLAIM names.
    """
    return Grants(
        roles=names_at(claims, settings.auth_roles_claim),
        permissions=names_at(claims, "permissions"),
    )
