"""How ID tokens of Firebase Authentication are checked and read."""

from typing import Any

from joserfc.jwt import JWTClaimsRegistry

from .claims import LEEWAY_SECONDS, REQUIRED, Claims, Grants, names_at
from .jwks import fetch_json
from .settings import Settings

ALGORITHMS = ("RS256",)


def claim_rules(settings: Settings) -> JWTClaimsRegistry:
    """What the claims of a token must be."""
    project = settings.firebase_project_id
    return JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": f"https://securetoken.google.com/{project}"},
        aud={"essential": True, "value": project},
        sub=REQUIRED,
        exp=REQUIRED,
        auth_time=REQUIRED,
    )


async def fetch_keys(settings: Settings) -> dict[str, Any]:
    """The JWK set of all Firebase projects."""
    return await fetch_json(settings.auth_jwks_url)


def grants(claims: Claims, settings: Settings) -> Grants:
    """What Firebase grants: roles, in the custom claim that AUTH_ROLES_CLAIM names."""
    return Grants(names_at(claims, settings.auth_roles_claim))
