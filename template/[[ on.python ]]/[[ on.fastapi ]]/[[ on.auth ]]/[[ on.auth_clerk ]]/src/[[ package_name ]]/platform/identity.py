"""How session tokens of Clerk, version 2, are checked and read."""

from typing import Any

from joserfc.jwt import JWTClaimsRegistry

from .claims import LEEWAY_SECONDS, REQUIRED, Claims, Grants, names_at
from .jwks import fetch_json
from .settings import Settings

ALGORITHMS = ("RS256",)


def claim_rules(settings: Settings) -> JWTClaimsRegistry:
    """What the claims of a token must be.

    A session token names no audience, but the origin that asked for it, unless that is private.
    Tokens of JWT templates, which are for other services, have no session and no version.
    """
    return JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": settings.auth_issuer},
        azp={"values": list(settings.auth_authorized_parties)},
        v={"essential": True, "value": 2},
        sid=REQUIRED,
        sub=REQUIRED,
        exp=REQUIRED,
        # A pending session still lacks something, such as the choice of an organization.
        sts={"value": "active"},
    )


async def fetch_keys(settings: Settings) -> dict[str, Any]:
    """The instance's JWK set."""
    return await fetch_json(f"{settings.auth_issuer}/.well-known/jwks.json")


def grants(claims: Claims, settings: Settings) -> Grants:
    """What Clerk grants: the role and the custom permissions in the active organization."""
    return Grants(
        roles=names_at(claims, settings.auth_roles_claim),
        permissions=_permissions(claims),
    )


def _permissions(claims: Claims) -> frozenset[str]:
    """The permissions of the organization: what Clerk calls org:users:read is users:read.

    `fea` lists features, `o.per` actions, and `o.fpm` has a number for each feature of the
    organization: its bits, the lowest first, say which of the actions are permitted.
    """
    organization = claims.get("o", {})
    if not organization.get("fpm"):
        return frozenset()
    features = [
        name
        for scope, _, name in (feature.partition(":") for feature in claims["fea"].split(","))
        if "o" in scope
    ]
    actions = organization["per"].split(",")
    return frozenset(
        f"{feature}:{action}"
        for feature, bits in zip(features, organization["fpm"].split(","), strict=False)
        for position, action in enumerate(actions)
        if int(bits) >> position & 1
    )
